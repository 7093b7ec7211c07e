//! How many retries a route may make, all its callers together.
//!
//! Source: the retry budgets of Finagle and Linkerd. Each request pays a share of a retry in; a retry takes a whole one
//! out. So that a quiet route can retry at all, a little is added with time; so that a long quiet does not save up a
//! storm, the purse has a bound. In any span, retries are at most `most_saved + ratio × requests + per_second × time`.

use std::time::Duration;

use medcover_kernel::{BasisPoints, FieldFault, Rng};

use super::{FailedAttempt, NoRetry, RetryPolicy};
use crate::fault;
use crate::sync::Lock;

/// One retry, in the parts in which the purse is counted: basis points of a retry, times nanoseconds of a second.
const RETRY: u128 = 10_000 * 1_000_000_000;

/// How a budget fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetConfig {
    /// Retries that a request pays for.
    pub ratio: BasisPoints,
    /// Retries that come with each second; at most 1,000,000.
    pub per_second: u32,
    /// Retries that can be saved up, 1 to 1,000,000; a budget starts with them.
    pub most_saved: u32,
}

impl Default for BudgetConfig {
    /// A tenth of requests, and one a second; ten at once.
    fn default() -> Self {
        Self {
            ratio: BasisPoints::new(1_000).expect("a tenth"),
            per_second: 1,
            most_saved: 10,
        }
    }
}

impl BudgetConfig {
    /// Every setting that cannot work.
    pub fn check(&self) -> Result<(), Vec<FieldFault>> {
        fault::none_of([
            fault::outside("/per_second", self.per_second, 0..=1_000_000),
            fault::outside("/most_saved", self.most_saved, 1..=1_000_000),
        ])
    }
}

/// What is left to spend.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    config: BudgetConfig,
    saved: u128,
    filled_at: Duration,
}

impl RetryBudget {
    /// A full purse; or every setting that cannot work.
    pub fn new(config: BudgetConfig) -> Result<Self, Vec<FieldFault>> {
        config.check()?;
        Ok(Self {
            config,
            saved: u128::from(config.most_saved) * RETRY,
            filled_at: Duration::ZERO,
        })
    }

    /// Goes on under other settings, with what is saved as far as that may be.
    pub fn reconfigure(
        &mut self,
        config: BudgetConfig,
        now: Duration,
    ) -> Result<(), Vec<FieldFault>> {
        config.check()?;
        self.fill(now);
        self.config = config;
        self.add(0);
        Ok(())
    }

    /// Notes a request (not a retry).
    pub fn deposit(&mut self, now: Duration) {
        self.fill(now);
        self.add(u128::from(self.config.ratio.get()) * 1_000_000_000);
    }

    /// Pays for a retry, if there is enough.
    pub fn spend(&mut self, now: Duration) -> bool {
        self.fill(now);
        let left = self.saved.checked_sub(RETRY);
        self.saved = left.unwrap_or(self.saved);
        left.is_some()
    }

    /// Whole retries that could be paid for now.
    pub fn remaining(&mut self, now: Duration) -> u32 {
        self.fill(now);
        (self.saved / RETRY) as u32
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.filled_at).as_nanos();
        self.filled_at = self.filled_at.max(now);
        self.add(passed.saturating_mul(u128::from(self.config.per_second) * 10_000));
    }

    fn add(&mut self, parts: u128) {
        let most = u128::from(self.config.most_saved) * RETRY;
        self.saved = self.saved.saturating_add(parts).min(most);
    }
}

/// A budget that threads share.
#[derive(Debug)]
pub struct SharedBudget(Lock<RetryBudget>);

impl SharedBudget {
    /// A full purse; or every setting that cannot work.
    pub fn new(config: BudgetConfig) -> Result<Self, Vec<FieldFault>> {
        RetryBudget::new(config).map(|budget| Self(Lock::new(budget)))
    }

    /// Goes on under other settings, with what is saved as far as that may be.
    pub fn reconfigure(&self, config: BudgetConfig, now: Duration) -> Result<(), Vec<FieldFault>> {
        self.0.hold().reconfigure(config, now)
    }

    /// Notes a request (not a retry).
    pub fn deposit(&self, now: Duration) {
        self.0.hold().deposit(now);
    }

    /// Pays for a retry (or a hedge), if there is enough.
    pub fn spend(&self, now: Duration) -> bool {
        self.0.hold().spend(now)
    }

    /// As [`RetryPolicy::decide`], by this budget.
    pub fn decide(
        &self,
        policy: &RetryPolicy,
        failed: &FailedAttempt,
        now: Duration,
        rng: &dyn Rng,
    ) -> Result<Duration, NoRetry> {
        let pause = policy.pause(failed, rng)?;
        if self.spend(now) {
            Ok(pause)
        } else {
            Err(NoRetry::BudgetSpent)
        }
    }

    /// Whole retries that could be paid for now.
    pub fn remaining(&self, now: Duration) -> u32 {
        self.0.hold().remaining(now)
    }
}
