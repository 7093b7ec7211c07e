//! Names of events, some parts left open.

use std::fmt;
use std::str::FromStr;

/// What a subscriber listens to: the name of an event kind, in which `*` stands for any one part (`payment.*`,
/// `*.cancelled`), or `*` alone for everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(String);

/// A text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no pattern: parts of a-z, 0-9 and -, or *, with dots between them")]
pub struct PatternError(String);

impl Pattern {
    /// Whether an event of this kind is meant.
    pub fn matches(&self, kind: &str) -> bool {
        if self.0 == "*" {
            return true;
        }
        let (mut open, mut parts) = (self.0.split('.'), kind.split('.'));
        loop {
            match (open.next(), parts.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some(name), Some(part)) if name == part => {}
                _ => return false,
            }
        }
    }
}

impl FromStr for Pattern {
    type Err = PatternError;
    fn from_str(text: &str) -> Result<Self, PatternError> {
        let letters = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let is_part = |part: &str| part == "*" || !part.is_empty() && part.bytes().all(letters);
        if text.split('.').all(is_part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PatternError(text.to_owned()))
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_part_and_alone_for_everything() {
        for (pattern, kind, expected) in [
            ("payment.completed", "payment.completed", true),
            ("payment.completed", "payment.failed", false),
            ("payment.*", "payment.completed", true),
            ("payment.*", "payments.completed", false),
            ("payment.*", "payment", false),
            ("payment.*", "payment.part.completed", false),
            ("*.completed", "payment.completed", true),
            ("*", "payment.completed", true),
            ("*.*", "payment.completed", true),
            ("*.*", "payment", false),
        ] {
            let parsed: Pattern = pattern.parse().expect("a pattern");
            assert_eq!(parsed.matches(kind), expected, "{pattern} {kind}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", ".", "payment.", "Payment.*", "pay*", "a..b", "a b"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }
}
