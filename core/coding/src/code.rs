//! How an ICD-10-CM code is written.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Characters of the shortest code, a category.
const CATEGORY_LEN: usize = 3;
/// Characters of the longest code, without the dot.
const MAX_LEN: usize = 7;

/// A code of three to seven characters, in the official form: upper case, a dot after the third character.
///
/// It is well written; whether a release holds it is another question. Codes order as the tabular list does: a header
/// before what lies below it, digits before letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The dotted form, filled with zero bytes, which sort before every character.
    dotted: [u8; MAX_LEN + 1],
    len: u8,
}

/// Why a text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodeError {
    /// Fewer than three characters.
    #[error("a code has at least three characters")]
    TooShort,
    /// More than seven characters.
    #[error("a code has at most seven characters")]
    TooLong,
    /// Not a letter followed by two characters, one of them a digit.
    #[error("a code begins with a letter and two characters of which one is a digit")]
    Category,
    /// A dot elsewhere than after the third character, or at the end.
    #[error("the dot stands after the third character and something follows it")]
    Dot,
    /// A character that no code has.
    #[error("a code has only letters and digits")]
    Character,
}

impl Code {
    /// Reads a code in any notation: either case, with or without the dot, spaces around it.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let (bare, len) = bare_characters(text)?;
        if text.trim().ends_with('.') {
            return Err(CodeError::Dot);
        }
        if len < CATEGORY_LEN {
            return Err(CodeError::TooShort);
        }
        Self::from_bare(&bare[..len])
    }

    /// The code of these upper-case characters without dot.
    fn from_bare(bare: &[u8]) -> Result<Self, CodeError> {
        if !is_category(&bare[..CATEGORY_LEN]) {
            return Err(CodeError::Category);
        }
        let mut dotted = [0; MAX_LEN + 1];
        dotted[..CATEGORY_LEN].copy_from_slice(&bare[..CATEGORY_LEN]);
        let mut len = bare.len();
        if len > CATEGORY_LEN {
            dotted[CATEGORY_LEN] = b'.';
            dotted[CATEGORY_LEN + 1..=len].copy_from_slice(&bare[CATEGORY_LEN..]);
            len += 1;
        }
        Ok(Self {
            dotted,
            len: len as u8,
        })
    }

    /// The official form: `E11.65`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.dotted[..usize::from(self.len)])
            .expect("invariant: only ASCII characters are stored")
    }

    /// The form without the dot, as on claims and in the order file: `E1165`.
    pub fn to_bare(&self) -> String {
        self.characters().collect()
    }

    /// Its characters without the dot.
    pub fn characters(&self) -> impl Iterator<Item = char> + '_ {
        self.as_str().chars().filter(|&c| c != '.')
    }

    /// The character at `place`, from 1 to 7, the dot not counted.
    pub fn character(&self, place: usize) -> Option<char> {
        self.characters().nth(place.checked_sub(1)?)
    }

    /// How many characters it has, the dot not counted: 3 to 7.
    pub fn character_count(&self) -> usize {
        match usize::from(self.len) {
            CATEGORY_LEN => CATEGORY_LEN,
            dotted => dotted - 1,
        }
    }

    /// Its first three characters.
    #[must_use]
    pub fn category(&self) -> Self {
        Self::from_bare(&self.dotted[..CATEGORY_LEN])
            .expect("invariant: a code begins with its category")
    }

    /// Whether it is `other` or is written as something below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.as_str().starts_with(other.as_str())
    }

    /// Whether it lies in the span from `first` to `last`, both with all below them.
    pub fn is_between(&self, first: &Self, last: &Self) -> bool {
        self >= first && (self <= last || self.is_within(last))
    }

    /// The code with `character` appended, if there is room.
    pub(crate) fn with(&self, character: char) -> Result<Self, CodeError> {
        if !character.is_ascii_alphanumeric() {
            return Err(CodeError::Character);
        }
        let mut text = self.as_str().to_owned();
        text.push(character);
        Self::parse(&text)
    }
}

/// The dotted form of a code or of the beginning of one, as far as it is typed: `e1` → `E1`, `e1165` → `E11.65`.
///
/// Returns `None` for what no code begins with. A single letter is the beginning of many codes.
pub fn normalize_partial(text: &str) -> Option<String> {
    let (bare, len) = bare_characters(text).ok()?;
    let bare = &bare[..len];
    match len {
        0 => None,
        1 | 2 => bare[0]
            .is_ascii_uppercase()
            .then(|| bare.iter().map(|&b| char::from(b)).collect()),
        _ => Code::from_bare(bare)
            .ok()
            .map(|code| code.as_str().to_owned()),
    }
}

