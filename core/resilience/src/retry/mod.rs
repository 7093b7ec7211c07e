//! Whether to try again, and when.
//!
//! Pauses are drawn evenly from zero to a bound that doubles ("full jitter", Brooker, *Exponential Backoff and Jitter*,
//! AWS Architecture Blog 2015), so that callers that failed together do not come back together. What a server asks for in
//! `Retry-After` is waited for at least, and refused if it is longer than anybody would wait. All retries of a route spend
//! one budget: when everything fails, the load on what fails grows by the budget's share and no more.

mod budget;

pub use budget::{BudgetConfig, RetryBudget, SharedBudget};

use std::time::Duration;

use medcover_kernel::{FieldFault, Rng};

use crate::fault;

/// How often, and after which pauses, a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries after the first attempt; at most 20.
    pub retries: u32,
    /// Upper bound of the first pause.
    pub first: Duration,
    /// Upper bound of every pause that we choose (`first` to an hour).
    pub cap: Duration,
    /// The longest `Retry-After` that is waited for (up to an hour).
    pub longest_retry_after: Duration,
    /// Time an attempt needs to be worth starting.
    pub least: Duration,
}

impl Default for RetryPolicy {
    /// Three retries, pauses up to 50 ms, 100 ms, 200 ms; a `Retry-After` of 2 s at most.
    fn default() -> Self {
        Self {
            retries: 3,
            first: Duration::from_millis(50),
            cap: Duration::from_secs(2),
            longest_retry_after: Duration::from_secs(2),
            least: Duration::from_millis(10),
        }
    }
}

/// Whether doing it twice does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is idempotent, by its method or by its key.
    Safe,
    /// Nothing of it was ever sent.
    NeverSent,
    /// It may have taken effect, and would again. It is never retried.
    Unsafe,
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug)]
pub struct FailedAttempt {
    /// 1 is the first.
    pub number: u32,
    /// Whether it may be done again.
    pub repeat: Repeat,
    /// Whether the body can be sent again.
    pub replayable: bool,
    /// What the answer asked for, if it did.
    pub retry_after: Option<Duration>,
    /// What is left of the deadline.
    pub left: Duration,
}

/// Why a call is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRetry {
    /// It might take effect twice.
    Unsafe,
    /// Its body is gone, or too large to keep.
    NotReplayable,
    /// All attempts are used up.
    AttemptsUsed,
    /// The server asks for a longer pause than is waited for.
    RetryAfterTooLong,
    /// After the pause too little of the deadline would be left.
    DeadlineTooClose,
    /// The route has spent its budget of retries.
    BudgetSpent,
}

impl NoRetry {
    /// The stable name, for headers, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsafe => "unsafe",
            Self::NotReplayable => "not-replayable",
            Self::AttemptsUsed => "attempts-used",
            Self::RetryAfterTooLong => "retry-after-too-long",
            Self::DeadlineTooClose => "deadline-too-close",
            Self::BudgetSpent => "budget-spent",
        }
    }
}

impl RetryPolicy {
    /// Every setting that cannot work.
    pub fn check(&self) -> Result<(), Vec<FieldFault>> {
        let hour = Duration::from_hours(1);
        fault::none_of([
            fault::outside("/retries", self.retries, 0..=20),
            fault::outside_time("/cap", self.cap, self.first.min(hour)..=hour),
            fault::outside_time(
                "/longest_retry_after",
                self.longest_retry_after,
                Duration::ZERO..=hour,
            ),
        ])
    }

    /// The pause before the next attempt, which is then paid for; or why there is none. The budget is asked last, so that
    /// nothing is spent on a retry that would not be made.
    pub fn decide(
        &self,
        failed: &FailedAttempt,
        budget: &mut RetryBudget,
        now: Duration,
        rng: &dyn Rng,
    ) -> Result<Duration, NoRetry> {
        let pause = self.pause(failed, rng)?;
        if budget.spend(now) {
            Ok(pause)
        } else {
            Err(NoRetry::BudgetSpent)
        }
    }

    /// As [`decide`](Self::decide), but for the budget.
    pub(crate) fn pause(&self, failed: &FailedAttempt, rng: &dyn Rng) -> Result<Duration, NoRetry> {
        if failed.repeat == Repeat::Unsafe {
            return Err(NoRetry::Unsafe);
        }
        if !failed.replayable {
            return Err(NoRetry::NotReplayable);
        }
        if failed.number > self.retries {
            return Err(NoRetry::AttemptsUsed);
        }
        let asked = failed.retry_after.unwrap_or_default();
        if asked > self.longest_retry_after {
            return Err(NoRetry::RetryAfterTooLong);
        }
        // The jitter comes on top of what was asked for: everybody else was told the same moment.
        let pause = asked.saturating_add(self.jittered(failed.number, rng));
        if failed.left < pause.saturating_add(self.least) || failed.left <= pause {
            return Err(NoRetry::DeadlineTooClose);
        }
        Ok(pause)
    }

    fn jittered(&self, failed: u32, rng: &dyn Rng) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        let bound = self.first.saturating_mul(1 << doublings).min(self.cap);
        let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(rng.below(bound.saturating_add(1)))
    }
}
