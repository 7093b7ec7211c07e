//! What was done, and how far it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use medcover_store::{Name, Position};

/// What a relay has done since it was made.
#[derive(Debug, Default)]
pub struct RelayCounts {
    pub(crate) stream: Name,
    pub(crate) published: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) trimmed: AtomicU64,
    /// When Redis last did what it was asked, by the clock, in milliseconds.
    pub(crate) reached: AtomicU64,
}

/// What a consumer has done since it was made, and how far its group is.
#[derive(Debug, Default)]
pub struct ConsumerCounts {
    pub(crate) stream: Name,
    pub(crate) group: Name,
    pub(crate) delivered: AtomicU64,
    pub(crate) taken_over: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    pub(crate) retried: AtomicU64,
    pub(crate) set_aside: AtomicU64,
    pub(crate) given_up: AtomicU64,
    pub(crate) repaired: AtomicU64,
    /// When Redis last said how far the group is, by the clock, in milliseconds.
    pub(crate) reached: AtomicU64,
    surveyed: Mutex<Option<GroupStatus>>,
}

/// How far a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupStatus {
    /// Everything up to here was applied.
    pub applied: Position,
    /// The last message of the stream.
    pub ends: Position,
    /// Messages that were delivered and not acknowledged: they are in hand, wait for their pause to end, or were left behind.
    pub pending: u64,
    /// Messages that were not delivered yet. `None` where Redis cannot tell, as after the group was made anew.
    pub lag: Option<u64>,
    /// Messages that were set aside.
    pub dead: u64,
    /// Messages that the stream holds.
    pub length: u64,
    /// Consumers that Redis knows of.
    pub consumers: u64,
}

/// A moment of the clock, in milliseconds.
pub(crate) fn millis(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

impl RelayCounts {
    pub(crate) fn of(stream: &Name) -> Self {
        Self {
            stream: stream.clone(),
            ..Self::default()
        }
    }

    pub(crate) fn add(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }

    /// Messages published, again or for the first time.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// Times that Redis lacked messages that it had.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Messages dropped because all groups had applied them.
    pub fn trimmed(&self) -> u64 {
        self.trimmed.load(Ordering::Relaxed)
    }
}

impl ConsumerCounts {
    pub(crate) fn of(stream: &Name, group: &Name) -> Self {
        Self {
            stream: stream.clone(),
            group: group.clone(),
            ..Self::default()
        }
    }

    pub(crate) fn survey(&self, status: Option<GroupStatus>) {
        *self.surveyed.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }

    /// How far the group was when it was last looked at.
    pub fn group(&self) -> Option<GroupStatus> {
        *self.surveyed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Messages delivered for the first time.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Messages taken over: abandoned by others, or due again.
    pub fn taken_over(&self) -> u64 {
        self.taken_over.load(Ordering::Relaxed)
    }

    /// Messages acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Messages given back, to be tried again.
    pub fn retried(&self) -> u64 {
        self.retried.load(Ordering::Relaxed)
    }

    /// Messages set aside.
    pub fn set_aside(&self) -> u64 {
        self.set_aside.load(Ordering::Relaxed)
    }

    /// Messages that the handler took over when they were given up.
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Times that the group was missing and was made anew.
    pub fn repaired(&self) -> u64 {
        self.repaired.load(Ordering::Relaxed)
    }
}
