//! What a process keeps for a while, and did.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::BreakerState;

/// Most patterns, and most tags, of one request.
pub const MAX_INVALIDATED: usize = 100;

/// The cache of a process since it started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CacheFigures {
    /// Entries that are kept.
    pub entries: u64,
    /// What they take in memory.
    pub bytes: u64,
    /// What they may take.
    pub bytes_limit: u64,
    /// Entries that were dropped for want of room.
    pub evicted: u64,
    /// Entries that were dropped because they could not be read any more.
    pub swept: u64,
    /// Values that were not kept: too large, or invalidated before they came.
    pub refused: u64,
    /// How often was invalidated.
    pub invalidations: CacheInvalidations,
    /// By name space.
    pub spaces: Vec<CacheSpace>,
    /// The Redis that it is shared through, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis: Option<RedisFigures>,
}

/// Redis, as the process that is asked sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RedisFigures {
    /// `HOST:PORT` of the primary, once one was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<String>,
    /// The replicas that are read from.
    pub replicas: Vec<RedisReplica>,
    /// The share of requests that replicas answered, from 0 to 1.
    pub replica_share: f64,
    /// Sentinels that are configured.
    pub sentinels: u64,
    /// Sentinels that answered when they were last asked.
    pub sentinels_answering: u64,
    /// Sentinels that must agree on a fail-over.
    pub quorum: u64,
    /// How often another server became the primary since the process started.
    pub failovers: u64,
    /// Open connections to all servers.
    pub connections: u64,
    /// Connections to each server, at most.
    pub pool_size: u64,
    /// Requests that had an answer.
    pub requests: u64,
    /// Requests that had none.
    pub failures: u64,
    /// Tries beyond the first.
    pub retries: u64,
    /// Mean milliseconds until an answer.
    pub mean_ms: f64,
    /// The state of the breaker.
    pub breaker: BreakerState,
    /// Failures in a row.
    pub failures_in_a_row: u32,
    /// What the primary said of its memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<RedisMemory>,
}

/// A replica of Redis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RedisReplica {
    /// `HOST:PORT`.
    pub address: String,
    /// Bytes that it has not confirmed to have; absent when the primary does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_bytes: Option<u64>,
    /// Requests that it got.
    pub requests: u64,
}

/// The memory of Redis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RedisMemory {
    /// What it uses.
    pub used_memory_bytes: u64,
    /// What it may use; absent: as much as the machine has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_bytes: Option<u64>,
    /// Used of what it may use.
    pub memory_usage_ratio: f64,
    /// What the system gave it over what it uses.
    pub fragmentation_ratio: f64,
    /// `normal`, `warning` from 70 %, `critical` above 80 %.
    pub status: String,
    /// What it drops when there is no more.
    pub eviction_policy: String,
    /// Keys that it dropped for want of room.
    pub evicted_keys: u64,
}

/// What was invalidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CacheInvalidations {
    /// Tags.
    pub tags: u64,
    /// Keys.
    pub keys: u64,
    /// Patterns.
    pub patterns: u64,
    /// Entries that fitted those patterns.
    pub flushed: u64,
}

/// What is kept of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CacheSpace {
    /// Its name.
    #[schema(example = "identities")]
    pub space: String,
    /// Asked and found.
    pub hits: u64,
    /// Asked, and known that there is nothing.
    pub absent: u64,
    /// Asked and not found.
    pub misses: u64,
    /// Hits and known absence in a hundred that were asked.
    pub hit_rate_percent: u8,
    /// Shown after their time, because loading failed.
    pub stale: u64,
    /// Loads from the source.
    pub loads: u64,
    /// Loads that failed.
    pub failed_loads: u64,
    /// Misses that somebody else's load answered.
    pub joined: u64,
    /// Loads that began before the value expired.
    pub early: u64,
}

/// What to invalidate in the process that is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvalidateCacheRequest {
    /// Keys by pattern, in which `*` stands for any text: `identities:*`. At most 100.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub patterns: Vec<String>,
    /// Whatever depends on these things, such as `patient:018f…`. At most 100.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub tags: Vec<String>,
}

/// What was invalidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CacheInvalidated {
    /// How many entries fitted the patterns. What depends on tags is not counted.
    pub flushed: u64,
}
