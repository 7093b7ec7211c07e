//! The settings of the service.

use medcover_config::{Check, Section};
use serde::{Deserialize, Serialize};

/// The section `terminology`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TerminologyConfig {
    /// Whether the words of searches are counted for the statistics, without identity.
    pub count_searches: bool,
    /// Whether each search leaves a row in the search log: its words, hits and time, without identity.
    pub log_searches: bool,
    /// How many days a row of the search log is kept.
    pub keep_searches_days: u32,
    /// How often the running service looks for a release that another process has loaded.
    pub watch_ms: u64,
}

impl Default for TerminologyConfig {
    fn default() -> Self {
        Self {
            count_searches: true,
            log_searches: true,
            keep_searches_days: 90,
            watch_ms: 1_000,
        }
    }
}

impl Section for TerminologyConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range(
            "keep_searches_days",
            u64::from(self.keep_searches_days),
            1..=3_650,
        );
        check.range("watch_ms", self.watch_ms, 50..=3_600_000);
    }
}
