//! The effective values, each with where it came from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use crate::fault::Origin;
use crate::tree;

/// A configuration without faults.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The typed tree.
    pub value: T,
    origins: BTreeMap<String, Origin>,
}

/// One effective value. Secrets are redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The dotted key.
    pub key: String,
    /// The value in force.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

impl<T: Serialize> Loaded<T> {
    pub(crate) fn new(value: T, origins: BTreeMap<String, Origin>) -> Self {
        Self { value, origins }
    }

    /// Where the value at `key` came from; for a key inside a list or map, where that came from.
    pub fn origin(&self, key: &str) -> &Origin {
        let mut key = key;
        loop {
            if let Some(origin) = self.origins.get(key) {
                return origin;
            }
            match key.rsplit_once('.') {
                Some((parent, _)) => key = parent,
                None => return &Origin::Default,
            }
        }
    }

    /// Every effective value, by key.
    pub fn entries(&self) -> Vec<Entry> {
        let tree = serde_json::to_value(&self.value).expect("it was serialised while loading");
        let mut entries = Vec::new();
        tree::leaves(&tree, "", &mut |key, value| {
            entries.push(Entry {
                key: key.to_owned(),
                value: value.clone(),
                origin: self.origin(key).clone(),
            });
        });
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        entries
    }

    /// The effective values as TOML, one a line, with the origin as a comment. An option without a value is a comment.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for entry in self.entries() {
            let written = match &entry.value {
                Value::Null => format!("# {} is not set", entry.key),
                value => format!("{} = {}", entry.key, toml_value(value)),
            };
            writeln!(text, "{written:<56} # {}", entry.origin)
                .expect("writing to a string succeeds");
        }
        text
    }

    /// The effective values as one JSON object: key → value and origin.
    pub fn to_json(&self) -> Value {
        self.entries()
            .into_iter()
            .map(|entry| {
                (
                    entry.key,
                    json!({"value": entry.value, "origin": entry.origin.to_string()}),
                )
            })
            .collect()
    }
}

fn toml_value(value: &Value) -> String {
    toml::Value::try_from(value).map_or_else(|_| value.to_string(), |value| value.to_string())
}
