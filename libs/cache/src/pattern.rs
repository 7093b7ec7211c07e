//! Patterns over keys.

use std::fmt;
use std::str::FromStr;

/// The longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 256;

/// Which keys are meant: `*` stands for any text, also none; everything else for itself. `patients:*` is every patient.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern(Box<str>);

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pattern has 1 to {MAX_PATTERN_BYTES} bytes, and none that is a control character")]
pub struct BadPattern;

impl Pattern {
    /// Every key of a name space.
    pub fn of_space(space: &str) -> Self {
        Self(format!("{space}:*").into())
    }

    /// Every key there is.
    pub fn all() -> Self {
        Self("*".into())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What comes before the first `:` or `*`: the name space, where the pattern is about one.
    pub fn space(&self) -> Option<&str> {
        let end = self.0.find([':', '*'])?;
        self.0[end..].starts_with(':').then(|| &self.0[..end])
    }

    /// Whether `key` is meant. Takes the product of both lengths at most.
    pub fn matches(&self, key: &str) -> bool {
        let (pattern, key) = (self.0.as_bytes(), key.as_bytes());
        let (mut at, mut place) = (0, 0);
        // Where to go on when what follows the last star does not fit: one byte later in the key.
        let mut retry: Option<(usize, usize)> = None;
        while place < key.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    retry = Some((at + 1, place));
                    at += 1;
                }
                Some(byte) if *byte == key[place] => {
                    at += 1;
                    place += 1;
                }
                _ => match retry {
                    Some((after_star, from)) => {
                        (at, place) = (after_star, from + 1);
                        retry = Some((after_star, from + 1));
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

impl FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let fits = (1..=MAX_PATTERN_BYTES).contains(&text.len());
        if fits && !text.contains(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(BadPattern)
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
