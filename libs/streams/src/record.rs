//! What is kept elsewhere, where it is durable.

use async_trait::async_trait;
use medcover_store::Position;
use tokio::sync::watch;
use uuid::Uuid;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the record, from 1; it is its place in the stream too.
    pub position: Position,
    /// What it is about. Whoever applies it notes this, so that it has its effect once.
    pub event: Uuid,
    /// What is to be told; best a pointer, for Redis is not where persons' data belong.
    pub payload: Vec<u8>,
}

/// A part of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPage {
    /// The messages in it, in order; the record may have more than is meant for the stream.
    pub messages: Vec<Message>,
    /// How far it reaches; where the reading began if there was nothing.
    pub end: Position,
}

/// Why what is durable cannot be asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(pub String);

/// Where messages are kept, whatever becomes of Redis: an outbox, a log. Positions grow, and what was read up to one has no
/// late-comers.
#[async_trait]
pub trait Record: Send + Sync {
    /// What comes after `after`, at most `limit` entries of the record.
    async fn read(&self, after: Position, limit: usize) -> Result<RecordPage, RecordError>;

    /// The position of the last entry, and of each later one.
    fn head(&self) -> watch::Receiver<Position>;
}

/// Up to where each group has applied everything, as it is durably known. It may be behind, never ahead.
#[async_trait]
pub trait Progress: Send + Sync {
    /// The position of `group`; zero for one that never said.
    async fn applied(&self, group: &str) -> Result<Position, RecordError>;

    /// Moves it on to `to`; leaves it where it is further by now.
    async fn advance(&self, group: &str, to: Position) -> Result<(), RecordError>;
}

impl RecordPage {
    /// Nothing after `after`.
    pub const fn empty(after: Position) -> Self {
        Self {
            messages: Vec::new(),
            end: after,
        }
    }
}
