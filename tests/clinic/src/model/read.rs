//! Reading events as plain JSON.

use medcover_store::Recorded;
use serde_json::Value;
use uuid::Uuid;

/// The payload of an event.
pub(super) fn payload(recorded: &Recorded) -> Result<Value, String> {
    recorded
        .event
        .payload
        .read()
        .map_err(|error| error.to_string())
}

/// A whole number.
pub(super) fn number(value: &Value) -> Result<i128, String> {
    let number = value.as_i64().map(i128::from);
    number.ok_or_else(|| format!("{value} is no number"))
}

/// The minor units of an amount.
pub(super) fn minor(value: &Value) -> Result<i128, String> {
    number(&value["amount_minor"])
}

/// An id.
pub(super) fn id(value: &Value) -> Result<Uuid, String> {
    maybe_id(value).ok_or_else(|| format!("{value} is no id"))
}

/// An id, where there is one.
pub(super) fn maybe_id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

/// A text.
pub(super) fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("{value} is no text"))
}

/// The entries of a list; none where it is none.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
