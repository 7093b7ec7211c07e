//! The one error that crosses a use case's border.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::PermissionInfo;

/// What a use case answers when it does not succeed.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can act on. The HTTP edge maps each kind to one status; nothing else chooses a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Some part of the request is wrong; [`Error::faults`] says which (400).
    Invalid,
    /// Well-formed, but refused by a rule; [`Error::faults`] may say which part (422).
    Refused,
    /// No credentials, or bad ones (401).
    Unauthenticated,
    /// Known caller, not allowed (403).
    Forbidden,
    /// No such thing, or another tenant's (404).
    NotFound,
    /// The thing is in a state that does not allow this (409).
    Conflict,
    /// A precondition the caller stated does not hold (412).
    PreconditionFailed,
    /// The request is larger than its bound (413).
    TooLarge,
    /// The caller's share is used up (429).
    Limited,
    /// Something needed is missing or overloaded; trying later may help (503).
    Unavailable,
    /// The deadline passed first (504).
    DeadlineExceeded,
    /// A defect or a broken invariant of ours (500).
    Internal,
}

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// Where: a JSON pointer into the body (`/codes/3`), or `/name` for the query or path parameter `name`.
    pub pointer: Cow<'static, str>,
    /// What is wrong, for the caller.
    pub detail: Cow<'static, str>,
}

/// An error with a message for the caller and, apart from it, a cause for the log.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    /// Names the page of `docs/problems/` and the last part of the problem's `type`.
    slug: Cow<'static, str>,
    message: Cow<'static, str>,
    faults: Vec<FieldFault>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `slug` is its stable machine-readable name, `message` is shown to the caller.
    pub fn new(
        kind: ErrorKind,
        slug: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            slug: slug.into(),
            message: message.into(),
            faults: Vec::new(),
            retry_after: None,
            source: None,
        }
    }

    /// A request with one wrong field.
    pub fn invalid(
        pointer: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(
            ErrorKind::Invalid,
            "invalid-request",
            "The request has a field that is not valid.",
        )
        .with_fault(pointer, detail)
    }

    /// Nothing is there under that name.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::NotFound, "not-found", message)
    }

    /// Nobody is known to ask: no credentials, or ones that do not hold.
    pub fn unauthenticated(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unauthenticated, "unauthenticated", message)
    }

    /// The caller is known, and lacks `permission`.
    pub fn forbidden(permission: PermissionInfo) -> Self {
        let PermissionInfo { name, summary } = permission;
        Self::new(
            ErrorKind::Forbidden,
            "forbidden",
            format!("This needs the permission `{name}`: {summary}"),
        )
    }

    /// The call has no key, and what it asks for must not happen twice.
    pub fn no_idempotency_key() -> Self {
        Self::new(
            ErrorKind::Invalid,
            "idempotency-key-missing",
            "This request must name itself by an `Idempotency-Key`, so that it has its effect once however often it is sent.",
        )
    }

    /// The thing is in a state in which this is not done: `thing` (`appointment`) is `state` (`cancelled`), which allows
    /// `allowed`, and `command` is none of it (409).
    pub fn illegal_transition(thing: &str, state: &str, command: &str, allowed: &[&str]) -> Self {
        let allowed = match allowed {
            [] => "nothing".to_owned(),
            allowed => format!("`{}`", allowed.join("`, `")),
        };
        Self::new(
            ErrorKind::Conflict,
            "illegal-transition",
            format!(
                "`{command}` is not done to a {thing} that is `{state}`, which allows {allowed}."
            ),
        )
    }

    /// Something needed is missing for the moment.
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unavailable, "unavailable", message)
    }

    /// A defect of ours. The caller sees only that; `source` goes to the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut error = Self::new(
            ErrorKind::Internal,
            "internal",
            "Something went wrong on our side.",
        );
        error.source = Some(source.into());
        error
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn with_fault(
        mut self,
        pointer: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.faults.push(FieldFault {
            pointer: pointer.into(),
            detail: detail.into(),
        });
        self
    }

    /// Says when trying again may help.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can act on.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable machine-readable name.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The message for the caller, without internals.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The wrong fields.
    pub fn faults(&self) -> &[FieldFault] {
        &self.faults
    }

    /// When trying again may help.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for fault in &self.faults {
            write!(f, " ({}: {})", fault.pointer, fault.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_stays_out_of_the_message() {
        let error = Error::internal("connection refused by 10.0.0.7");
        assert!(!error.to_string().contains("10.0.0.7"));
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn names_every_wrong_field() {
        let error = Error::invalid("/q", "must not be empty")
            .with_fault("/limit", "must be between 1 and 100");
        assert_eq!(error.faults().len(), 2);
        assert!(error.to_string().contains("/limit"));
    }
}
