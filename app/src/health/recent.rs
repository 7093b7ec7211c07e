//! Requests of late: the metrics now, less what they were a minute or so ago.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use medcover_telemetry::Metrics;

/// How old the reading is at least that the present one is compared with, once there is one.
const SPAN: Duration = Duration::from_mins(1);

/// Requests of late.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) count: u64,
    pub(super) failed: u64,
    pub(super) mean_ms: f64,
}

/// All requests up to a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    at: Duration,
    count: u64,
    failed: u64,
    total_ms: f64,
}

/// The last two readings that lie a span apart. Without it a bad hour would be held against the process for ever.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<[Reading; 2]>);

impl Recent {
    /// The figures of the last one to two minutes, or since the last time anyone asked if that is longer ago.
    pub(super) fn figures(&self, metrics: &Metrics, now: Duration) -> Figures {
        let reading = Reading::of(metrics, now);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [older, newer] = *kept;
        if now.saturating_sub(newer.at) >= SPAN {
            *kept = [newer, reading];
            return reading.since(&newer);
        }
        reading.since(&older)
    }
}

impl Reading {
    fn of(metrics: &Metrics, at: Duration) -> Self {
        let none = Self {
            at,
            ..Self::default()
        };
        metrics.figures().iter().fold(none, |sum, figures| Self {
            at,
            count: sum.count + figures.count,
            failed: sum.failed + figures.failed,
            total_ms: sum.total_ms + figures.mean_ms * figures.count as f64,
        })
    }

    fn since(&self, earlier: &Self) -> Figures {
        let count = self.count.saturating_sub(earlier.count);
        let total_ms = (self.total_ms - earlier.total_ms).max(0.0);
        Figures {
            count,
            failed: self.failed.saturating_sub(earlier.failed),
            mean_ms: total_ms / count.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_telemetry::Outcome;

    #[test]
    fn what_is_long_past_is_forgotten() {
        let metrics = Metrics::default();
        let operation = metrics.operation("search");
        let record = |outcome| operation.record(Duration::from_millis(10), outcome);
        let recent = Recent::default();
        let at = Duration::from_secs;
        record(Outcome::Failed);
        assert_eq!(recent.figures(&metrics, at(10)).failed, 1);
        assert_eq!(recent.figures(&metrics, at(70)).failed, 1);
        assert_eq!(recent.figures(&metrics, at(80)).failed, 1);
        assert_eq!(recent.figures(&metrics, at(131)).failed, 0);
        record(Outcome::Done);
        let figures = recent.figures(&metrics, at(195));
        assert_eq!((figures.count, figures.failed), (1, 0));
        assert!((figures.mean_ms - 10.0).abs() < 1.0, "{figures:?}");
    }
}
