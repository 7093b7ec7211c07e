//! What makes a client stop.

use std::fmt;

use serde_json::Value;

use crate::http::Answer;

/// Why a client stops.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The program will not come back.
    Shut,
    /// The program answered what it must not.
    Surprise(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shut => f.write_str("the program did not come back"),
            Self::Surprise(what) => f.write_str(what),
        }
    }
}

pub(crate) type Result<T = Value> = std::result::Result<T, Trouble>;

/// What `answer` says, which must have `status`.
pub(super) fn expect(status: u16, method: &str, path: &str, answer: Answer) -> Result {
    if answer.status == status {
        return Ok(answer.body);
    }
    Err(Trouble::Surprise(format!(
        "{method} {path} was answered {} instead of {status}: {}",
        answer.status, answer.body
    )))
}
