//! What there is to see of back-ups: metrics, and the file of the last trial.

use std::fmt;
use std::fs;

use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::{Backups, Drilled, Folder};

/// The last trial, in the folder of back-ups.
const DRILL: &str = ".drill.json";

/// How the last trial of a back-up in `folder` ended, if there was any.
pub(super) fn last_drill(folder: &Folder) -> Option<Drilled> {
    let text = fs::read(folder.path().join(DRILL)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Keeps how it ended. When that cannot be kept, there is another one sooner.
pub(super) fn keep_drill(folder: &Folder, drilled: &Drilled) {
    let (new, path) = (folder.path().join(".drill.new"), folder.path().join(DRILL));
    let text = serde_json::to_vec(drilled).unwrap_or_default();
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
    if let Err(error) = written {
        tracing::warn!(cause = %error, "how the trial of a back-up ended cannot be kept");
    }
}

/// Shows `backups` among `metrics`.
pub(super) fn register(metrics: &Metrics, backups: Backups) {
    metrics.register(|registry| registry.register_collector(Box::new(Shown(backups))));
}

struct Shown(Backups);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (standing, late) = self.0.seen();
        let seconds = |micros: i64| micros as f64 / 1e6;
        let newest = standing.newest.map_or(0.0, |at| seconds(at.as_micros()));
        let drill = standing.drill.as_ref();
        let mut gauge = |name, help, value: f64| {
            let family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(family)
        };
        gauge(
            "medcover_backup_newest_timestamp_seconds",
            "The moment that the newest good back-up shows; 0 where there is none",
            newest,
        )?;
        gauge(
            "medcover_backup_late",
            "Whether the newest good back-up is older than it may be",
            f64::from(u8::from(late)),
        )?;
        gauge(
            "medcover_backups_kept",
            "Good back-ups in the folder",
            standing.kept as f64,
        )?;
        gauge(
            "medcover_backup_duration_seconds",
            "How long the last back-up of this process took",
            standing.took.map_or(0.0, |took| took.as_secs_f64()),
        )?;
        gauge(
            "medcover_backup_drill_timestamp_seconds",
            "When a back-up was last restored to try it; 0: never",
            drill.map_or(0.0, |it| seconds(it.at.as_micros())),
        )?;
        gauge(
            "medcover_backup_drill_duration_seconds",
            "How long restoring and checking it took",
            drill.map_or(0.0, |it| it.took_ms as f64 / 1e3),
        )?;
        let mut family = encoder.encode_descriptor(
            "medcover_backups",
            "Back-ups that this process made, or could not make",
            None,
            MetricType::Counter,
        )?;
        for (outcome, count) in [("made", standing.made), ("failed", standing.failed)] {
            let labels = [("outcome", outcome)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
