//! What there is to see of traffic.

use medcover_kernel::Tier;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the traffic of a process is bounded now, and what was refused since its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrafficFigures {
    /// The requests that are worked on.
    pub slots: SlotFigures,
    /// The callers who are counted, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitFigures>,
    /// What was refused, by reason.
    pub refused: Vec<RefusalCount>,
}

/// The requests that are worked on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlotFigures {
    /// How many there are now.
    pub active_requests: u32,
    /// How many there may be: the maximum that is set or, where it follows latency, the present one.
    pub max_concurrent_requests: u32,
    /// The first in hundredths of the second.
    pub utilization_percentage: f64,
    /// For how long the oldest is being worked on, in seconds.
    pub oldest_request_age: f64,
}

/// The callers who are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitFigures {
    /// Each tier.
    pub tiers: Vec<TierFigures>,
    /// What is decided together with other processes, where they count together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<SharingFigures>,
}

/// What is decided together with other processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharingFigures {
    /// Whether all processes count as one now; where not, each counts by itself.
    pub shared: bool,
    /// Requests that were decided by the counts of all.
    pub decided_together: u64,
    /// Requests that were decided by the counts of this process, because those of all could not be had in time.
    pub decided_alone: u64,
    /// Requests that were refused by the counts of this process, so that nobody else was asked.
    pub refused_before: u64,
}

/// The callers of one tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TierFigures {
    /// Its name.
    pub tier: Tier,
    /// Requests that were admitted.
    pub admitted: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Callers who are remembered.
    pub callers: u64,
    /// Memory that this takes.
    pub bytes: u64,
    /// Callers who were forgotten although they had used something: when it grows, `limits.max_callers` is too small.
    pub evicted: u64,
}

/// How many requests were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusalCount {
    /// The name of the problem, as in `X-Refused-By`.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// Where a caller stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallerUsage {
    /// Under which name they are counted: `user:…`, `client:…` or `address:…`.
    #[schema(example = "address:192.0.2.7")]
    pub caller: String,
    /// Their tier.
    pub tier: Tier,
    /// Each limit of the tier; all must agree to a request. None where callers are not limited.
    pub limits: Vec<LimitUsage>,
}

/// Where a caller stands with one limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitUsage {
    /// `burst`, `minute` or `hour`.
    #[schema(example = "minute")]
    pub limit: String,
    /// How many requests it allows.
    pub requests: u32,
    /// Within how many seconds.
    pub within_s: u64,
    /// How many are left.
    pub remaining: u32,
    /// In how many seconds all of them are there again.
    pub reset_s: u64,
}

impl CallerUsage {
    /// Whether anything is used.
    pub(super) fn is_any(&self) -> bool {
        self.limits.iter().any(|limit| limit.reset_s > 0)
    }
}
