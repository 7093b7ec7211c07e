//! The section `backup`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use medcover_config::{Check, Secret, Section};
use serde::{Deserialize, Serialize};

/// When back-ups are made, where they lie and how many are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BackupConfig {
    /// Where they lie; empty: `backups` in the data folder.
    pub(crate) folder: PathBuf,
    /// How often a server makes one; 0: never.
    pub(crate) every_hours: u32,
    /// How many are kept.
    pub(crate) keep: usize,
    /// From which age of the newest one health is degraded; 0: twice `every_hours`.
    pub(crate) alarm_age_hours: u32,
    /// How often a server restores the newest one to try it; 0: never.
    pub(crate) drill_every_hours: u32,
    /// The server of PostgreSQL's to be copied, of a role that may replicate; empty: `store.url`.
    pub(crate) postgres_url: Secret,
    /// The folder of `pg_basebackup`, `postgres`, `pg_ctl` and `pg_isready`; empty: they are found by `PATH`.
    pub(crate) postgres_programs: PathBuf,
    /// How PostgreSQL fetches what it has archived of its log: its `restore_command`.
    pub(crate) restore_command: String,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::new(),
            every_hours: 0,
            keep: 7,
            alarm_age_hours: 0,
            drill_every_hours: 0,
            postgres_url: Secret::new(""),
            postgres_programs: PathBuf::new(),
            restore_command: String::new(),
        }
    }
}

impl Section for BackupConfig {
    fn validate(&self, check: &mut Check<'_>) {
        const TEN_YEARS_H: u32 = 87_600;
        check.range("every_hours", self.every_hours, 0..=TEN_YEARS_H);
        check.range("alarm_age_hours", self.alarm_age_hours, 0..=TEN_YEARS_H);
        check.range("drill_every_hours", self.drill_every_hours, 0..=TEN_YEARS_H);
        check.range("keep", self.keep, 1..=10_000);
    }
}

impl BackupConfig {
    /// Where back-ups of the data folder `data` lie.
    pub(crate) fn folder(&self, data: &Path) -> PathBuf {
        if self.folder.as_os_str().is_empty() {
            data.join("backups")
        } else {
            self.folder.clone()
        }
    }

    /// How often one is made, where that is.
    pub(crate) fn every(&self) -> Option<Duration> {
        hours(self.every_hours)
    }

    /// How often one is tried, where that is.
    pub(crate) fn drill_every(&self) -> Option<Duration> {
        hours(self.drill_every_hours)
    }

    /// The age at which somebody is to be told, where that is.
    pub(crate) fn alarm_age(&self) -> Option<Duration> {
        hours(self.alarm_age_hours).or_else(|| hours(2 * self.every_hours))
    }
}

fn hours(count: u32) -> Option<Duration> {
    (count > 0).then(|| Duration::from_hours(count.into()))
}
