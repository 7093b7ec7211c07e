//! The settings of an upstream and their limits.

use std::time::Duration;

use medcover_config::{Check, Section};
use medcover_kernel::BasisPoints;
use medcover_resilience::{
    AttemptTime, BreakerConfig, BudgetConfig, OutlierConfig, PoolConfig, RetryPolicy, Strategy,
};
use serde::{Deserialize, Serialize};

const HOUR_MS: u64 = 3_600_000;

/// The section `upstream`: how this process sends to services elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamConfig {
    /// How an instance is chosen: `round-robin`, `weighted`, `least-connections`, `peak-ewma`.
    pub strategy: String,
    /// How long a try may take before another one is made in its place.
    pub try_ms: u64,
    /// How often a request is tried again at most.
    pub retries: u32,
    /// Retries in a hundred requests, at most.
    pub retry_percent: u32,
    /// Retries that a quiet time saves up.
    pub retries_saved: u32,
    /// After how long without an answer a GET is also asked of a second instance; 0: never.
    pub hedge_ms: u64,
    /// How long a request waits for an instance when none is known.
    pub wait_ms: u64,
    /// Failures in a row that open the breaker of an instance, and that put it aside; 0: none do.
    pub failure_threshold: u32,
    /// The share of failures, in percent, that does the same once there were 20 calls within 10 s; 0: none does.
    pub failure_percent: u32,
    /// How long a breaker stays open before it probes.
    pub recovery_ms: u64,
    /// How long an instance is put aside the first time; each time longer, up to thirty times this.
    pub eject_ms: u64,
    /// How often instances are asked whether they are ready.
    pub check_ms: u64,
    /// How often the registry is asked which instances there are.
    pub discover_ms: u64,
}

impl Default for UpstreamConfig {
    /// The better of two by peak EWMA; 5 s a try, three retries within a tenth of requests; a breaker opens at five failures
    /// for 60 s; instances are checked each second.
    fn default() -> Self {
        Self {
            strategy: Strategy::default().as_str().to_owned(),
            try_ms: 5_000,
            retries: 3,
            retry_percent: 10,
            retries_saved: 50,
            hedge_ms: 0,
            wait_ms: 1_000,
            failure_threshold: 5,
            failure_percent: 50,
            recovery_ms: 60_000,
            eject_ms: 10_000,
            check_ms: 1_000,
            discover_ms: 5_000,
        }
    }
}

impl Section for UpstreamConfig {
    fn validate(&self, check: &mut Check<'_>) {
        let names = Strategy::ALL.map(Strategy::as_str).join(", ");
        let strategy = format_args!("must be one of {names}, not {:?}", self.strategy);
        check.that("strategy", self.strategy().is_some(), strategy);
        check.range("try_ms", self.try_ms, 10..=HOUR_MS);
        check.range("retries", self.retries, 0..=20);
        check.range("retry_percent", self.retry_percent, 0..=100);
        check.range("retries_saved", self.retries_saved, 1..=1_000_000);
        check.range("hedge_ms", self.hedge_ms, 0..=HOUR_MS);
        check.range("wait_ms", self.wait_ms, 0..=60_000);
        check.range("failure_threshold", self.failure_threshold, 0..=1_000);
        check.range("failure_percent", self.failure_percent, 0..=100);
        check.range("recovery_ms", self.recovery_ms, 1..=HOUR_MS);
        check.range("eject_ms", self.eject_ms, 1..=HOUR_MS / 30);
        check.range("check_ms", self.check_ms, 50..=HOUR_MS);
        check.range("discover_ms", self.discover_ms, 50..=HOUR_MS);
    }
}

/// What was checked cannot be out of its limits.
impl UpstreamConfig {
    fn strategy(&self) -> Option<Strategy> {
        self.strategy.parse().ok()
    }

    pub(crate) fn pool(&self) -> PoolConfig {
        let eject = millis(self.eject_ms);
        PoolConfig {
            strategy: self.strategy().unwrap_or_default(),
            outliers: Some(OutlierConfig {
                consecutive_failures: self.failure_threshold,
                failure_rate: self.failure_rate(),
                base_ejection: eject,
                longest_ejection: eject * 30,
                ..OutlierConfig::default()
            }),
            ..PoolConfig::default()
        }
    }

    pub(crate) fn breaker(&self) -> BreakerConfig {
        let recovery = millis(self.recovery_ms);
        BreakerConfig {
            failure_threshold: self.failure_threshold,
            failure_rate: self.failure_rate(),
            recovery_timeout: recovery,
            longest_recovery: recovery,
            ..BreakerConfig::default()
        }
    }

    fn failure_rate(&self) -> Option<BasisPoints> {
        let rate = self.failure_percent.saturating_mul(100);
        BasisPoints::new(rate).ok().filter(|rate| rate.get() > 0)
    }

    pub(crate) fn budget(&self) -> BudgetConfig {
        let ratio = self.retry_percent.saturating_mul(100);
        BudgetConfig {
            ratio: BasisPoints::new(ratio).unwrap_or(BasisPoints::ZERO),
            most_saved: self.retries_saved,
            ..BudgetConfig::default()
        }
    }

    pub(crate) fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            retries: self.retries,
            ..RetryPolicy::default()
        }
    }

    pub(crate) fn time(&self) -> AttemptTime {
        AttemptTime {
            per_try: millis(self.try_ms),
            ..AttemptTime::default()
        }
    }

    pub(crate) fn hedge_after(&self) -> Option<Duration> {
        (self.hedge_ms > 0).then(|| millis(self.hedge_ms))
    }

    pub(crate) fn wait(&self) -> Duration {
        millis(self.wait_ms)
    }

    pub(crate) fn check_every(&self) -> Duration {
        millis(self.check_ms)
    }

    pub(crate) fn discover_every(&self) -> Duration {
        millis(self.discover_ms)
    }
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
