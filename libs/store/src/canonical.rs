//! JSON of which there is one spelling, so that bytes can be hashed and compared.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// JSON text with the keys of every object sorted by their bytes, without white space, its numbers whole and within
/// `i64`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalJson(Box<str>);

/// Why something has no canonical JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// It is not JSON, or does not serialise to it.
    #[error("is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A number has a fraction or does not fit `i64`; money and rates are whole numbers of small units.
    #[error("has the number {0}, which is not a whole number within 64 bits")]
    Number(String),
    /// A later version of the program has written it, in a schema that this one does not know.
    #[error("{kind} is of schema {schema}, and this program knows only up to {known}")]
    Later {
        /// The kind of event.
        kind: String,
        /// Its schema.
        schema: u16,
        /// Ours.
        known: u16,
    },
    /// It is JSON, but not as this type would spell it.
    #[error("is not in canonical form")]
    Spelling,
}

impl CanonicalJson {
    /// The canonical JSON of `value`.
    pub fn of(value: &impl Serialize) -> Result<Self, CanonicalError> {
        Self::of_value(&serde_json::to_value(value)?)
    }

    /// The canonical spelling of a JSON value.
    pub fn of_value(value: &Value) -> Result<Self, CanonicalError> {
        let mut out = String::new();
        spell(value, &mut out)?;
        Ok(Self(out.into()))
    }

    /// The canonical spelling of JSON text.
    pub fn spell(text: &str) -> Result<Self, CanonicalError> {
        Self::of_value(&serde_json::from_str(text)?)
    }

    /// Takes `text` as it stands, or refuses it when it is not canonical already.
    pub fn check(text: &str) -> Result<Self, CanonicalError> {
        let spelt = Self::spell(text)?;
        if *spelt.0 == *text {
            Ok(spelt)
        } else {
            Err(CanonicalError::Spelling)
        }
    }

    /// Takes what this type has written before, on trust: the engines read it back so.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text.into())
    }

    /// `{}`.
    pub fn empty() -> Self {
        Self("{}".into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads it as a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, CanonicalError> {
        Ok(serde_json::from_str(&self.0)?)
    }
}

fn spell(value: &Value, out: &mut String) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => out.push_str(&whole.to_string()),
            None => return Err(CanonicalError::Number(number.to_string())),
        },
        Value::String(text) => spell_text(text, out)?,
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                spell(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            // Sorted here rather than by the map: a feature of serde_json elsewhere in the build changes its order.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| key.as_bytes());
            out.push('{');
            for (at, (key, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                spell_text(key, out)?;
                out.push(':');
                spell(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn spell_text(text: &str, out: &mut String) -> Result<(), CanonicalError> {
    out.push_str(&serde_json::to_string(text)?);
    Ok(())
}

impl fmt::Display for CanonicalJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CanonicalJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CanonicalJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let value: Value = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        value.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_back_as_the_same_value_and_is_its_own_spelling(value in json()) {
            let canonical = CanonicalJson::of_value(&value).expect("whole numbers");
            prop_assert_eq!(canonical.read::<Value>().expect("JSON"), value);
            prop_assert_eq!(CanonicalJson::check(canonical.as_str()).expect("canonical"), canonical);
        }
    }

    #[test]
    fn keys_are_sorted_by_their_bytes_and_nothing_is_spaced() {
        let canonical =
            CanonicalJson::spell(r#" {"é": 1, "z": [ 1, 2 ], "a": {"y":null,"B":true}} "#);
        assert_eq!(
            canonical.expect("JSON").as_str(),
            r#"{"a":{"B":true,"y":null},"z":[1,2],"é":1}"#
        );
    }

    #[test]
    fn refuses_fractions_and_what_is_spelt_otherwise() {
        for text in ["1.5", "1e3", "18446744073709551615", "-0.0"] {
            assert!(
                matches!(CanonicalJson::spell(text), Err(CanonicalError::Number(_))),
                "{text}"
            );
        }
        for text in [r#"{"a": 1}"#, r#"{"b":1,"a":1}"#, "01", r#""\u0041""#] {
            assert!(CanonicalJson::check(text).is_err(), "{text}");
        }
    }
}
