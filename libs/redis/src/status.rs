//! What there is to see of Redis.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_resilience::CircuitState;

use crate::memory::MemoryStatus;

/// Redis as this process sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisStatus {
    /// `HOST:PORT` of the primary, once it was verified.
    pub primary: Option<String>,
    /// The replicas that are read from.
    pub replicas: Vec<ReplicaStatus>,
    /// The share of requests that replicas answered, from 0 to 1.
    pub replica_share: f64,
    /// The sentinels, where there are any.
    pub sentinels: SentinelStatus,
    /// How often another server became the primary since this process started.
    pub failovers: u64,
    /// Connections that are open, to all servers.
    pub connections: usize,
    /// Connections to each server, at most.
    pub pool_size: u32,
    /// What the primary said of its memory when it was last asked.
    pub memory: Option<MemoryStatus>,
    /// Requests that had an answer.
    pub requests: u64,
    /// Microseconds that these took together.
    pub answer_micros: u64,
    /// Requests that had none.
    pub failures: u64,
    /// Tries beyond the first.
    pub retries: u64,
    /// The state of the breaker.
    pub breaker: CircuitState,
    /// Failures in a row.
    pub failures_in_a_row: u32,
}

/// A replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaStatus {
    /// `HOST:PORT`.
    pub address: String,
    /// Bytes of the primary's history that it has not confirmed; `None` when the primary does not know it.
    pub lag_bytes: Option<u64>,
    /// Requests that it got.
    pub requests: u64,
}

/// The sentinels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentinelStatus {
    /// How many are configured.
    pub configured: usize,
    /// How many answered when they were last asked.
    pub answering: usize,
    /// How many know of the group, by the newest of the answers.
    pub known: u64,
    /// How many must agree.
    pub quorum: u64,
    /// The number of the configuration that is followed.
    pub epoch: u64,
}

/// Figures of requests that nobody else counts.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) retries: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) failovers: AtomicU64,
    /// Microseconds that requests with an answer took.
    pub(crate) micros: AtomicU64,
    pub(crate) answered: AtomicU64,
}

impl Counts {
    pub(crate) fn answers(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }
}
