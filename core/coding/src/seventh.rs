//! 7th characters: completing a code with one, and the exceptions that notes state in words.

use thiserror::Error;

use crate::code::{Code, CodeError};

/// The character that fills the places before the 7th.
pub const PLACEHOLDER: char = 'X';

/// The place of the 7th character.
const PLACE: usize = 7;

/// Why a stem cannot be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SeventhError {
    /// The stem has seven characters already.
    #[error("{0} has a 7th character already")]
    Complete(Code),
    /// Not a letter or digit.
    #[error("{0:?} cannot be a 7th character")]
    Character(char),
}

/// Completes `stem` to seven characters: placeholders up to the sixth, then `character`.
///
/// ```
/// # use medcover_coding::{Code, seventh};
/// let code = seventh::complete(Code::parse("T07")?, 'A')?;
/// assert_eq!(code.as_str(), "T07.XXXA");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn complete(stem: Code, character: char) -> Result<Code, SeventhError> {
    if stem.character_count() >= PLACE {
        return Err(SeventhError::Complete(stem));
    }
    let mut code = stem;
    while code.character_count() < PLACE - 1 {
        code = code
            .with(PLACEHOLDER)
            .expect("invariant: there is room before the 7th place");
    }
    code.with(character).map_err(|error| match error {
        CodeError::Character => SeventhError::Character(character),
        _ => SeventhError::Complete(stem),
    })
}

/// Every code that `characters` make of `stem`, in their order; empty for a stem that is complete already.
pub fn completions(
    stem: Code,
    characters: impl IntoIterator<Item = char>,
) -> impl Iterator<Item = Code> {
    characters
        .into_iter()
        .filter_map(move |character| complete(stem, character).ok())
}

/// Codes that some 7th characters do not complete, as a note of the tabular list states it:
///
/// > 7th characters D and S do not apply to codes in category S06 with 6th character 7 - …, or 8 - …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The 7th characters that do not apply.
    pub characters: Vec<char>,
    /// The header under which they do not apply.
    pub within: Code,
    /// The place of the character that decides, from 4 to 6.
    pub place: usize,
    /// The values at that place for which they do not apply.
    pub values: Vec<char>,
}

impl Exception {
    /// Reads the exception a note states, if it states one in the known form.
    pub fn parse(note: &str) -> Option<Self> {
        let (characters, rest) = note
            .strip_prefix("7th characters ")
            .or_else(|| note.strip_prefix("7th character "))?
            .split_once(" apply to codes in ")?;
        let characters = characters
            .strip_suffix(" do not")
            .or_else(|| characters.strip_suffix(" does not"))?;
        let (header, condition) = rest.split_once(" with ")?;
        let (place, values) = condition.split_once(" character ")?;
        Some(Self {
            characters: single_characters(characters).collect(),
            within: Code::parse(header.split(' ').next_back()?).ok()?,
            place: ordinal(place)?,
            values: single_characters(values).collect(),
        })
    }

    /// Whether `character` may not complete `stem`.
    pub fn forbids(&self, stem: &Code, character: char) -> bool {
        self.characters.contains(&character)
            && stem.is_within(&self.within)
            && stem
                .character(self.place)
                .is_some_and(|value| self.values.contains(&value))
    }
}

/// The words of one character among words: `D and S` → D, S; explanations between are passed over.
fn single_characters(words: &str) -> impl Iterator<Item = char> + '_ {
    words
        .split([' ', ','])
        .filter(|word| word.len() == 1)
        .filter_map(|word| word.chars().next())
        .filter(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
}

/// `6th` or `sixth` → 6; only places that a 7th character can depend on.
fn ordinal(word: &str) -> Option<usize> {
    match word {
        "4th" | "fourth" => Some(4),
        "5th" | "fifth" => Some(5),
        "6th" | "sixth" => Some(6),
        _ => None,
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
    fn fills_the_places_before_the_seventh() {
        for (stem, character, expected) in [
            ("T07", 'A', "T07.XXXA"),
            ("W21.89", 'A', "W21.89XA"),
            ("S52.041", 'a', "S52.041A"),
            ("O31.00X", '0', "O31.00X0"),
        ] {
            assert_eq!(complete(code(stem), character), Ok(code(expected)));
        }
    }

    #[test]
    fn refuses_what_cannot_be_completed() {
        let whole = code("S52.041A");
        assert_eq!(complete(whole, 'A'), Err(SeventhError::Complete(whole)));
        assert_eq!(
            complete(code("T07"), '-'),
            Err(SeventhError::Character('-'))
        );
        assert_eq!(completions(whole, ['A', 'D']).count(), 0);
    }

    #[test]
    fn lists_the_completions_of_a_stem() {
        let listed: Vec<_> = completions(code("T07"), ['A', 'D', 'S']).collect();
        assert_eq!(listed, ["T07.XXXA", "T07.XXXD", "T07.XXXS"].map(code));
    }

    #[test]
    fn reads_an_exception_stated_in_words() {
        let exception = Exception::parse(
            "7th characters D and S do not apply to codes in category S06 with 6th character 7 - death due to brain \
             injury prior to regaining consciousness, or 8 - death due to other cause.",
        )
        .unwrap();
        assert!(exception.forbids(&code("S06.307"), 'D'));
        assert!(exception.forbids(&code("S06.1X8"), 'S'));
        assert!(!exception.forbids(&code("S06.307"), 'A'));
        assert!(!exception.forbids(&code("S06.309"), 'D'));
        assert!(!exception.forbids(&code("S07.307"), 'D'));
    }

    #[test]
    fn takes_no_other_note_for_an_exception() {
        for note in [
            "",
            "7th characters D and S",
            "7th character 1 applies to codes in A00 with 6th character 7",
        ] {
            assert_eq!(Exception::parse(note), None);
        }
    }

    proptest! {
        #[test]
        fn a_completed_code_has_seven_characters_and_its_stem(stem in "[A-Z][0-9]{2}[0-9A-Z]{0,3}", last in "[0-9A-Z]") {
            let stem = code(&stem);
            let whole = complete(stem, last.chars().next().unwrap()).unwrap();
            prop_assert_eq!(whole.character_count(), 7);
            prop_assert!(whole.is_within(&stem));
        }

        #[test]
        fn never_panics(note in any::<String>()) {
            let _ = Exception::parse(&note);
        }
    }
}
