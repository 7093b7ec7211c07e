//! What upstreams do, for Prometheus. Nothing is counted for it on the way of a request: it reads what there is to see.

use std::fmt;

use medcover_resilience::CircuitState;
use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use crate::status::{InstanceStatus, UpstreamStatus};
use crate::upstream::{HEDGED, Upstream};

/// Shows `upstreams` among `metrics`. Call it once a process.
pub fn register(metrics: &Metrics, upstreams: Vec<Upstream>) {
    if !upstreams.is_empty() {
        metrics.register(|registry| registry.register_collector(Box::new(Upstreams(upstreams))));
    }
}

#[derive(Debug)]
struct Upstreams(Vec<Upstream>);

/// A metric: its name and help.
pub(crate) type Named = (&'static str, &'static str);

impl Collector for Upstreams {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all: Vec<_> = self.0.iter().map(Upstream::status).collect();
        of_upstreams(&mut encoder, &all)?;
        of_instances(&mut encoder, &all)
    }
}

fn of_upstreams(encoder: &mut DescriptorEncoder<'_>, all: &[UpstreamStatus]) -> fmt::Result {
    let named: Named = (
        "medcover_upstream_requests",
        "Requests to a service elsewhere",
    );
    let of = |it: &UpstreamStatus| [("upstream", it.service.clone())];
    counters(encoder, named, all.iter().map(|it| (of(it), it.requests)))?;
    let named = (
        "medcover_upstream_retries",
        "Tries beyond the first, by what they are",
    );
    let retries = all.iter().flat_map(|it| {
        let kinds = [("retried", it.retries), (HEDGED, it.hedges)];
        kinds.map(|(kind, count)| (with(&it.service, "kind", kind), count))
    });
    counters(encoder, named, retries)?;
    let named = (
        "medcover_upstream_not_retried",
        "Failures that were not tried again, by reason",
    );
    let reasons = all.iter().flat_map(|it| {
        let reasons = it.not_retried.iter();
        reasons.map(|(reason, count)| (with(&it.service, "reason", reason), *count))
    });
    counters(encoder, named, reasons)?;
    let named = (
        "medcover_upstream_refused",
        "Requests for which nobody was asked, by reason",
    );
    let reasons = all.iter().flat_map(|it| {
        let reasons = it.refused.iter();
        reasons.map(|(reason, count)| (with(&it.service, "reason", reason), *count))
    });
    counters(encoder, named, reasons)?;
    let named = (
        "medcover_upstream_retries_left",
        "Retries that could be paid for now",
    );
    gauges(
        encoder,
        named,
        None,
        all.iter().map(|it| (of(it), f64::from(it.retries_left))),
    )
}

fn of_instances(encoder: &mut DescriptorEncoder<'_>, all: &[UpstreamStatus]) -> fmt::Result {
    let each = || {
        let all = all.iter();
        all.flat_map(|up| up.instances.iter().map(|it| (up.service.as_str(), it)))
    };
    let named: Named = (
        "medcover_upstream_calls",
        "Calls to an instance, by how they ended",
    );
    let calls = each().flat_map(|(service, it)| {
        let ends = [
            ("answered", it.answered),
            ("failed", it.failed),
            ("overloaded", it.overloaded),
            ("cancelled", it.cancelled),
        ];
        ends.map(|(end, count)| (of_instance(service, it, ("end", end)), count))
    });
    counters(encoder, named, calls)?;
    let named = (
        "medcover_upstream_ejections",
        "Times an instance was put aside or its breaker opened",
    );
    let ejections = each().flat_map(|(service, it)| {
        let by = [
            ("outlier", it.times_ejected),
            ("breaker", it.breaker_opened),
        ];
        by.map(|(by, count)| (of_instance(service, it, ("by", by)), count))
    });
    counters(encoder, named, ejections)?;
    let named = (
        "medcover_upstream_instance_state",
        "Whether an instance is in a state",
    );
    let states = each().flat_map(|(service, it)| {
        let states = [
            ("healthy", it.healthy),
            ("draining", it.draining),
            ("ejected", it.ejected),
            ("breaker_open", it.breaker == CircuitState::Open),
            ("breaker_half_open", it.breaker == CircuitState::HalfOpen),
        ];
        states.map(|(state, holds)| {
            let labels = of_instance(service, it, ("state", state));
            (labels, f64::from(u8::from(holds)))
        })
    });
    gauges(encoder, named, None, states)?;
    let named = (
        "medcover_upstream_in_flight",
        "Calls on their way to an instance",
    );
    let in_flight = each().map(|(service, it)| (labels(service, it), f64::from(it.in_flight)));
    gauges(encoder, named, None, in_flight)?;
    let named = (
        "medcover_upstream_latency",
        "Latency as remembered, with failures as penalties",
    );
    let latency = each().filter_map(|(service, it)| {
        let latency = it.latency?.as_secs_f64();
        Some((labels(service, it), latency))
    });
    gauges(encoder, named, Some(&Unit::Seconds), latency)?;
    let named = (
        "medcover_upstream_last_failure",
        "When a call to an instance last failed",
    );
    let failures = each().filter_map(|(service, it)| {
        let at = it.last_failure?.as_micros() as f64 / 1e6;
        Some((labels(service, it), at))
    });
    gauges(encoder, named, Some(&Unit::Seconds), failures)
}

pub(crate) fn counters<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): Named,
    values: impl Iterator<Item = (L, u64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in values {
        let mut metric = family.encode_family(&labels)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
    }
    Ok(())
}

pub(crate) fn gauges<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): Named,
    unit: Option<&Unit>,
    values: impl Iterator<Item = (L, f64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    for (labels, value) in values {
        family.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

fn with(service: &str, label: &'static str, value: &str) -> [(&'static str, String); 2] {
    [("upstream", service.to_owned()), (label, value.to_owned())]
}

fn labels(service: &str, it: &InstanceStatus) -> [(&'static str, String); 2] {
    with(service, "instance", &it.address)
}

fn of_instance(
    service: &str,
    it: &InstanceStatus,
    (label, value): (&'static str, &str),
) -> [(&'static str, String); 3] {
    let [upstream, instance] = labels(service, it);
    [upstream, instance, (label, value.to_owned())]
}
