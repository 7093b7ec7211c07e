//! What an upstream and its instances did, counted.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use medcover_kernel::Timestamp;
use medcover_resilience::NoRetry;

/// Under which a second request to another instance is counted.
pub(crate) const HEDGED: &str = "hedged";

/// Every reason why a request is not sent again, by name.
pub(crate) const REASONS: [NoRetry; 6] = [
    NoRetry::Unsafe,
    NoRetry::NotReplayable,
    NoRetry::AttemptsUsed,
    NoRetry::RetryAfterTooLong,
    NoRetry::DeadlineTooClose,
    NoRetry::BudgetSpent,
];

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Of an upstream.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) requests: Count,
    pub(crate) retries: Count,
    pub(crate) hedges: Count,
    /// Refused, since this process may not send.
    pub(crate) not_listed: Count,
    /// Refused, since no instance is known.
    pub(crate) no_instance: Count,
    /// Refused, since all breakers are open.
    pub(crate) circuit_open: Count,
    not_retried: [Count; REASONS.len()],
}

impl Counts {
    pub(crate) fn not_retried(&self, reason: NoRetry) -> &Count {
        let place = REASONS.iter().position(|it| *it == reason);
        &self.not_retried[place.expect("all reasons are listed")]
    }
}

/// Of an instance.
#[derive(Debug, Default)]
pub(crate) struct InstanceCounts {
    pub(crate) answered: Count,
    pub(crate) failed: Count,
    pub(crate) overloaded: Count,
    pub(crate) cancelled: Count,
    pub(crate) ejected: Count,
    /// Failures since the last answer.
    consecutive: AtomicU32,
    /// Microseconds since the epoch; 0: never.
    last_failure: AtomicI64,
}

impl InstanceCounts {
    /// Notes a failure.
    pub(crate) fn fails(&self, at: Timestamp) {
        self.consecutive.fetch_add(1, Ordering::Relaxed);
        self.last_failure.store(at.as_micros(), Ordering::Relaxed);
    }

    /// Notes an answer.
    pub(crate) fn answers(&self) {
        self.consecutive.store(0, Ordering::Relaxed);
        self.answered.add();
    }

    pub(crate) fn consecutive_failures(&self) -> u32 {
        self.consecutive.load(Ordering::Relaxed)
    }

    pub(crate) fn last_failure(&self) -> Option<Timestamp> {
        let micros = self.last_failure.load(Ordering::Relaxed);
        (micros != 0).then(|| Timestamp::from_micros(micros))
    }
}
