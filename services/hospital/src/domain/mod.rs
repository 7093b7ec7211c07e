//! The rules: they decide over state, command and moment, and do nothing else.

pub(crate) mod appointment;
pub(crate) mod block;
pub(crate) mod calendar;
pub(crate) mod codes;
pub(crate) mod encounter;
pub(crate) mod fields;
pub(crate) mod hold;
pub(crate) mod hours;
pub(crate) mod patient;
pub(crate) mod resource;
pub(crate) mod schedule;
pub(crate) mod span;
pub(crate) mod zone;

use medcover_kernel::{Error, ErrorKind};

/// Somebody asks for what exists already, with another content.
pub(crate) fn id_taken(thing: &str) -> Error {
    let message = format!("There is another {thing} of that id.");
    Error::new(ErrorKind::Conflict, "id-taken", message)
}
