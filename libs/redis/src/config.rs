//! The settings of Redis and their limits.

use std::time::Duration;

use medcover_config::{Check, Secret, Section};
use medcover_kernel::BasisPoints;
use medcover_resilience::{BreakerConfig, BudgetConfig, RetryPolicy};
use serde::{Deserialize, Serialize};

/// The section `redis`: where it is, and how it is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// `HOST:PORT` of a single server; with sentinels, what is asked when none of them answers. Empty: none.
    pub address: String,
    /// `HOST:PORT` of each sentinel.
    pub sentinels: Vec<String>,
    /// What the sentinels call the group of servers.
    pub service: String,
    /// Who signs in at the servers; empty: the default user.
    pub username: String,
    /// Their password; empty: none.
    pub password: Secret,
    /// The password of the sentinels; empty: none.
    pub sentinel_password: Secret,
    /// Connections to each server, at most.
    pub pool_size: u32,
    /// How long a connection may take to be made.
    pub connect_ms: u64,
    /// How long a request may take, with all its tries.
    pub timeout_ms: u64,
    /// How often a request is tried again at most.
    pub retries: u32,
    /// Failures in a row that open the breaker.
    pub failure_threshold: u32,
    /// How long it stays open before it probes, unless the server is seen to answer before.
    pub recovery_ms: u64,
    /// How often servers and sentinels are asked how they are.
    pub check_ms: u64,
}

impl Default for RedisConfig {
    /// None; once there is one, 20 connections to each server, and a breaker that opens at five failures for 60 s.
    fn default() -> Self {
        Self {
            address: String::new(),
            sentinels: Vec::new(),
            service: "mymaster".into(),
            username: String::new(),
            password: Secret::default(),
            sentinel_password: Secret::default(),
            pool_size: 20,
            connect_ms: 1_000,
            timeout_ms: 2_000,
            retries: 3,
            failure_threshold: 5,
            recovery_ms: 60_000,
            check_ms: 1_000,
        }
    }
}

impl Section for RedisConfig {
    fn validate(&self, check: &mut Check<'_>) {
        let form = "must be HOST:PORT";
        let address = self.address.is_empty() || is_address(&self.address);
        check.that("address", address, form);
        let sentinels = self.sentinels.iter().all(|it| is_address(it));
        check.that("sentinels", sentinels, "must all be HOST:PORT");
        check.that("service", !self.service.is_empty(), "must not be empty");
        check.range("pool_size", self.pool_size, 1..=1_000);
        check.range("connect_ms", self.connect_ms, 10..=60_000);
        check.range("timeout_ms", self.timeout_ms, 10..=60_000);
        check.range("retries", self.retries, 0..=20);
        check.range("failure_threshold", self.failure_threshold, 1..=1_000);
        check.range("recovery_ms", self.recovery_ms, 1..=3_600_000);
        check.range("check_ms", self.check_ms, 50..=60_000);
    }
}

impl RedisConfig {
    /// Whether there is a Redis at all.
    pub fn is_set(&self) -> bool {
        !self.address.is_empty() || !self.sentinels.is_empty()
    }

    pub(crate) const fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }

    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(crate) const fn check_every(&self) -> Duration {
        Duration::from_millis(self.check_ms)
    }

    pub(crate) fn breaker(&self) -> BreakerConfig {
        let recovery = Duration::from_millis(self.recovery_ms);
        BreakerConfig {
            failure_threshold: self.failure_threshold,
            recovery_timeout: recovery,
            longest_recovery: recovery,
            probe_lease: self.timeout().saturating_mul(2),
            ..BreakerConfig::default()
        }
    }

    pub(crate) fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            retries: self.retries,
            first: Duration::from_millis(20),
            cap: Duration::from_millis(500),
            ..RetryPolicy::default()
        }
    }

    /// A fifth of requests: those of a cache are many and small, and most fail at the same moment.
    pub(crate) fn budget() -> BudgetConfig {
        BudgetConfig {
            ratio: BasisPoints::new(2_000).unwrap_or(BasisPoints::ZERO),
            ..BudgetConfig::default()
        }
    }
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0)
}
