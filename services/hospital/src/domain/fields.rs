//! Texts and numbers that people give.

use std::collections::BTreeSet;

use medcover_contract_hospital::{
    Identifier, MAX_IDENTIFIERS, MAX_REASON_CHARS, MAX_TEXT_CHARS, MIN_REASON_CHARS,
};
use medcover_kernel::{Error, Result};

/// Gathers what is wrong with a request, so that all of it is said at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(String, String)>);

impl Faults {
    pub(crate) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push((pointer.into(), detail.into()));
    }

    pub(crate) fn unless(&mut self, fine: bool, pointer: &str, detail: impl Into<String>) {
        if !fine {
            self.add(pointer, detail);
        }
    }

    /// `given` without blanks around it; at fault where it is empty or too long.
    pub(crate) fn text(&mut self, pointer: &str, given: &str) -> String {
        let text = given.trim();
        let fits = (1..=MAX_TEXT_CHARS).contains(&text.chars().count()) && !has_control(text);
        let rule = format!("must be 1 to {MAX_TEXT_CHARS} characters, none of them a control");
        self.unless(fits, pointer, rule);
        text.to_owned()
    }

    /// As [`Faults::text`], where nothing may be given.
    pub(crate) fn maybe(&mut self, pointer: &str, given: Option<&str>) -> Option<String> {
        given
            .filter(|text| !text.trim().is_empty())
            .map(|text| self.text(pointer, text))
    }

    /// A description, which may be longer.
    pub(crate) fn description(&mut self, pointer: &str, given: Option<&str>) -> Option<String> {
        let text = given.map(str::trim).filter(|text| !text.is_empty())?;
        let fits = text.chars().count() <= MAX_REASON_CHARS && !text.contains('\0');
        self.unless(
            fits,
            pointer,
            format!("must be at most {MAX_REASON_CHARS} characters"),
        );
        Some(text.to_owned())
    }

    /// Identifiers in order, each once.
    pub(crate) fn identifiers(&mut self, pointer: &str, given: &[Identifier]) -> Vec<Identifier> {
        let rule = format!("must be at most {MAX_IDENTIFIERS}");
        self.unless(given.len() <= MAX_IDENTIFIERS, pointer, rule);
        let mut kept = BTreeSet::new();
        for (place, it) in given.iter().take(MAX_IDENTIFIERS).enumerate() {
            let at = format!("{pointer}/{place}");
            let identifier = Identifier {
                system: self.text(&format!("{at}/system"), &it.system),
                value: self.text(&format!("{at}/value"), &it.value),
            };
            self.unless(
                !identifier.system.contains('|'),
                &at,
                "must have no | in its system",
            );
            if !kept.insert(identifier) {
                self.add(at, "is given twice");
            }
        }
        kept.into_iter().collect()
    }

    /// Refuses the request where anything is wrong.
    pub(crate) fn check(self) -> Result<()> {
        let mut faults = self.0.into_iter();
        let Some((pointer, detail)) = faults.next() else {
            return Ok(());
        };
        let first = Error::invalid(pointer, detail);
        Err(faults.fold(first, |error, (pointer, detail)| {
            error.with_fault(pointer, detail)
        }))
    }
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// A reason as it is kept.
pub(crate) fn reason(given: &str) -> Result<String> {
    explanation(given, 1)
}

/// A reason for what is normally refused: one word is none.
pub(crate) fn sentence(given: &str) -> Result<String> {
    explanation(given, MIN_REASON_CHARS)
}

fn explanation(given: &str, least: usize) -> Result<String> {
    let text = given.trim();
    if (least..=MAX_REASON_CHARS).contains(&text.chars().count()) && !text.contains('\0') {
        return Ok(text.to_owned());
    }
    let detail = format!("must be {least} to {MAX_REASON_CHARS} characters");
    Err(Error::invalid("/reason", detail))
}

/// How names are ordered and found: in lower case, single blanks.
pub(crate) fn name_key(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut faults = Faults::default();
        assert_eq!(faults.text("/a", "  Rossi "), "Rossi");
        faults.text("/b", " ");
        faults.text("/c", &"x".repeat(201));
        let twice = Identifier {
            system: "s".to_owned(),
            value: "1".to_owned(),
        };
        faults.identifiers("/d", &[twice.clone(), twice]);
        let error = faults.check().expect_err("at fault");
        let at: Vec<_> = error.faults().iter().map(|it| &*it.pointer).collect();
        assert_eq!(at, ["/b", "/c", "/d/1"]);
    }

    #[test]
    fn a_word_is_a_reason_but_none_for_an_exception() {
        assert_eq!(reason(" pain ").expect("a reason"), "pain");
        assert!(reason("").is_err());
        assert!(sentence("pain").is_err());
        assert!(sentence("Acute pain, agreed with Dr Okafor").is_ok());
    }
}
