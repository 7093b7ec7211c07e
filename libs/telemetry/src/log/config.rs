//! The settings of the log.

use std::path::PathBuf;

use medcover_config::{Check, Section};
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::{LevelFilter, Targets};

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// One line for a person's eyes.
    Pretty,
}

/// The section `log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `json` or `pretty`.
    pub format: LogFormat,
    /// What is logged: a level (`info`), or levels by logger (`info,hyper=warn`).
    pub level: String,
    /// The file to write to; standard error when unset.
    pub file: Option<PathBuf>,
    /// How large a file may grow.
    pub max_file_bytes: u64,
    /// How many files are kept, the present one included.
    pub files: u32,
    /// How much may wait for the disk before lines are dropped.
    pub queue_bytes: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            level: "info".to_owned(),
            file: None,
            max_file_bytes: 10_000_000,
            files: 5,
            queue_bytes: 4_000_000,
        }
    }
}

impl LogConfig {
    pub(super) fn targets(&self) -> Targets {
        self.level
            .parse()
            .unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO))
    }
}

impl Section for LogConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.that(
            "level",
            self.level.parse::<Targets>().is_ok(),
            "must be a level (error, warn, info, debug, trace, off) or a list of logger=level",
        );
        check.range(
            "max_file_bytes",
            self.max_file_bytes,
            10_000..=1_000_000_000,
        );
        check.range("files", self.files, 1..=100);
        check.range("queue_bytes", self.queue_bytes, 64_000..=256_000_000);
    }
}
