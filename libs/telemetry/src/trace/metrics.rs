//! What becomes of spans, for Prometheus: how whoever watches sees that they stopped to arrive.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::feed::Counts;
use super::queue::SpanQueue;
use crate::Metrics;

#[derive(Debug)]
pub(super) struct SpanCounts {
    queue: Arc<SpanQueue>,
    exporters: Vec<Arc<Counts>>,
}

impl SpanCounts {
    pub(super) fn register(queue: Arc<SpanQueue>, exporters: Vec<Arc<Counts>>, metrics: &Metrics) {
        let counts = Self { queue, exporters };
        metrics.register(|registry| registry.register_collector(Box::new(counts)));
    }
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

impl Collector for SpanCounts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let queue = &self.queue;
        encoder
            .encode_descriptor(
                "medcover_trace_spans_recorded",
                "Spans that were recorded",
                None,
                MetricType::Counter,
            )?
            .encode_counter::<NoLabelSet, _, u64>(&queue.recorded(), None)?;
        let mut family = encoder.encode_descriptor(
            "medcover_trace_spans_exported",
            "Spans that an exporter took somewhere",
            None,
            MetricType::Counter,
        )?;
        for it in &self.exporters {
            family
                .encode_family(&[("exporter", it.exporter)])?
                .encode_counter::<NoLabelSet, _, u64>(&read(&it.exported), None)?;
        }
        let mut family = encoder.encode_descriptor(
            "medcover_trace_spans_dropped",
            "Spans that were lost: before any exporter saw them, for want of room, or since it could not take them",
            None,
            MetricType::Counter,
        )?;
        let lost = [("all", "full", queue.dropped())];
        let of_exporters = self.exporters.iter().flat_map(|it| {
            [
                (it.exporter, "full", read(&it.full)),
                (it.exporter, "failed", read(&it.failed)),
            ]
        });
        for (exporter, reason, count) in lost.into_iter().chain(of_exporters) {
            family
                .encode_family(&[("exporter", exporter), ("reason", reason)])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        let mut family = encoder.encode_descriptor(
            "medcover_trace_last_export_timestamp_seconds",
            "When an exporter last took spans somewhere; 0: never",
            None,
            MetricType::Gauge,
        )?;
        for it in &self.exporters {
            let seconds = read(&it.last_success) as f64 / 1e6;
            family
                .encode_family(&[("exporter", it.exporter)])?
                .encode_gauge(&seconds)?;
        }
        Ok(())
    }
}
