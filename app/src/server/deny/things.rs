//! Things of the first tenant, made at the API, by the names that rows have for them.

use std::collections::BTreeMap;

use medcover_http::Spec;
use medcover_kernel::Clock as _;
use serde_json::{Value, json};

use super::world::World;

/// Ids by name.
#[derive(Default)]
pub(super) struct Things(BTreeMap<&'static str, String>);

impl Things {
    /// `text`, or the thing that it names with a `$` before its name.
    fn named(&self, text: &str) -> String {
        match text.strip_prefix('$') {
            Some(name) => match self.0.get(name) {
                Some(id) => id.clone(),
                None => panic!("nothing was made under the name {name}"),
            },
            None => text.to_owned(),
        }
    }

    /// `body` with things in the place of their names.
    pub(super) fn filled(&self, body: &Value) -> Value {
        match body {
            Value::String(text) => self.named(text).into(),
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                let members = members.map(|(name, value)| (name.clone(), self.filled(value)));
                Value::Object(members.collect())
            }
            other => other.clone(),
        }
    }

    /// The address of `spec` with what `places` name in its places, one after the other. What begins with `?` is a query.
    pub(super) fn address(&self, spec: &Spec, places: &[&str]) -> String {
        let mut address = spec.path.to_owned();
        for place in places {
            if let Some((key, value)) = place.strip_prefix('?').and_then(|it| it.split_once('=')) {
                address = format!("{address}?{key}={}", self.named(value));
                continue;
            }
            let (open, close) = (address.find('{'), address.find('}'));
            let open = open.unwrap_or_else(|| panic!("no place for {place} in {}", spec.path));
            address.replace_range(open..=close.expect("it ends"), &self.named(place));
        }
        assert!(!address.contains('{'), "what stands in {address}?");
        address
    }
}

/// Makes things in the name of the first tenant's administrator.
pub(super) struct Maker<'a> {
    pub(super) world: &'a World,
    token: &'a str,
    things: Things,
    made: u32,
}

impl<'a> Maker<'a> {
    pub(super) fn new(world: &'a World, token: &'a str) -> Self {
        let mut things = Things::default();
        let now = world.clock.now().to_string();
        things.0.insert("today", now[..10].to_owned());
        Self {
            world,
            token,
            things,
            made: 0,
        }
    }

    /// Goes on with `things`, under keys of its own.
    pub(super) fn going_on(world: &'a World, token: &'a str, things: Things, made: u32) -> Self {
        Self {
            world,
            token,
            things,
            made,
        }
    }

    /// Posts `body`, whose answer may be empty. Parts of the path may be named.
    pub(super) async fn post(&mut self, path: &str, body: Value) -> Value {
        self.post_as(self.token, path, body).await
    }

    /// Posts `body` in the name of another person.
    pub(super) async fn post_as(&mut self, token: &str, path: &str, body: Value) -> Value {
        self.made += 1;
        let key = format!("thing-{}", self.made);
        let parts: Vec<_> = path.split('/').map(|it| self.things.named(it)).collect();
        let body = self.things.filled(&body);
        let path = parts.join("/");
        self.world.post(&path, token, &key, &body).await
    }

    /// Posts `body`, and keeps the id of what it made under `name`.
    pub(super) async fn make(&mut self, name: &'static str, path: &str, body: Value) -> Value {
        let made = self.post(path, body).await;
        self.keep(name, text(&made["id"]));
        made
    }

    /// Puts `body` at the address of `operation`.
    pub(super) async fn put(&mut self, operation: &str, places: &[&str], body: Value) {
        let spec = self.world.mounted()[operation];
        let address = self.things.address(spec, places);
        let body = self.things.filled(&body);
        let put = self.world.ask(spec, &address, Some(self.token), &body);
        let answer = put.await;
        assert!(answer.status.is_success(), "{address}: {}", answer.text());
    }

    /// What is at `path`.
    pub(super) async fn get(&self, path: &str) -> Value {
        self.world.get(path, self.token).await
    }

    pub(super) fn keep(&mut self, name: &'static str, id: impl Into<String>) {
        self.things.0.insert(name, id.into());
    }

    /// The id of what was made under `name`.
    pub(super) fn id(&self, name: &str) -> &str {
        &self.things.0[name]
    }

    pub(super) fn done(self) -> Things {
        self.things
    }
}

/// Cents.
pub(super) fn usd(amount_minor: i64) -> Value {
    json!({"amount_minor": amount_minor, "currency": "USD"})
}

#[track_caller]
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}
