//! States of streams, kept so that a long one need not be read from its start.

use crate::{CanonicalJson, StreamId, Version};

/// The state that a reducer had reached at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Of which stream.
    pub stream: StreamId,
    /// After which of its events.
    pub version: Version,
    /// The version of the code that folded the events. Another one's state is not found, and folded anew.
    pub reducer: u32,
    /// The state; at most [`limits::SNAPSHOT_BYTES`](crate::limits::SNAPSHOT_BYTES).
    pub state: CanonicalJson,
}