/// Whether three upper-case characters can be a category: a letter, then two of which at least one is a digit (`C7A`,
/// `QA0`), so that words in capitals (`HIV`) are not taken for codes.
fn is_category(bytes: &[u8]) -> bool {
    bytes[0].is_ascii_uppercase()
        && bytes[1..].iter().all(u8::is_ascii_alphanumeric)
        && bytes[1..].iter().any(u8::is_ascii_digit)
}

/// The upper-case characters of a code without its dot.
fn bare_characters(text: &str) -> Result<([u8; MAX_LEN], usize), CodeError> {
    let mut bare = [0; MAX_LEN];
    let mut len = 0;
    let mut dotted = false;
    for byte in text.trim().bytes() {
        match byte {
            b'.' if dotted || len != CATEGORY_LEN => return Err(CodeError::Dot),
            b'.' => dotted = true,
            _ if !byte.is_ascii_alphanumeric() => return Err(CodeError::Character),
            _ if len == MAX_LEN => return Err(CodeError::TooLong),
            _ => {
                bare[len] = byte.to_ascii_uppercase();
                len += 1;
            }
        }
    }
    Ok((bare, len))
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::parse(text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Code {
        Code::parse(text).unwrap()
    }

    #[test]
    fn reads_every_notation() {
        for text in ["e1165", "E11.65", " e11.65 ", "E1165"] {
            assert_eq!(code(text).as_str(), "E11.65");
        }
        assert_eq!(code("t07xxxa").as_str(), "T07.XXXA");
        assert_eq!(code("c7a").as_str(), "C7A");
        assert_eq!(code("qa00101").as_str(), "QA0.0101");
        assert_eq!(code("E11.65").to_bare(), "E1165");
    }

    #[test]
    fn refuses_what_is_no_code_and_says_why() {
        for (text, reason) in [
            ("", CodeError::TooShort),
            ("E1", CodeError::TooShort),
            ("T07XXXXD", CodeError::TooLong),
            ("HIV", CodeError::Category),
            ("111", CodeError::Category),
            ("E1.165", CodeError::Dot),
            ("E11.6.5", CodeError::Dot),
            ("E11.", CodeError::Dot),
            ("E11-65", CodeError::Character),
            ("Ë11", CodeError::Character),
        ] {
            assert_eq!(Code::parse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn completes_the_notation_of_partial_codes() {
        for (text, dotted) in [("e", "E"), ("e1", "E1"), ("e11.", "E11"), ("e116", "E11.6")] {
            assert_eq!(normalize_partial(text).as_deref(), Some(dotted));
        }
        for text in ["", "1", "abc", "e11.6.", "heart attack"] {
            assert_eq!(normalize_partial(text), None, "{text}");
        }
    }

    #[test]
    fn orders_as_the_tabular_list_does() {
        let listed = [
            "C75.9", "C76", "C7A", "C7A.0", "C80", "E11", "E11.0", "E11.00", "E11.1",
        ];
        let mut sorted = listed.map(code);
        sorted.reverse();
        sorted.sort_unstable();
        assert_eq!(sorted.map(|code| code.as_str().to_owned()), listed);
    }

    #[test]
    fn a_span_includes_all_below_its_last_code() {
        assert!(code("O07.39").is_between(&code("O00"), &code("O07")));
        assert!(!code("O08").is_between(&code("O00"), &code("O07")));
        assert!(code("S52.041A").is_within(&code("S52.04")));
    }

    #[test]
    fn knows_its_parts() {
        let long = code("S52.041A");
        assert_eq!(long.category(), code("S52"));
        assert_eq!(long.character_count(), 7);
        assert_eq!(long.character(7), Some('A'));
        assert_eq!(long.character(0), None);
        assert_eq!(code("S52").character_count(), 3);
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = Code::parse(&text);
            let _ = normalize_partial(&text);
        }

        #[test]
        fn the_dotted_form_reads_back(text in "[A-Za-z][0-9][0-9A-Za-z]{1,5}") {
            let read = code(&text);
            prop_assert_eq!(code(read.as_str()), read);
            prop_assert_eq!(code(&read.to_bare()), read);
            prop_assert_eq!(normalize_partial(&text), Some(read.to_string()));
        }
    }
}
