//! The key by which a caller says that two requests are one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A caller's name for one undertaking: sent again with the same key, a request has its effect once. 1 to 255 visible
/// ASCII characters, by convention a UUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(Arc<str>);

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {} visible ASCII characters", IdempotencyKey::MAX_CHARS)]
pub struct KeyError;

impl IdempotencyKey {
    /// The longest key.
    pub const MAX_CHARS: usize = 255;

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let fits = (1..=Self::MAX_CHARS).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(KeyError)
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_within_its_length() {
        assert!("018f-a".parse::<IdempotencyKey>().is_ok());
        assert!("x".repeat(255).parse::<IdempotencyKey>().is_ok());
        for text in ["", "a b", "é", "a\n", &"x".repeat(256)] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(KeyError), "{text:?}");
        }
    }
}
