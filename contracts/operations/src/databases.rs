//! Servers that keep state, and their replicas.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::BreakerState;

/// Every server that keeps the state of a service; none where that is in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Databases {
    /// By service.
    pub databases: Vec<Database>,
}

/// A server that keeps the state of a service, as one process sees it since it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Database {
    /// The service.
    #[schema(example = "billing")]
    pub service: String,
    /// Where it is written.
    #[schema(example = "db1.example:5432")]
    pub address: String,
    /// The state of the breaker `database`.
    pub breaker: BreakerState,
    /// How often that has opened.
    pub breaker_opened: u64,
    /// Calls that failed.
    pub failures: u64,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// When a call last failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
    /// Calls made again because the connection was lost.
    pub retries: u64,
    /// Calls refused because the breaker was open.
    pub refused: u64,
    /// Questions of readers that were put to where it is written.
    pub reads: u64,
    /// Its replicas, in the order of the settings.
    pub replicas: Vec<Replica>,
}

/// A replica of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replica {
    /// Where it is.
    #[schema(example = "db2.example:5432")]
    pub address: String,
    /// Whether it is asked.
    pub state: ReplicaState,
    /// Why it is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How far it is behind, in milliseconds.
    pub lag_ms: u64,
    /// Questions that it answered.
    pub reads: u64,
    /// Questions that went to where it is written instead, because it was behind or away when it was its turn.
    pub passed_over: u64,
}

/// Whether a replica is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplicaState {
    /// It is.
    Fit,
    /// It knows too little.
    Behind,
    /// It does not answer, or is no replica that can only be read.
    Away,
}
