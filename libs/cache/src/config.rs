//! The settings of the cache.

use std::time::Duration;

use medcover_config::{Check, Section};
use serde::{Deserialize, Serialize};

/// The section `cache`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// What entries may take in memory, in MiB; 0 keeps nothing.
    pub max_mb: u32,
    /// How many stamps there are: tags and keys that share one are invalidated together. Each takes 8 bytes.
    pub stamps: u32,
    /// How often what cannot be read any more is dropped.
    pub sweep_s: u32,
    /// How long whoever reads waits for what processes share before they ask the source, in milliseconds.
    pub shared_wait_ms: u32,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            max_mb: 64,
            stamps: 1 << 17,
            sweep_s: 30,
            shared_wait_ms: 100,
        }
    }
}

impl CacheConfig {
    /// What entries may take, in bytes.
    pub const fn max_bytes(&self) -> u64 {
        self.max_mb as u64 * (1 << 20)
    }

    /// How often what cannot be read any more is dropped.
    pub const fn sweep(&self) -> Duration {
        Duration::from_secs(self.sweep_s as u64)
    }

    /// How long whoever reads waits for what processes share.
    pub const fn shared_wait(&self) -> Duration {
        Duration::from_millis(self.shared_wait_ms as u64)
    }
}

impl Section for CacheConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("max_mb", self.max_mb, 0..=65_536);
        check.range("stamps", self.stamps, 1_024..=16_777_216);
        check.range("sweep_s", self.sweep_s, 1..=3_600);
        check.range("shared_wait_ms", self.shared_wait_ms, 1..=60_000);
    }
}
