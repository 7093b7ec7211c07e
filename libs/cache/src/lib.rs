#![doc = include_str!("../README.md")]

mod cache;
mod config;
pub mod conformance;
mod dependencies;
mod early;
mod engine;
mod entry;
mod figures;
mod flight;
mod in_process;
mod in_redis;
#[cfg(test)]
mod interleavings;
mod key;
mod loaded;
mod metrics;
mod patience;
mod pattern;
mod space;
mod stamps;
mod sync;
mod tiered;
mod warm;

pub use cache::{Cache, CacheStats};
pub use config::CacheConfig;
pub use dependencies::{Dependencies, Name, Tag};
pub use engine::{
    AtOnce, CacheEngine, CacheError, CacheResult, Deleted, EngineStats, Mark, Origin, Put,
};
pub use entry::{Entry, Live};
pub use figures::{InvalidationFigures, SpaceFigures};
pub use in_process::{InProcess, STAMP_SLOTS};
pub use in_redis::{InRedis, InRedisConfig};
pub use key::{CacheKey, CacheValue, CodecError, Json, KeyText, MAX_KEY_BYTES, Policy};
pub use loaded::{Cached, Loaded, Lookup};
pub use pattern::{BadPattern, MAX_PATTERN_BYTES, Pattern};
pub use space::Space;
pub use tiered::{LEASE, Tiered};
pub use warm::{MAX_WARMED, Provider, ReadThrough, Warmed};
