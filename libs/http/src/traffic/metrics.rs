//! The same figures for Prometheus.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::Traffic;
use super::figures::{SharingFigures, SlotFigures, TierFigures};

impl Collector for Traffic {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let figures = self.figures();
        slots(&figures.slots, &mut encoder)?;
        let mut family = encoder.encode_descriptor(
            "medcover_requests_refused",
            "Requests that were refused with 429 or 503, by the name of the problem.",
            None,
            MetricType::Counter,
        )?;
        for refused in &figures.refused {
            family
                .encode_family(&[("reason", &*refused.reason)])?
                .encode_counter::<NoLabelSet, _, u64>(&refused.count, None)?;
        }
        let Some(limits) = figures.limits else {
            return tiers(&[], &mut encoder);
        };
        if let Some(sharing) = &limits.sharing {
            self::sharing(sharing, &mut encoder)?;
        }
        tiers(&limits.tiers, &mut encoder)
    }
}

fn slots(slots: &SlotFigures, encoder: &mut DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
    let gauges = [
        (
            "medcover_active_requests",
            "Requests that are worked on.",
            None,
            f64::from(slots.active_requests),
        ),
        (
            "medcover_max_concurrent_requests",
            "Requests that may be worked on at once.",
            None,
            f64::from(slots.max_concurrent_requests),
        ),
        (
            "medcover_slot_utilization_percentage",
            "Requests that are worked on, in hundredths of those that may be.",
            None,
            slots.utilization_percentage,
        ),
        (
            "medcover_oldest_request_age",
            "For how long the oldest request is being worked on.",
            Some(&Unit::Seconds),
            slots.oldest_request_age,
        ),
    ];
    for (name, help, unit, value) in gauges {
        let gauge = ConstGauge::new(value);
        gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)?;
    }
    Ok(())
}

fn sharing(
    figures: &SharingFigures,
    encoder: &mut DescriptorEncoder<'_>,
) -> Result<(), std::fmt::Error> {
    let shared = ConstGauge::new(u64::from(figures.shared));
    shared.encode(encoder.encode_descriptor(
        "medcover_rate_limit_shared",
        "1 while callers are counted together with other processes, 0 while by this one alone.",
        None,
        shared.metric_type(),
    )?)?;
    let mut family = encoder.encode_descriptor(
        "medcover_rate_limit_decided",
        "Requests by whose counts they were decided: those of all, of this process for want of them, or of this process because they refused already.",
        None,
        MetricType::Counter,
    )?;
    for (by, count) in [
        ("all", figures.decided_together),
        ("alone", figures.decided_alone),
        ("before", figures.refused_before),
    ] {
        family
            .encode_family(&[("by", by)])?
            .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
    }
    Ok(())
}

/// A metric of a tier: its name, what it is, its type, and where to find it.
type OfTier = (
    &'static str,
    &'static str,
    MetricType,
    fn(&TierFigures) -> u64,
);

const OF_TIERS: [OfTier; 5] = [
    (
        "medcover_rate_limit_admitted",
        "Requests that limits admitted.",
        MetricType::Counter,
        |tier| tier.admitted,
    ),
    (
        "medcover_rate_limit_refused",
        "Requests that limits refused.",
        MetricType::Counter,
        |tier| tier.refused,
    ),
    (
        "medcover_rate_limit_callers",
        "Callers whose use is remembered.",
        MetricType::Gauge,
        |tier| tier.callers,
    ),
    (
        "medcover_rate_limit_memory_bytes",
        "Memory that remembering them takes.",
        MetricType::Gauge,
        |tier| tier.bytes,
    ),
    (
        "medcover_rate_limit_evicted",
        "Callers who were forgotten although they had used something.",
        MetricType::Counter,
        |tier| tier.evicted,
    ),
];

fn tiers(
    tiers: &[TierFigures],
    encoder: &mut DescriptorEncoder<'_>,
) -> Result<(), std::fmt::Error> {
    for (name, help, kind, value) in OF_TIERS {
        let mut family = encoder.encode_descriptor(name, help, None, kind)?;
        for tier in tiers {
            let labels = [("tier", tier.tier.as_str())];
            let mut metric = family.encode_family(&labels)?;
            match kind {
                MetricType::Counter => {
                    metric.encode_counter::<NoLabelSet, _, u64>(&value(tier), None)?;
                }
                _ => metric.encode_gauge(&value(tier))?,
            }
        }
    }
    Ok(())
}
