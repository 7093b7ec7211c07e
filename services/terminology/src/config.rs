//! The settings of the service.

use medcover_config::{Check, Section};
use serde::{Deserialize, Serialize};

/// The section `terminology`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TerminologyConfig {
    /// Whether the words of searches are counted for the statistics, without identity and in memory only.
    pub count_searches: bool,
    /// How often the running service looks for a release that another process has loaded.
    pub watch_ms: u64,
}

impl Default for TerminologyConfig {
    fn default() -> Self {
        Self {
            count_searches: true,
            watch_ms: 1_000,
        }
    }
}

impl Section for TerminologyConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("watch_ms", self.watch_ms, 50..=3_600_000);
    }
}
