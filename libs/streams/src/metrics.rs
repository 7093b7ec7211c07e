//! What goes over Redis, for Prometheus: it reads what there is to see.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::Standing;
use crate::status::{ConsumerCounts, GroupStatus, RelayCounts};

/// Shows the relays and consumers of this process among `metrics`, each stream and group once. Call it once a process.
pub fn register(
    metrics: &Metrics,
    relays: Vec<Arc<RelayCounts>>,
    consumers: Vec<Arc<ConsumerCounts>>,
) {
    show(metrics, relays, consumers, Vec::new());
}

/// Shows the carriers of this process among `metrics`. Call it once a process, and [`register`] not at all.
pub fn register_carriers(metrics: &Metrics, carriers: Vec<Standing>) {
    let relays = carriers.iter().map(Standing::relay).collect();
    let consumers = carriers.iter().flat_map(Standing::consumers).collect();
    show(metrics, relays, consumers, carriers);
}

fn show(
    metrics: &Metrics,
    relays: Vec<Arc<RelayCounts>>,
    consumers: Vec<Arc<ConsumerCounts>>,
    carriers: Vec<Standing>,
) {
    let shown = Shown {
        relays,
        consumers,
        carriers,
    };
    metrics.register(|registry| registry.register_collector(Box::new(shown)));
}

#[derive(Debug)]
struct Shown {
    relays: Vec<Arc<RelayCounts>>,
    consumers: Vec<Arc<ConsumerCounts>>,
    carriers: Vec<Standing>,
}

type Count<T> = (&'static str, &'static str, fn(&T) -> &AtomicU64);
type Figure = (&'static str, &'static str, fn(&GroupStatus) -> Option<u64>);

const RELAYS: [Count<RelayCounts>; 3] = [
    ("medcover_stream_published", "Messages published", |it| {
        &it.published
    }),
    (
        "medcover_stream_losses",
        "Times that Redis lacked messages that it had",
        |it| &it.lost,
    ),
    (
        "medcover_stream_trimmed",
        "Messages dropped after all groups had applied them",
        |it| &it.trimmed,
    ),
];

const CONSUMERS: [Count<ConsumerCounts>; 7] = [
    (
        "medcover_stream_delivered",
        "Messages delivered for the first time",
        |it| &it.delivered,
    ),
    (
        "medcover_stream_taken_over",
        "Messages that were abandoned, or due again",
        |it| &it.taken_over,
    ),
    (
        "medcover_stream_acknowledged",
        "Messages acknowledged",
        |it| &it.acknowledged,
    ),
    (
        "medcover_stream_retried",
        "Messages given back, to be tried again",
        |it| &it.retried,
    ),
    ("medcover_stream_set_aside", "Messages set aside", |it| {
        &it.set_aside
    }),
    (
        "medcover_stream_given_up",
        "Messages left to the queue of their subscription when they were given up",
        |it| &it.given_up,
    ),
    (
        "medcover_stream_repaired",
        "Times that a group was made",
        |it| &it.repaired,
    ),
];

const GROUPS: [Figure; 4] = [
    (
        "medcover_stream_lag",
        "Messages not delivered yet; absent where Redis cannot tell",
        |it| it.lag,
    ),
    (
        "medcover_stream_pending",
        "Messages delivered and not acknowledged",
        |it| Some(it.pending),
    ),
    ("medcover_stream_dead", "Messages set aside", |it| {
        Some(it.dead)
    }),
    (
        "medcover_stream_length",
        "Messages that the stream holds",
        |it| Some(it.length),
    ),
];

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (name, help, of) in RELAYS {
            let kind = ConstCounter::new(0_u64).metric_type();
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for relay in &self.relays {
                let labels = [("stream", &*relay.stream)];
                let count = of(relay).load(Ordering::Relaxed);
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        for (name, help, of) in CONSUMERS {
            let kind = ConstCounter::new(0_u64).metric_type();
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for consumer in &self.consumers {
                let labels = [("stream", &*consumer.stream), ("group", &*consumer.group)];
                let count = of(consumer).load(Ordering::Relaxed);
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        for (name, help, of) in GROUPS {
            let kind = ConstGauge::new(0_u64).metric_type();
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for consumer in &self.consumers {
                let labels = [("stream", &*consumer.stream), ("group", &*consumer.group)];
                if let Some(figure) = consumer.group().and_then(|it| of(&it)) {
                    ConstGauge::new(figure).encode(family.encode_family(&labels)?)?;
                }
            }
        }
        let kind = ConstGauge::new(0_u64).metric_type();
        let (name, help) = (
            "medcover_stream_carried",
            "Whether Redis carries the messages; where it does not, the queues in the store do",
        );
        let mut family = encoder.encode_descriptor(name, help, None, kind)?;
        for carrier in &self.carriers {
            let labels = [("stream", carrier.stream())];
            let carried = u64::from(carrier.is_carried());
            ConstGauge::new(carried).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
