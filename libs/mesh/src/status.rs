//! What there is to see of an upstream.

use std::collections::BTreeSet;
use std::time::Duration;

use medcover_kernel::Timestamp;
use medcover_resilience::CircuitState;

use crate::upstream::{CIRCUIT_OPEN, EGRESS_NOT_LISTED, Instances, NO_INSTANCE, REASONS, Upstream};

/// An upstream, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamStatus {
    /// The service.
    pub service: String,
    /// How instances are chosen.
    pub strategy: String,
    /// Requests so far.
    pub requests: u64,
    /// Tries beyond the first.
    pub retries: u64,
    /// Second instances that were asked because the first took long.
    pub hedges: u64,
    /// Failures that were not tried again, by reason.
    pub not_retried: Vec<(&'static str, u64)>,
    /// Requests for which nobody was asked, by reason.
    pub refused: Vec<(&'static str, u64)>,
    /// Retries that could be paid for now.
    pub retries_left: u32,
    /// Whether so few instances are fit that all are asked.
    pub panicking: bool,
    /// The instances, in the order in which they joined.
    pub instances: Vec<InstanceStatus>,
}

/// An instance, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceStatus {
    /// Where it is.
    pub address: String,
    /// How much it takes beside the others.
    pub weight: u32,
    /// Which version of the program it says that it runs; empty where it says nothing.
    pub version: String,
    /// What its health check says.
    pub healthy: bool,
    /// Whether it gets no new requests, because it leaves.
    pub draining: bool,
    /// Whether it is put aside, because it fails.
    pub ejected: bool,
    /// The state of its breaker.
    pub breaker: CircuitState,
    /// How often that has opened.
    pub breaker_opened: u64,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// When a call last failed.
    pub last_failure: Option<Timestamp>,
    /// Calls on their way.
    pub in_flight: u32,
    /// Latency as remembered, with failures as penalties.
    pub latency: Option<Duration>,
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that were turned away for want of room.
    pub overloaded: u64,
    /// Calls that their callers gave up, or that say nothing.
    pub cancelled: u64,
    /// How often it was put aside.
    pub times_ejected: u64,
}

impl InstanceStatus {
    /// Whether requests are sent to it.
    pub fn is_fit(&self) -> bool {
        self.healthy && !self.draining && !self.ejected && self.breaker != CircuitState::Open
    }
}

impl UpstreamStatus {
    /// The versions of the program that its instances run, each once.
    pub fn versions(&self) -> BTreeSet<&str> {
        let versions = self.instances.iter().map(|it| &*it.version);
        versions.filter(|it| !it.is_empty()).collect()
    }
}

impl Upstream {
    /// What there is to see.
    pub fn status(&self) -> UpstreamStatus {
        let shared = &self.shared;
        let (counts, now) = (&shared.counts, shared.clock.elapsed());
        let reasons = REASONS.into_iter();
        UpstreamStatus {
            service: shared.service.to_string(),
            strategy: shared.sending().config.strategy.clone(),
            requests: counts.requests.read(),
            retries: counts.retries.read(),
            hedges: counts.hedges.read(),
            not_retried: reasons
                .map(|it| (it.as_str(), counts.not_retried(it).read()))
                .collect(),
            refused: vec![
                (EGRESS_NOT_LISTED, counts.not_listed.read()),
                (NO_INSTANCE, counts.no_instance.read()),
                (CIRCUIT_OPEN, counts.circuit_open.read()),
            ],
            retries_left: shared.budget.remaining(now),
            panicking: shared.instances.is_panicking(),
            instances: self.instances(now),
        }
    }

    fn instances(&self, now: Duration) -> Vec<InstanceStatus> {
        let seen = self.shared.instances.status().into_iter();
        seen.map(|seen| {
            let target = seen.instance.target();
            let (breaker, counts) = (target.breaker.status(now), &target.counts);
            InstanceStatus {
                address: target.address.to_string(),
                weight: Instances::weight(&seen.instance),
                version: target.version().clone(),
                healthy: seen.healthy,
                draining: seen.draining,
                ejected: seen.ejected,
                breaker: breaker.state,
                breaker_opened: breaker.opened,
                consecutive_failures: counts.consecutive_failures(),
                last_failure: counts.last_failure(),
                in_flight: seen.pending,
                latency: seen.latency,
                answered: counts.answered.read(),
                failed: counts.failed.read(),
                overloaded: counts.overloaded.read(),
                cancelled: counts.cancelled.read(),
                times_ejected: counts.ejected.read(),
            }
        })
        .collect()
    }
}
