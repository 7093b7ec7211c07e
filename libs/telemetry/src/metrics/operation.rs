//! What is counted for each operation.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use serde::Serialize;

use super::histogram::Histogram;

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Done,
    /// The request was at fault, or one more than there was room for.
    Refused,
    /// We were at fault.
    Failed,
}

/// The counters of one operation. Recording is a handful of atomic additions.
#[derive(Debug)]
pub struct Operation {
    name: &'static str,
    latency: Histogram,
    refused: AtomicU64,
    failed: AtomicU64,
}

impl Operation {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            latency: Histogram::default(),
            refused: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// The name it is counted under.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Counts one run.
    pub fn record(&self, took: Duration, outcome: Outcome) {
        self.latency.record(took);
        match outcome {
            Outcome::Done => {}
            Outcome::Refused => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Failed => {
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn figures(&self) -> OperationFigures {
        let latency = self.latency.read();
        OperationFigures {
            operation: self.name,
            count: latency.count(),
            refused: self.refused.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            mean_ms: latency.mean_ms(),
            p50_ms: latency.quantile_ms(0.50),
            p95_ms: latency.quantile_ms(0.95),
            p99_ms: latency.quantile_ms(0.99),
            max_ms: latency.max_ms(),
        }
    }
}

/// What an operation did since the process started.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationFigures {
    /// The name of the operation.
    pub operation: &'static str,
    /// How often it ran.
    pub count: u64,
    /// How often the request was at fault.
    pub refused: u64,
    /// How often we were at fault.
    pub failed: u64,
    /// Mean duration.
    pub mean_ms: f64,
    /// Half of the runs took no longer.
    pub p50_ms: f64,
    /// 95 % of the runs took no longer.
    pub p95_ms: f64,
    /// 99 % of the runs took no longer.
    pub p99_ms: f64,
    /// The longest run.
    pub max_ms: f64,
}

/// All operations of a process. There are tens of them, so a list is searched, and only at start.
#[derive(Debug, Default)]
pub(super) struct Operations(Mutex<Vec<Arc<Operation>>>);

impl Operations {
    pub(super) fn named(&self, name: &'static str) -> Arc<Operation> {
        let mut all = self.lock();
        if let Some(known) = all.iter().find(|operation| operation.name == name) {
            return Arc::clone(known);
        }
        let new = Arc::new(Operation::new(name));
        all.push(Arc::clone(&new));
        new
    }

    pub(super) fn figures(&self) -> Vec<OperationFigures> {
        self.lock()
            .iter()
            .map(|operation| operation.figures())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Operation>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Operations {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let all = self.lock().clone();
        let mut family = encoder.encode_descriptor(
            "medcover_operation_duration",
            "How long operations took.",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for operation in &all {
            let reading = operation.latency.read();
            family
                .encode_family(&[("operation", operation.name)])?
                .encode_histogram::<NoLabelSet>(
                    reading.sum_seconds(),
                    reading.count(),
                    &reading.exported(),
                    None,
                )?;
        }
        let mut family = encoder.encode_descriptor(
            "medcover_operation_errors",
            "Operations that ended in an error, by whose fault it was.",
            None,
            MetricType::Counter,
        )?;
        for operation in &all {
            let counts = [
                ("caller", &operation.refused),
                ("server", &operation.failed),
            ];
            for (fault, count) in counts {
                family
                    .encode_family(&[("operation", operation.name), ("fault", fault)])?
                    .encode_counter::<NoLabelSet, _, u64>(&count.load(Ordering::Relaxed), None)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Metrics, Outcome};
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn equal_names_share_their_counters() {
        let metrics = Metrics::default();
        let (a, b) = (metrics.operation("x"), metrics.operation("x"));
        assert!(Arc::ptr_eq(&a, &b));
        a.record(Duration::from_millis(1), Outcome::Failed);
        assert_eq!(metrics.figures()[0].failed, 1);
    }

    #[test]
    fn the_page_holds_histogram_and_errors() {
        let metrics = Metrics::default();
        let operation = metrics.operation("get_code");
        for outcome in [Outcome::Done, Outcome::Refused, Outcome::Failed] {
            operation.record(Duration::from_micros(30), outcome);
        }
        let page = metrics.text();
        for expected in [
            "# TYPE medcover_operation_duration_seconds histogram",
            "medcover_operation_duration_seconds_bucket{le=\"0.00005\",operation=\"get_code\"} 3",
            "medcover_operation_duration_seconds_bucket{le=\"+Inf\",operation=\"get_code\"} 3",
            "medcover_operation_errors_total{operation=\"get_code\",fault=\"caller\"} 1",
            "medcover_operation_errors_total{operation=\"get_code\",fault=\"server\"} 1",
            "# EOF",
        ] {
            assert!(page.contains(expected), "{expected}\nnot in\n{page}");
        }
    }
}
