//! The settings of the service.

use std::path::{Path, PathBuf};
use std::time::Duration;

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
    /// How many days a row of the search log is kept; on PostgreSQL its month is kept until the last row is that old.
    pub keep_searches_days: u32,
    /// Where months of the search log go that are past their time, on PostgreSQL: a folder, `off` for nowhere; empty:
    /// `search-archive` in the data folder.
    pub search_archive: String,
    /// How often the views on PostgreSQL are refreshed.
    pub refresh_views_s: u64,
    /// How often the running service looks for a release that another process has loaded.
    pub watch_ms: u64,
}

impl Default for TerminologyConfig {
    fn default() -> Self {
        Self {
            count_searches: true,
            log_searches: true,
            keep_searches_days: 90,
            search_archive: String::new(),
            refresh_views_s: 300,
            watch_ms: 1_000,
        }
    }
}

impl TerminologyConfig {
    /// How long rows of the search log are kept.
    pub(crate) fn keep_searches(&self) -> Duration {
        Duration::from_hours(24 * u64::from(self.keep_searches_days))
    }

    /// Where months past their time go, for the data folder `data`.
    pub(crate) fn archive(&self, data: &Path) -> Option<PathBuf> {
        match &*self.search_archive {
            "off" => None,
            "" => Some(data.join("search-archive")),
            folder => Some(folder.into()),
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
        check.range("refresh_views_s", self.refresh_views_s, 1..=86_400);
        check.range("watch_ms", self.watch_ms, 50..=3_600_000);
    }
}
