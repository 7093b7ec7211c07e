//! What health answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::Status;

/// The whole state of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthReport {
    /// The worst of the checks.
    pub status: Status,
    /// Version of the program.
    pub version: String,
    /// Seconds since the process started.
    pub uptime_s: u64,
    /// The machine and the process.
    pub system: SystemInformation,
    /// Every check, in a fixed order.
    pub checks: Vec<CheckReport>,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckReport {
    /// Its name.
    pub name: String,
    /// How well it is.
    pub status: Status,
    /// What was seen.
    pub detail: String,
    /// How long the look took, in microseconds.
    pub took_us: u64,
    /// Whether it had not ended when the answer had to be given.
    pub late: bool,
}

/// The machine and the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SystemInformation {
    /// The operating system: `linux`.
    pub os: String,
    /// The kind of processor: `x86_64`.
    pub architecture: String,
    /// How many threads can run at once.
    pub cpus: u32,
    /// Memory of the process that is resident, in bytes, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
}

/// A short answer for those who only watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveReport {
    /// How well it is.
    pub status: Status,
}
