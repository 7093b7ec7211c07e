//! Rules that several things share, and how they refuse.

use std::borrow::Cow;

use jiff::civil::Date;
use medcover_contract_billing::{MAX_CODE_CHARS, MAX_TEXT_CHARS};
use medcover_kernel::{Error, ErrorKind, Money, MoneyError, Result, Timestamp};

/// Refused by a rule (422).
pub(crate) fn refused(slug: &'static str, message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Refused, slug, message)
}

/// Refused because of what was done before (409).
pub(crate) fn conflict(slug: &'static str, message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Conflict, slug, message)
}

/// The same id with another content.
pub(crate) fn content_differs(thing: &str) -> Error {
    let message = format!("There is a {thing} of that id with another content.");
    conflict("id-taken", message)
}

/// Money that cannot be put together.
pub(crate) fn money(error: MoneyError) -> Error {
    match error {
        MoneyError::Currencies(..) => refused("currency-differs", error.to_string()),
        MoneyError::TooLarge | MoneyError::Weights => {
            refused("amount-out-of-range", error.to_string())
        }
    }
}

/// An amount above zero.
pub(crate) fn positive(pointer: &'static str, amount: Money) -> Result<()> {
    if amount.is_positive() {
        return Ok(());
    }
    Err(Error::invalid(pointer, "must be above zero"))
}

/// An amount that is not below zero.
pub(crate) fn not_negative(pointer: impl Into<Cow<'static, str>>, amount: Money) -> Result<()> {
    if amount.is_negative() {
        return Err(Error::invalid(pointer, "must not be below zero"));
    }
    Ok(())
}

/// A text for people, with something in it.
pub(crate) fn text(pointer: impl Into<Cow<'static, str>>, text: &str) -> Result<()> {
    within(pointer, text, MAX_TEXT_CHARS)
}

/// A short text for programs, with something in it.
pub(crate) fn code(pointer: impl Into<Cow<'static, str>>, text: &str) -> Result<()> {
    within(pointer, text, MAX_CODE_CHARS)
}

fn within(pointer: impl Into<Cow<'static, str>>, text: &str, most: usize) -> Result<()> {
    let fits = !text.trim().is_empty() && text.chars().count() <= most;
    if fits && !text.contains('\0') {
        return Ok(());
    }
    Err(Error::invalid(
        pointer,
        format!("must be a text of 1 to {most} characters"),
    ))
}

/// A text, where there is one.
pub(crate) fn maybe_text(pointer: &'static str, given: Option<&str>) -> Result<()> {
    given.map_or(Ok(()), |given| text(pointer, given))
}

/// The day of a moment, by UTC.
pub(crate) fn day(at: Timestamp) -> Date {
    let moment = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Who decides is not who asked.
pub(crate) fn second_person(asked: &str, decides: &str) -> Result<()> {
    if asked == decides {
        return Err(refused(
            "second-person-needed",
            "Whoever asked for it does not decide on it: another person must.",
        ));
    }
    Ok(())
}
