//! Figures: what is loaded, and how the service performs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Totals and performance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    /// Each loaded system.
    pub systems: Vec<SystemStatistics>,
    /// Each operation since the process started.
    pub operations: Vec<OperationFigures>,
    /// Seconds since the process started.
    pub uptime_s: u64,
}

/// Totals of one system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SystemStatistics {
    /// Short name of the code system.
    pub system: String,
    /// The current release.
    pub version: String,
    /// How many concepts it holds.
    pub concepts: u32,
    /// How many of them may stand on a claim.
    pub billable: u32,
    /// How many terms search looks at.
    pub terms: u32,
}

/// Performance of one operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OperationFigures {
    /// Its name: `search_icd10`.
    pub operation: String,
    /// How often it ran.
    pub count: u64,
    /// How often it failed on our side.
    pub errors: u64,
    /// Mean duration in microseconds.
    pub mean_us: f64,
    /// Median, in microseconds, to the resolution of the histogram.
    pub p50_us: f64,
    /// 95th percentile, likewise.
    pub p95_us: f64,
    /// 99th percentile, likewise.
    pub p99_us: f64,
}

/// Figures of one chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChapterStatistics {
    /// Number of the chapter.
    pub chapter: u8,
    /// Its title.
    pub title: String,
    /// How many codes it holds: categories and all below them.
    pub total_codes: u32,
    /// How many of them are active.
    pub active_codes: u32,
    /// How many of them may stand on a claim.
    pub billable_codes: u32,
}

/// A query and how often it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PopularQuery {
    /// The query, in lower case.
    pub query: String,
    /// How often.
    pub search_count: u64,
}
