//! The figures of a cache for Prometheus.

use std::fmt;

use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::{Cache, EngineStats};

/// Reads the figures when they are fetched.
#[derive(Debug)]
struct Figures(Cache);

impl Cache {
    /// Adds its figures to `metrics`. Once a process.
    pub fn register(&self, metrics: &Metrics) {
        let figures = Figures(self.clone());
        metrics.register(|registry| registry.register_collector(Box::new(figures)));
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.requests(&mut encoder)?;
        self.loads(&mut encoder)?;
        self.invalidations(&mut encoder)?;
        // An engine elsewhere is not waited for while metrics are fetched.
        match self.0.0.engine.stats_at_once() {
            Some(stats) => of_engine(&stats, &mut encoder),
            None => Ok(()),
        }
    }
}

impl Figures {
    fn requests(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "medcover_cache_requests",
            "What was asked of the cache, by what it had.",
            None,
            MetricType::Counter,
        )?;
        for it in self.0.figures() {
            let results = [
                ("hit", it.hits),
                ("absent", it.absent),
                ("miss", it.misses),
                ("stale", it.stale),
            ];
            for (result, count) in results {
                let labels = [("space", it.space), ("result", result)];
                let mut metric = family.encode_family(&labels)?;
                metric.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        Ok(())
    }

    fn loads(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "medcover_cache_loads",
            "Loads from a source, by how they ended or why they began.",
            None,
            MetricType::Counter,
        )?;
        for it in self.0.figures() {
            let kinds = [
                ("begun", it.loads),
                ("failed", it.failed_loads),
                ("joined", it.joined),
                ("early", it.early),
            ];
            for (kind, count) in kinds {
                let labels = [("space", it.space), ("kind", kind)];
                let mut metric = family.encode_family(&labels)?;
                metric.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        Ok(())
    }

    fn invalidations(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "medcover_cache_invalidations",
            "What was invalidated, by what named it.",
            None,
            MetricType::Counter,
        )?;
        let it = self.0.0.invalidations.figures();
        for (kind, count) in [("tag", it.tags), ("key", it.keys), ("pattern", it.patterns)] {
            let labels = [("kind", kind)];
            let mut metric = family.encode_family(&labels)?;
            metric.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }
}

fn of_engine(stats: &EngineStats, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let gauges = [
        (
            "medcover_cache_entries",
            "Entries that are kept.",
            None,
            stats.entries,
        ),
        (
            "medcover_cache",
            "What they take in memory.",
            Some(Unit::Bytes),
            stats.bytes,
        ),
        (
            "medcover_cache_limit",
            "What they may take.",
            Some(Unit::Bytes),
            stats.bytes_limit,
        ),
    ];
    for (name, help, unit, value) in gauges {
        let gauge = ConstGauge::new(value);
        let metric = encoder.encode_descriptor(name, help, unit.as_ref(), gauge.metric_type())?;
        gauge.encode(metric)?;
    }
    let counters = [
        (
            "medcover_cache_evictions",
            "Entries dropped for want of room.",
            stats.evicted,
        ),
        (
            "medcover_cache_swept",
            "Entries dropped that could not be read any more.",
            stats.swept,
        ),
        (
            "medcover_cache_refused",
            "Values that were not kept.",
            stats.refused,
        ),
    ];
    for (name, help, value) in counters {
        let counter = ConstCounter::new(value);
        let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
        counter.encode(metric)?;
    }
    Ok(())
}
