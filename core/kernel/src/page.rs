//! Page limits.

use serde::{Deserialize, Serialize};

/// How many items an answer may hold: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Limit(u8);

/// A limit outside 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be between 1 and {}", Limit::MAX.get())]
pub struct LimitError;

impl Limit {
    /// The largest page.
    pub const MAX: Self = Self(100);
    /// What a caller gets who does not say.
    pub const DEFAULT: Self = Self(10);

    /// A limit of `items`, if that is between 1 and 100.
    pub fn new(items: u32) -> Result<Self, LimitError> {
        match u8::try_from(items) {
            Ok(items @ 1..=100) => Ok(Self(items)),
            _ => Err(LimitError),
        }
    }

    /// The number of items.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<u32> for Limit {
    type Error = LimitError;
    fn try_from(items: u32) -> Result<Self, LimitError> {
        Self::new(items)
    }
}

impl From<Limit> for u32 {
    fn from(limit: Limit) -> Self {
        Self::from(limit.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_one_to_a_hundred() {
        assert_eq!(Limit::new(0), Err(LimitError));
        assert_eq!(Limit::new(1).map(Limit::get), Ok(1));
        assert_eq!(Limit::new(100).map(Limit::get), Ok(100));
        assert_eq!(Limit::new(101), Err(LimitError));
        assert_eq!(LimitError.to_string(), "must be between 1 and 100");
    }
}
