//! Pointers to events.

use medcover_kernel::{EventId, TenantId};
use medcover_store::{Position, StreamId, Version};
use tokio::sync::{Mutex, MutexGuard};

/// Where an event stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPointer {
    /// Whose it is.
    pub tenant: TenantId,
    /// The stream that it is of.
    pub stream: StreamId,
    /// Its place in that.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub event: EventId,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It had its effect.
    Handled,
    /// The queue of the subscription has it, or it was seen to before.
    Queued,
    /// The log has no such event: it was put back to an earlier state.
    Gone,
}

/// Who works at which streams.
#[derive(Default)]
pub(super) struct Turns([Mutex<()>; 32]);

impl Turns {
    /// Waits for the turn of `stream`.
    pub(super) async fn take(&self, stream: &StreamId) -> MutexGuard<'_, ()> {
        let (_, low) = stream.id.as_u64_pair();
        let Self(turns) = self;
        turns[low as usize % turns.len()].lock().await
    }
}
