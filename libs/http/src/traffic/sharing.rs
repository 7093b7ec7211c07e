//! Counts that several processes keep together, and what is done without them.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use medcover_resilience::{Cost, RateDecision, SharedLimits};

use super::figures::SharingFigures;

/// Whoever failed to count so lately is not said to count again: a line in the log each way for every slow answer would tell
/// nothing.
const SETTLES: Duration = Duration::from_secs(1);
/// A caller who is none, to see whether there is an answer.
const NOBODY: &str = "nobody";

/// Where requests are counted for several processes at once.
#[async_trait]
pub trait SharedCounts: fmt::Debug + Send + Sync {
    /// Decides on a request of `cost` by `caller`, and charges it if it is admitted. Answers or fails soon: a request waits.
    async fn charge(
        &self,
        caller: &str,
        limits: &SharedLimits,
        cost: Cost,
    ) -> Result<RateDecision, NotCounted>;

    /// Where `caller` stands.
    async fn look(&self, caller: &str, limits: &SharedLimits) -> Result<RateDecision, NotCounted>;
}

/// Why something was not counted, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCounted(pub String);

/// Whether counts are shared at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// All processes count as one.
    Together,
    /// This process counts by itself; the log says why.
    Alone,
}

/// The counts of all processes, as this one sees them.
#[derive(Debug)]
pub(super) struct Shared {
    counts: Arc<dyn SharedCounts>,
    is_alone: AtomicBool,
    /// When that failed last, by the monotonic clock.
    failed: Mutex<Duration>,
    together: AtomicU64,
    alone: AtomicU64,
    in_vain: AtomicU64,
}

impl Shared {
    pub(super) fn new(counts: Arc<dyn SharedCounts>) -> Self {
        Self {
            counts,
            is_alone: AtomicBool::new(false),
            failed: Mutex::default(),
            together: AtomicU64::new(0),
            alone: AtomicU64::new(0),
            in_vain: AtomicU64::new(0),
        }
    }

    /// Decides on a request; `None` where this process has to do so by itself.
    pub(super) async fn charge(
        &self,
        caller: &str,
        limits: &SharedLimits,
        cost: Cost,
        now: Duration,
    ) -> Option<RateDecision> {
        let charged = self.counts.charge(caller, limits, cost).await;
        let count = match &charged {
            Ok(_) => &self.together,
            Err(_) => &self.alone,
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.noted(charged, now)
    }

    /// Where `caller` stands; `None` where only this process knows.
    pub(super) async fn look(
        &self,
        caller: &str,
        limits: &SharedLimits,
        now: Duration,
    ) -> Option<RateDecision> {
        let looked = self.counts.look(caller, limits).await;
        self.noted(looked, now)
    }

    /// Whether there is an answer now.
    pub(super) async fn check(&self, limits: &SharedLimits, now: Duration) -> Sharing {
        self.look(NOBODY, limits, now).await;
        if self.is_alone.load(Ordering::Relaxed) {
            Sharing::Alone
        } else {
            Sharing::Together
        }
    }

    /// Notes that a request was refused which would have been in vain.
    pub(super) fn refused_before(&self) {
        self.in_vain.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn figures(&self) -> SharingFigures {
        SharingFigures {
            shared: !self.is_alone.load(Ordering::Relaxed),
            decided_together: self.together.load(Ordering::Relaxed),
            decided_alone: self.alone.load(Ordering::Relaxed),
            refused_before: self.in_vain.load(Ordering::Relaxed),
        }
    }

    /// Tells the log when it changes whether counts are shared.
    fn noted(
        &self,
        answer: Result<RateDecision, NotCounted>,
        now: Duration,
    ) -> Option<RateDecision> {
        match answer {
            Ok(decision) => {
                if self.is_alone.load(Ordering::Relaxed) {
                    let settled = self.failed().saturating_add(SETTLES) <= now;
                    if settled && self.is_alone.swap(false, Ordering::Relaxed) {
                        tracing::info!("callers are counted together with other processes");
                    }
                }
                Some(decision)
            }
            Err(NotCounted(why)) => {
                let mut failed = self.failed();
                *failed = failed.max(now);
                drop(failed);
                if !self.is_alone.swap(true, Ordering::Relaxed) {
                    tracing::warn!(cause = why, "callers are counted by this process alone");
                }
                None
            }
        }
    }

    /// Nothing panics under the lock half-way through a change.
    fn failed(&self) -> MutexGuard<'_, Duration> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
