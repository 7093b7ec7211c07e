//! What a process keeps for a while, and did.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most patterns, and most tags, of one request.
pub const MAX_INVALIDATED: usize = 100;

/// The cache of a process since it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
