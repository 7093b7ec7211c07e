//! Refusals that several things have in common.

use std::borrow::Cow;

use medcover_kernel::{Error, ErrorKind, MoneyError};

/// The id belongs to something else, or to the same with other content.
pub(crate) fn id_taken(thing: &str) -> Error {
    let message = format!("There is a {thing} of that id already, and it is another one.");
    Error::new(ErrorKind::Conflict, "id-taken", message)
}

/// The id was closed: what it names was undone before it was made.
pub(crate) fn id_closed(thing: &str) -> Error {
    let message = format!("The {thing} of that id was taken back, and is not made any more.");
    Error::new(ErrorKind::Conflict, "id-closed", message)
}

/// Somebody else has the name, number or trace.
pub(crate) fn name_taken(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Conflict, "name-taken", message)
}

/// A rule of the domain stands against it.
pub(crate) fn refused(slug: &'static str, message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Refused, slug, message)
}

/// Amounts that cannot be put together, at `pointer` of the request.
pub(crate) fn of_money(pointer: &'static str) -> impl Fn(MoneyError) -> Error {
    move |error| Error::invalid(pointer, error.to_string())
}
