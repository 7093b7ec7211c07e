//! What evicted keys had used, so that forgetting a key never gives it more than it had.
//!
//! A key that is evicted and comes back would start afresh, and with it anybody who can bring enough other keys to have
//! himself forgotten. So a new key of a crowded shard starts no better than every key that was evicted there. Who fills
//! the table therefore makes it harder for newcomers (never for the keys that are in it), and cannot make it easier for
//! anyone. The idea is that of the Space-Saving counters (Metwally, Agrawal, El Abbadi 2005): a newcomer takes over what
//! its place had counted.

use std::time::Duration;

use super::{FullAt, RateLimits, RateState, WindowLog, nanos};

/// Steps that are kept of each window; more are joined to the worse of two.
const STEPS: usize = 8;

/// The start of newcomers.
#[derive(Debug, Default)]
pub(super) struct Floor {
    full_at: FullAt,
    steps: [Steps; 2],
}

impl Floor {
    /// Notes that a key was evicted.
    pub(super) fn raise(&mut self, evicted: &RateState) {
        self.full_at = self.full_at.max(evicted.full_at);
        for (steps, log) in self.steps.iter_mut().zip(&evicted.logs) {
            if let Some(last) = log.last() {
                steps.raise(last, log.used());
            }
        }
    }

    /// The state of a key that is not in the table.
    pub(super) fn newcomer(&mut self, limits: &RateLimits, now: Duration) -> RateState {
        let mut state = RateState {
            full_at: self.full_at,
            logs: Default::default(),
        };
        for (place, window) in limits.windows().iter().enumerate() {
            self.steps[place].expire(nanos(now), nanos(window.length()));
            state.logs[place] = self.steps[place].start();
        }
        state
    }
}

/// As if all that each evicted key had used had been used at its last request: moments rise, amounts fall.
#[derive(Debug, Default)]
struct Steps(Vec<(u64, u64)>);

impl Steps {
    fn raise(&mut self, at: u64, used: u64) {
        if self.0.iter().any(|step| step.0 >= at && step.1 >= used) {
            return;
        }
        self.0.retain(|step| step.0 > at || step.1 > used);
        let place = self.0.partition_point(|step| step.0 < at);
        self.0.insert(place, (at, used));
        if self.0.len() > STEPS {
            self.0[1].1 = self.0[0].1;
            self.0.remove(0);
        }
    }

    fn expire(&mut self, now: u64, length: u64) {
        self.0.retain(|step| step.0.saturating_add(length) > now);
    }

    /// Fills a log so that, at every moment to come, at least as much of it counts as of any evicted one.
    fn start(&self) -> WindowLog {
        let mut log = WindowLog::with_capacity(self.0.len() + 1);
        for (place, (at, used)) in self.0.iter().enumerate() {
            let later = self.0.get(place + 1).map_or(0, |step| step.1);
            log.push(*at, used - later);
        }
        log
    }
}
