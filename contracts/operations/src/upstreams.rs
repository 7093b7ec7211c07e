//! Services that other processes run, and their instances.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every service elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upstreams {
    /// By service.
    pub upstreams: Vec<Upstream>,
}

/// A service elsewhere, as one process sees it since it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upstream {
    /// Its name.
    #[schema(example = "hospital-service")]
    pub service: String,
    /// How instances are chosen.
    #[schema(example = "peak-ewma")]
    pub strategy: String,
    /// Requests so far.
    pub requests: u64,
    /// Tries beyond the first.
    pub retries: u64,
    /// Second instances that were asked because the first took long.
    pub hedges: u64,
    /// Failures that were not tried again, by reason.
    pub not_retried: Vec<Counted>,
    /// Requests for which nobody was asked, by reason.
    pub refused: Vec<Counted>,
    /// Retries that could be paid for now.
    pub retries_left: u32,
    /// Whether so few instances are fit that all are asked.
    pub panicking: bool,
    /// The instances, in the order in which they joined.
    pub instances: Vec<UpstreamInstance>,
}

/// How often something happened for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counted {
    /// The reason.
    #[schema(example = "budget-spent")]
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// The state of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BreakerState {
    /// Calls go through and are counted.
    Closed,
    /// Calls are refused.
    Open,
    /// A few calls go through to find out.
    HalfOpen,
}

/// An instance of a service elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpstreamInstance {
    /// Where it is.
    #[schema(example = "http://10.0.0.7:3002")]
    pub address: String,
    /// How much it takes beside the others.
    pub weight: u32,
    /// Which version of the program it says that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "0.1.0")]
    pub version: Option<String>,
    /// What its health check says.
    pub healthy: bool,
    /// Whether it gets no new requests, because it leaves.
    pub draining: bool,
    /// Whether it is put aside, because it fails.
    pub ejected: bool,
    /// The state of its breaker.
    pub breaker: BreakerState,
    /// How often that has opened.
    pub breaker_opened: u64,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// When a call last failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
    /// Calls on their way.
    pub in_flight: u32,
    /// Latency as remembered, in microseconds, with failures as penalties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<u64>,
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that were turned away for want of room.
    pub overloaded: u64,
    /// Calls that their callers gave up, or that say nothing about the instance.
    pub cancelled: u64,
}
