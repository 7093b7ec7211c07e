//! Latency as it is remembered: up at once, down with time.

use std::time::Duration;

/// An average of latencies in which each weighs less by a factor of e for every `decay` that has passed, and in which a
/// latency above the average replaces it ("peak"): trouble is believed at once, recovery must last.
///
/// Reading changes nothing (tower's own does, so that asking twice gives two answers). With time the memory fades towards
/// nothing, so an instance that was avoided is tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeakEwma {
    seconds: f64,
    at: Duration,
}

impl PeakEwma {
    /// What the first call took.
    pub fn first(latency: Duration, now: Duration) -> Self {
        Self {
            seconds: latency.as_secs_f64(),
            at: now,
        }
    }

    /// Takes another latency in.
    pub fn observe(&mut self, latency: Duration, now: Duration, decay: Duration) {
        let latency = latency.as_secs_f64();
        let kept = self.kept(now, decay);
        self.seconds = if latency > self.seconds * kept {
            latency
        } else {
            self.seconds * kept + latency * (1.0 - kept)
        };
        self.at = self.at.max(now);
    }

    /// Seconds, as remembered now.
    pub fn read(&self, now: Duration, decay: Duration) -> f64 {
        self.seconds * self.kept(now, decay)
    }

    fn kept(&self, now: Duration, decay: Duration) -> f64 {
        (-now.saturating_sub(self.at).div_duration_f64(decay)).exp()
    }
}
