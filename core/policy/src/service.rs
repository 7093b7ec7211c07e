//! What is written about services: who calls them, and how they are sent to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who calls a service, whom it calls, and how requests are sent to it. What is left out is as the settings have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRules {
    /// The services that may call it in their own name; nobody else may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callers: Option<Vec<String>>,
    /// The services and further upstreams that it may send to; a request to anybody else does not leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub egress: Option<Vec<String>>,
    /// How one of its instances is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Balancing>,
    /// How long a try may take before another one is made in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 10, maximum = 3_600_000)]
    pub try_ms: Option<u64>,
    /// How often a request is tried again at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 20)]
    pub retries: Option<u32>,
    /// Retries in a hundred requests, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100)]
    pub retry_percent: Option<u32>,
    /// Retries that a quiet time saves up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub retries_saved: Option<u32>,
    /// After how long without an answer a GET is also asked of a second instance; 0: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 3_600_000)]
    pub hedge_ms: Option<u64>,
    /// Failures in a row that open the breaker of an instance, and that put it aside; 0: none do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 1_000)]
    pub failure_threshold: Option<u32>,
    /// The share of failures that does the same once there were 20 calls within 10 s; 0: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100)]
    pub failure_percent: Option<u32>,
    /// How long a breaker stays open before it probes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3_600_000)]
    pub recovery_ms: Option<u64>,
    /// How long an instance is put aside the first time; each time longer, up to thirty times this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 120_000)]
    pub eject_ms: Option<u64>,
}

/// How an instance is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Balancing {
    /// In turn.
    RoundRobin,
    /// In turn, by weight.
    Weighted,
    /// The one with the fewest calls on their way.
    LeastConnections,
    /// The better of two by latency, failures and calls on their way.
    PeakEwma,
}

impl Balancing {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::RoundRobin,
        Self::Weighted,
        Self::LeastConnections,
        Self::PeakEwma,
    ];

    /// The name, as files and settings have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Weighted => "weighted",
            Self::LeastConnections => "least-connections",
            Self::PeakEwma => "peak-ewma",
        }
    }
}
