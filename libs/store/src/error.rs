//! Why a commit or a reading did not succeed.

use std::time::Duration;

use medcover_kernel::{ErrorKind, EventId, MessageId};

use crate::{CanonicalError, Name, Position, StreamId, Version};

/// When whoever found the store away or busy should ask again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why nothing of a commit was kept; except for [`Unavailable`](Self::Unavailable), where that is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A stream is no longer at the version on which the decision was made: load again and decide again.
    #[error("{stream} is at version {found}, not {expected}")]
    Conflict {
        /// Which stream.
        stream: StreamId,
        /// The version that was stated.
        expected: Version,
        /// The version that it has.
        found: Version,
    },
    /// Another request has answered under this key: read the answer and return it.
    #[error("an answer is already kept under this key")]
    AnswerTaken,
    /// The consumer has handled this event before: there is nothing left to do.
    #[error("{consumer} has already handled event {event}")]
    AlreadyHandled {
        /// Who.
        consumer: Name,
        /// What.
        event: EventId,
    },
    /// The message has been claimed again since, or settled: whoever holds it now decides.
    #[error("the delivery of message {message} is no longer the last one")]
    StaleDelivery {
        /// Which message.
        message: MessageId,
    },
    /// Someone else has taken this step along the log.
    #[error("the checkpoint of {consumer} stands at {found}")]
    CheckpointMoved {
        /// Who.
        consumer: Name,
        /// Where it stands.
        found: Position,
    },
    /// No such message is set aside.
    #[error("no message {message} is set aside")]
    NoDeadLetter {
        /// Which message.
        message: MessageId,
    },
    /// The commit contradicts itself, a table or a bound: a defect of whoever made it.
    #[error("the commit is not valid: {0}")]
    Invalid(String),
    /// The store cannot be reached. Whether the commit was kept is not known.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What is stored contradicts itself.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The question contradicts a table or a bound: a defect of whoever asked.
    #[error("the question is not valid: {0}")]
    Invalid(String),
    /// The stream is longer than one loading may be: take a snapshot.
    #[error("{0} has more than {max} events after that version", max = crate::limits::LOADED_EVENTS)]
    TooLong(StreamId),
    /// What is stored contradicts itself.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

/// Stored data that cannot be: where it stands and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, column {column}, row {row}: {detail}")]
pub struct Corrupt {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Name,
    /// The row, by its key.
    pub row: String,
    /// What is wrong.
    pub detail: String,
}

impl CommitError {
    /// Whether loading again and deciding again may succeed.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(detail) => Self::Unavailable(detail),
            StoreError::Corrupt(corrupt) => Self::Corrupt(corrupt),
            StoreError::Invalid(_) | StoreError::TooLong(_) => Self::Invalid(error.to_string()),
        }
    }
}

impl From<StoreError> for medcover_kernel::Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => unavailable(error),
            _ => Self::internal(error),
        }
    }
}

impl From<CommitError> for medcover_kernel::Error {
    /// What a use case answers when it has no better word for it: a conflict that did not go away is 503.
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Unavailable(_) | CommitError::Conflict { .. } => unavailable(error),
            _ => Self::internal(error),
        }
    }
}

/// What this version of the program cannot read was written by a later one, which another process runs: 503, so that it is asked
/// for there, or later.
pub fn later_version(
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> medcover_kernel::Error {
    let told =
        "A later version of the program has written it, which other processes run; try again.";
    medcover_kernel::Error::new(ErrorKind::Unavailable, "later-version", told)
        .with_retry_after(RETRY_AFTER)
        .with_source(source)
}

impl From<CanonicalError> for medcover_kernel::Error {
    /// What was kept and cannot be read is a defect, unless a later version of the program has written it.
    fn from(error: CanonicalError) -> Self {
        match error {
            CanonicalError::Later { .. } => later_version(error),
            _ => Self::internal(error),
        }
    }
}

fn unavailable(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> medcover_kernel::Error {
    medcover_kernel::Error::unavailable("The store is not available or too busy; try again.")
        .with_retry_after(RETRY_AFTER)
        .with_source(error)
}
