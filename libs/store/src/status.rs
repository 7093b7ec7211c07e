//! What there is to see of a server that keeps state.

use std::time::Duration;

use medcover_kernel::Timestamp;
use medcover_resilience::CircuitState;

use crate::SpoolStatus;

/// A server, as one store sees it now.
#[derive(Clone, Debug, PartialEq)]
pub struct DatabaseStatus {
    /// Where it is written: `host:port`.
    pub address: String,
    /// The state of the breaker `database`.
    pub breaker: CircuitState,
    /// How often that has opened.
    pub breaker_opened: u64,
    /// Calls that failed: connections that could not be had or broke, and answers that did not come in time.
    pub failures: u64,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// When a call last failed.
    pub last_failure: Option<Timestamp>,
    /// What was asked again because the connection was lost.
    pub retries: u64,
    /// Calls refused because the breaker was open.
    pub refused: u64,
    /// Questions of readers that were put to where it is written.
    pub reads: u64,
    /// The replicas, in the order of the configuration.
    pub replicas: Vec<ReplicaStatus>,
    /// Whether a replica answers those who only [show](crate::Showing) what they read while the server is away.
    pub shows: bool,
    /// Questions that were so answered.
    pub behind: u64,
    /// The audit records that wait for the server, where they have a place to wait.
    pub spool: Option<SpoolStatus>,
}

/// A replica, as one store sees it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaStatus {
    /// Where it is: `host:port`.
    pub address: String,
    /// Whether it is asked.
    pub standing: ReplicaStanding,
    /// How far it is behind.
    pub lag: Duration,
    /// Questions that it answered.
    pub reads: u64,
    /// Questions that went to where it is written instead, because it was behind or away when it was its turn.
    pub passed_over: u64,
}

/// Whether a replica is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicaStanding {
    /// It is.
    Fit,
    /// It knows too little.
    Behind,
    /// It does not answer, or is no replica that can only be read: this is why.
    Away(String),
}

impl Default for DatabaseStatus {
    /// Nothing has happened.
    fn default() -> Self {
        Self {
            address: String::new(),
            breaker: CircuitState::Closed,
            breaker_opened: 0,
            failures: 0,
            consecutive_failures: 0,
            last_failure: None,
            retries: 0,
            refused: 0,
            reads: 0,
            replicas: Vec::new(),
            shows: false,
            behind: 0,
            spool: None,
        }
    }
}

impl ReplicaStatus {
    /// Whether it is asked.
    pub fn is_fit(&self) -> bool {
        self.standing == ReplicaStanding::Fit
    }
}

/// What of the declared tables and indexes a store has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Declared tables that are there.
    pub tables: usize,
    /// Their indexes that can be used, beside those of their keys.
    pub indexes: usize,
    /// What is declared and not there, or cannot be used, in words.
    pub missing: Vec<String>,
}
