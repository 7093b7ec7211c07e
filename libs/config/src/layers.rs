//! Defaults, file, environment, command line: merged, with the origin of each value.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::dump::Loaded;
use crate::fault::{Fault, Faults, Origin};
use crate::file;
use crate::section::{Check, Section};
use crate::tree::{self, Known};

/// What an environment variable begins with that is a setting.
const PREFIX: &str = "MEDCOVER__";

/// The layers over the defaults, lowest first.
#[derive(Debug, Default)]
pub struct Layers {
    given: Vec<Setting>,
    faults: Vec<Fault>,
}

#[derive(Debug)]
struct Setting {
    key: String,
    value: Given,
    origin: Origin,
}

#[derive(Debug)]
enum Given {
    /// A value that has its type, from the file.
    Typed(Value),
    /// Text whose type the default decides, from the environment or command line.
    Text(String),
}

impl Layers {
    /// Nothing but the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the TOML file at `path`. That it cannot be read is a fault like any other.
    #[must_use]
    pub fn file(mut self, path: &Path) -> Self {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.text(&name, &text),
            Err(error) => {
                self.faults.push(Fault {
                    origin: Origin::File { name, line: 1 },
                    message: format!("cannot be read: {error}"),
                });
                self
            }
        }
    }

    /// Adds TOML `text` that faults shall call `name`.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        match file::read(name, text) {
            Ok(given) => self.given.extend(given.into_iter().map(|given| Setting {
                key: given.key,
                value: Given::Typed(given.value),
                origin: Origin::File {
                    name: name.to_owned(),
                    line: given.line,
                },
            })),
            Err(faults) => self.faults.extend(faults),
        }
        self
    }

    /// Adds those of `variables` that begin with `MEDCOVER__`; two underscores stand for the dot of a key.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut settings: Vec<_> = variables
            .into_iter()
            .filter_map(|(name, text)| {
                let key = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
                Some(Setting {
                    key,
                    value: Given::Text(text),
                    origin: Origin::Environment(name),
                })
            })
            .collect();
        // The environment has no order; faults and precedence get one.
        settings.sort_by(|a, b| a.key.cmp(&b.key));
        self.given.extend(settings);
        self
    }

    /// Sets `key` to `text` because of the argument called `flag`: `--listen`.
    #[must_use]
    pub fn argument(mut self, flag: &str, key: &str, text: impl Into<String>) -> Self {
        self.given.push(Setting {
            key: key.to_owned(),
            value: Given::Text(text.into()),
            origin: Origin::CommandLine(flag.to_owned()),
        });
        self
    }

    /// The typed tree, or everything that is wrong with all layers.
    pub fn load<T>(self) -> Result<Loaded<T>, Faults>
    where
        T: Section + Default + Serialize + DeserializeOwned,
    {
        let defaults = serialised(&T::default());
        let mut faults = self.faults;
        let mut merged = Value::Object(serde_json::Map::new());
        let mut origins = BTreeMap::new();
        for setting in self.given {
            match judge::<T>(&defaults, &setting) {
                Ok(value) => {
                    tree::insert(&mut merged, &setting.key, value);
                    origins.insert(setting.key, setting.origin);
                }
                Err(message) => faults.push(Fault {
                    origin: setting.origin,
                    message,
                }),
            }
        }
        // Values that fit alone fit together, unless a table and a plain value were given for one key.
        let value = match serde_json::from_value::<T>(merged) {
            Ok(value) => value,
            Err(error) => {
                faults.push(Fault {
                    origin: Origin::Default,
                    message: format!("the layers contradict each other: {error}"),
                });
                T::default()
            }
        };
        let loaded = Loaded::new(value, origins);
        faults.extend(broken_rules(&loaded));
        Faults::check(faults)?;
        Ok(loaded)
    }
}

fn serialised(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("sections are plain structs with text keys")
}

/// The value of `setting` as its key's type wants it, tried alone; or what is wrong with it.
fn judge<T: DeserializeOwned>(defaults: &Value, setting: &Setting) -> Result<Value, String> {
    let key = &setting.key;
    let default = match tree::lookup(defaults, key) {
        Known::Default(value) => value,
        Known::Free => &Value::Null,
        Known::Unknown(siblings) => {
            let hint = tree::nearest(defaults, siblings, key)
                .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            return Err(format!("unknown key `{key}`{hint}"));
        }
    };
    let candidates = match &setting.value {
        Given::Typed(value) => vec![value.clone()],
        Given::Text(text) => readings(default, text),
    };
    let mut fault = None;
    for value in candidates {
        let mut alone = Value::Object(serde_json::Map::new());
        tree::insert(&mut alone, key, value.clone());
        match serde_json::from_value::<T>(alone) {
            Ok(_) => return Ok(value),
            Err(error) => fault = fault.or(Some(format!("`{key}`: {error}"))),
        }
    }
    Err(fault.unwrap_or_else(|| format!("`{key}`: must be {}", kind(default))))
}

/// What `text` may mean where `default` stands, likeliest first.
fn readings(default: &Value, text: &str) -> Vec<Value> {
    match default {
        Value::String(_) => vec![text.into()],
        Value::Bool(_) => text.parse::<bool>().map(Value::from).into_iter().collect(),
        Value::Number(_) => number(text).into_iter().collect(),
        Value::Array(_) => serde_json::from_str(text)
            .ok()
            .into_iter()
            .chain([list(text, |part| part.into()), list(text, scalar)])
            .collect(),
        Value::Object(_) => serde_json::from_str(text).into_iter().collect(),
        Value::Null => vec![text.into(), scalar(text), list(text, |part| part.into())],
    }
}

fn number(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().map(Value::from);
    let whole = whole.or_else(|_| text.parse::<u64>().map(Value::from));
    whole
        .or_else(|_| text.parse::<f64>().map(Value::from))
        .ok()
        .filter(Value::is_number)
}

fn scalar(text: &str) -> Value {
    let boolean = || text.parse::<bool>().map(Value::from).ok();
    number(text)
        .or_else(boolean)
        .unwrap_or_else(|| Value::from(text))
}

fn list(text: &str, item: impl Fn(&str) -> Value) -> Value {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(item)
        .collect()
}

fn kind(default: &Value) -> &'static str {
    match default {
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Object(_) => "a table, written as JSON",
        _ => "text",
    }
}

fn broken_rules<T: Section + Serialize>(loaded: &Loaded<T>) -> Vec<Fault> {
    let mut found = Vec::new();
    loaded.value.validate(&mut Check::new(&mut found));
    found
        .into_iter()
        .map(|(key, rule)| Fault {
            origin: loaded.origin(&key).clone(),
            message: format!("`{key}` {rule}"),
        })
        .collect()
}
