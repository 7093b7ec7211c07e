//! What a worker does with a message.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Error, ErrorKind};
use medcover_store::{Append, CommitError, Delivery, StoreError};

/// How old a message may be that nobody has understood, before a person looks at it.
pub(super) const UNKNOWN_FOR: Duration = Duration::from_hours(24);
/// For how long at least whoever does not understand a message leaves it to the others.
pub(super) const LEFT_FOR: Duration = Duration::from_secs(1);

/// Does the work of one queue.
///
/// A message may be delivered again: after a crash, after a lease that ran out, after a conflict. Effects in the store of
/// the queue go into the returned [`Append`], which the worker commits together with the acknowledgement, so they happen
/// once. Effects elsewhere must be idempotent by [`Delivery::id`].
#[async_trait]
pub trait Handler: Send + Sync {
    /// Does the work, or says why not. It may be dropped at any await.
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure>;
}

/// What a handler leaves to be done.
#[derive(Debug)]
#[must_use]
pub enum Handled {
    /// Commit this together with the acknowledgement.
    Effects(Box<Append>),
    /// Nothing: the handler has committed the acknowledgement with its effects.
    Acknowledged,
}

/// Why a message was not handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may work later. Spends an attempt.
    Retry {
        /// Why, for people.
        reason: String,
        /// Not earlier than this; else after a pause that grows with the attempts.
        after: Option<Duration>,
    },
    /// It will never work: the message is set aside for a person.
    Reject {
        /// Why, for people.
        reason: String,
    },
    /// This version of the program does not know what the message says; another may, which other processes run. It is left to
    /// them without spending an attempt, and set aside for a person once it is a day old: longer than versions run side by side.
    Unknown {
        /// What is not known, for people.
        reason: String,
    },
    /// What the handler needs for every message is away. The worker keeps the message, takes no others, and tries again
    /// after a pause, or when the dependency is said to be back; no attempt is spent. Where one peer of many is away,
    /// [`Failure::Retry`] lets the others go on.
    DependencyDown {
        /// What, for people.
        reason: String,
        /// How long to wait, if that is known.
        after: Option<Duration>,
    },
}

impl From<Append> for Handled {
    fn from(append: Append) -> Self {
        Self::Effects(Box::new(append))
    }
}

impl Failure {
    /// Try again after the usual pause.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::Retry {
            reason: reason.into(),
            after: None,
        }
    }

    /// Leave it to a process of another version.
    pub fn unknown(reason: impl fmt::Display) -> Self {
        Self::Unknown {
            reason: reason.to_string(),
        }
    }

    /// Set it aside.
    pub fn reject(reason: impl Into<String>) -> Self {
        Self::Reject {
            reason: reason.into(),
        }
    }
}

impl From<Error> for Failure {
    /// What a refusal of a use case means for the message that asked for it: time heals what is missing, overloaded or
    /// contended; nothing heals what is wrong.
    fn from(error: Error) -> Self {
        let reason = match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        if error.slug() == "later-version" {
            return Self::Unknown { reason };
        }
        match error.kind() {
            ErrorKind::Limited
            | ErrorKind::Unavailable
            | ErrorKind::DeadlineExceeded
            | ErrorKind::Conflict
            | ErrorKind::Internal => Self::Retry {
                reason,
                after: error.retry_after(),
            },
            ErrorKind::Invalid
            | ErrorKind::Refused
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::PreconditionFailed
            | ErrorKind::TooLarge => Self::Reject { reason },
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::retry(error.to_string()),
            _ => Self::reject(error.to_string()),
        }
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            // Nothing comes of it where the message has another holder by now; that one decides.
            CommitError::Unavailable(_)
            | CommitError::Conflict { .. }
            | CommitError::StaleDelivery { .. } => Self::retry(error.to_string()),
            _ => Self::reject(error.to_string()),
        }
    }
}
