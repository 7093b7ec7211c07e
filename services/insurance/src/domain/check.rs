//! Rules for single fields of requests.

use medcover_contract_insurance::{MAX_NAME_CHARS, MAX_REASON_CHARS};
use medcover_kernel::{Error, Result};

/// A name, number or trace: 1 to 64 characters, without blanks around it and without control characters.
pub(crate) fn name(text: &str, pointer: &'static str) -> Result<()> {
    text_of(text, MAX_NAME_CHARS, pointer)
}

/// A reason: 1 to 500 characters.
pub(crate) fn reason(text: &str) -> Result<()> {
    text_of(text, MAX_REASON_CHARS, "/reason")
}

fn text_of(text: &str, most: usize, pointer: &'static str) -> Result<()> {
    let fits = (1..=most).contains(&text.chars().count());
    if fits && text.trim() == text && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let rule = format!("must be 1 to {most} characters, without blanks around them");
    Err(Error::invalid(pointer, rule))
}

/// A list of `least` to `most` entries.
pub(crate) fn count(
    entries: usize,
    least: usize,
    most: usize,
    pointer: &'static str,
) -> Result<()> {
    if (least..=most).contains(&entries) {
        return Ok(());
    }
    let rule = format!("must be {least} to {most} entries");
    Err(Error::invalid(pointer, rule))
}

/// The code of a service or of a diagnosis: 1 to 16 capital letters, digits and dots.
pub(crate) fn code(text: &str, pointer: String) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'.';
    if (1..=16).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(());
    }
    Err(Error::invalid(
        pointer,
        "must be 1 to 16 capital letters, digits and dots",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_plain() {
        assert!(name("NM-2026-000017", "/number").is_ok());
        for bad in ["", " a", "a ", "a\nb", &"x".repeat(65)] {
            assert!(name(bad, "/number").is_err(), "{bad:?}");
        }
        assert!(reason(&"x".repeat(500)).is_ok());
        assert!(code("E11.9", "/diagnoses/0".to_owned()).is_ok());
        assert!(code("e11", "/diagnoses/0".to_owned()).is_err());
    }
}
