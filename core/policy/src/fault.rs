//! What is wrong with a policy.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyFault {
    /// Where: `routes[2].rules.timeout_ms`, or empty for the text as a whole.
    pub at: String,
    /// The line of the text, from 1, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What is wrong with it.
    pub detail: Cow<'static, str>,
}

impl PolicyFault {
    pub(crate) fn at(place: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            at: place.into(),
            line: None,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.detail)
    }
}
