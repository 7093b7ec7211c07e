//! Durations, and what is told of them.

use std::time::Duration;

use serde::Serialize;

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Times at most.
    pub(crate) asked: usize,
    /// For how long at most.
    pub(crate) span: Duration,
}

/// Durations of one kind of work. None is left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

/// What is told of them, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Timing {
    pub(crate) count: usize,
    pub(crate) mean_ms: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn timing(mut self) -> Timing {
        self.0.sort_unstable();
        let Some(last) = self.0.len().checked_sub(1) else {
            return Timing::default();
        };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let at = |share: f64| ms(self.0[(last as f64 * share).round() as usize]);
        let sum: Duration = self.0.iter().sum();
        Timing {
            count: self.0.len(),
            mean_ms: ms(sum) / self.0.len() as f64,
            p50_ms: at(0.50),
            p99_ms: at(0.99),
            max_ms: at(1.0),
        }
    }
}

/// Three significant digits.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        tiny if tiny < 1.0 => format!("{value:.3}"),
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_counts() {
        let mut times = Times::default();
        (1..=101).for_each(|ms| times.push(Duration::from_millis(ms)));
        let timing = times.timing();
        assert_eq!((timing.count, timing.max_ms), (101, 101.0));
        assert_eq!((timing.p50_ms, timing.p99_ms), (51.0, 100.0));
        assert_eq!(Times::default().timing(), Timing::default());
    }
}
