//! How each check came out when it was last made: for the metrics, and for the log when that changes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use super::{Check, Status};

/// The last status of each check, by its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing(Arc<Mutex<BTreeMap<String, Status>>>);

impl Standing {
    /// Of no check yet, shown among `metrics` as `medcover_health_check`.
    pub(super) fn shown_in(metrics: &Metrics) -> Self {
        let standing = Self::default();
        let shown = standing.clone();
        metrics.register(|registry| registry.register_collector(Box::new(shown)));
        standing
    }

    /// Takes in what was found, and logs what is not as it was.
    pub(super) fn note(&self, checks: &[Check]) {
        let mut last = self.last();
        for check in checks {
            let before = last.insert(check.name.clone(), check.status);
            if before.unwrap_or(Status::Healthy) == check.status {
                continue;
            }
            let (name, detail) = (&*check.name, &*check.detail);
            match check.status {
                Status::Healthy => tracing::info!(check = name, detail, "healthy again"),
                Status::Degraded => tracing::warn!(check = name, detail, "degraded"),
                Status::Unhealthy => tracing::error!(check = name, detail, "unhealthy"),
            }
        }
    }

    /// An entry is put in whole or not at all.
    fn last(&self) -> MutexGuard<'_, BTreeMap<String, Status>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "medcover_health_check",
            "How each check came out when it was last made: 0 healthy, 1 degraded, 2 unhealthy.",
            None,
            MetricType::Gauge,
        )?;
        for (name, status) in &*self.last() {
            let gauge = ConstGauge::new(match status {
                Status::Healthy => 0_u64,
                Status::Degraded => 1,
                Status::Unhealthy => 2,
            });
            gauge.encode(family.encode_family(&[("check", name.as_str())])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Finding;
    use super::*;

    #[test]
    fn the_last_status_of_each_check_is_a_figure() {
        let metrics = Metrics::default();
        let standing = Standing::shown_in(&metrics);
        let found = |name, finding: Finding| finding.named(name, Duration::ZERO);
        standing.note(&[
            found("billing", Finding::degraded("Slow.")),
            found("hospital", Finding::healthy("Well.")),
        ]);
        standing.note(&[found("hospital", Finding::unhealthy("Gone."))]);
        let text = metrics.text();
        for line in [
            "medcover_health_check{check=\"billing\"} 1",
            "medcover_health_check{check=\"hospital\"} 2",
        ] {
            assert!(text.lines().any(|it| it == line), "{text}");
        }
    }
}
