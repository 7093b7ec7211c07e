//! Who calls.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::{ClientId, UserId};

/// Who calls. Its text (`user:018f…`, `service:billing`) is stable: events and audit records name their actor by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Nobody has said who they are.
    Anonymous,
    /// The operator at the command line of this machine.
    Operator,
    /// A person who has signed in.
    User(UserId),
    /// A program with a key of its own.
    Client(ClientId),
    /// A service of medcover, on nobody's behalf: a worker, a step of a saga.
    Service(ServiceName),
}

/// The name of a service: 1 to 32 of `a` to `z`, `0` to `9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(Cow<'static, str>);

/// A text that names no caller or service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of a caller")]
pub struct NameError;

impl ServiceName {
    /// The name `name`, checked when the program is compiled if this is called in a constant. Panics if it is none.
    pub const fn from_static(name: &'static str) -> Self {
        assert!(
            is_name(name),
            "a service is named by 1 to 32 of a-z, 0-9 and -"
        );
        Self(Cow::Borrowed(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= 32
}

impl FromStr for ServiceName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_name(text) {
            Ok(Self(text.to_owned().into()))
        } else {
            Err(NameError)
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Operator => f.write_str("operator"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Service(name) => write!(f, "service:{name}"),
        }
    }
}

impl FromStr for Caller {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once(':') {
            None if text == "anonymous" => Ok(Self::Anonymous),
            None if text == "operator" => Ok(Self::Operator),
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| NameError),
            Some(("client", id)) => id.parse().map(Self::Client).map_err(|_| NameError),
            Some(("service", name)) => name.parse().map(Self::Service),
            _ => Err(NameError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_caller_reads_back() {
        let id = "018f3b2a-7c1d-7000-8000-000000000001";
        for caller in [
            Caller::Anonymous,
            Caller::Operator,
            Caller::User(id.parse().expect("an id")),
            Caller::Client(id.parse().expect("an id")),
            Caller::Service(ServiceName::from_static("billing")),
        ] {
            assert_eq!(caller.to_string().parse(), Ok(caller));
        }
    }

    #[test]
    fn other_text_names_nobody() {
        for text in ["", "root", "user:7", "service:", "service:Billing", "user"] {
            assert_eq!(text.parse::<Caller>(), Err(NameError), "{text}");
        }
        assert!("x".repeat(33).parse::<ServiceName>().is_err());
    }
}
