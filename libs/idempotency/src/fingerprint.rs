//! What tells two requests apart.

use medcover_kernel::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a request as JSON: fields in order, without those that are null. White space and the order of fields make no
/// difference, nor does a field that a later version adds and the caller does not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(request: &impl Serialize) -> Result<Self> {
        let mut value = serde_json::to_value(request).map_err(Error::internal)?;
        settle(&mut value);
        let text = serde_json::to_vec(&value).map_err(Error::internal)?;
        Ok(Self(Sha256::digest(&text).into()))
    }

    pub(crate) const fn bytes(self) -> [u8; 32] {
        self.0
    }
}

fn settle(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(settle);
            fields.sort_keys();
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_and_absence_make_no_difference_and_values_do() {
        let of = |value: Value| Fingerprint::of(&value).expect("JSON");
        let one = of(json!({"a": 1, "b": {"c": [{"d": null}], "e": null}}));
        assert_eq!(one, of(json!({"b": {"c": [{}]}, "a": 1, "f": null})));
        assert_ne!(one, of(json!({"a": 2, "b": {"c": [{}]}})));
        assert_ne!(one, of(json!({"a": 1, "b": {"c": [{}, null]}})));
    }
}
