//! Durations, and what is told of them.

use std::time::Duration;

use serde::Serialize;

/// Durations of one kind of work.
#[derive(Default)]
pub struct Sample(Vec<Duration>);

/// What is told of a sample, in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Timing {
    pub count: usize,
    pub mean_us: f64,
    pub p50_us: f64,
    pub p95_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
}

impl Sample {
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Every single duration counts: none is dropped as an outlier, and no minimum of repetitions is taken.
    pub fn timing(mut self) -> Timing {
        self.0.sort_unstable();
        if self.0.is_empty() {
            return Timing::default();
        }
        let last = self.0.len() - 1;
        let at = |share: f64| us(self.0[(last as f64 * share).round() as usize]);
        let sum: Duration = self.0.iter().sum();
        Timing {
            count: self.0.len(),
            mean_us: us(sum) / self.0.len() as f64,
            p50_us: at(0.50),
            p95_us: at(0.95),
            p99_us: at(0.99),
            max_us: at(1.0),
        }
    }
}

fn us(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1000.0
}

/// The middle one of an odd number of figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
