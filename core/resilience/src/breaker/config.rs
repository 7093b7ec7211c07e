//! The settings of a breaker and their limits.

use std::time::Duration;

use medcover_kernel::{BasisPoints, FieldFault};

use crate::fault;

const DAY: Duration = Duration::from_hours(24);
const MILLI: Duration = Duration::from_millis(1);

/// Over which calls the rates are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallWindow {
    /// The last so many calls (1 to 10,000), a byte each.
    Calls(u32),
    /// The calls of the last so long (10 ms to a day), in ten buckets: a call is forgotten between nine and ten tenths of it.
    Time(Duration),
}

/// When a breaker opens, for how long, and what closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerConfig {
    /// Failures in a row that open it; 0 means that they never do.
    pub failure_threshold: u32,
    /// The calls over which the rates are counted.
    pub window: CallWindow,
    /// Calls in the window below which rates say nothing; at least 1.
    pub minimum_calls: u32,
    /// The share of failed calls from which it opens; `None`: never.
    pub failure_rate: Option<BasisPoints>,
    /// From how long a call is slow.
    pub slow_call: Duration,
    /// The share of slow calls from which it opens; `None`: never.
    pub slow_call_rate: Option<BasisPoints>,
    /// How long it stays open before it probes (1 ms to a day).
    pub recovery_timeout: Duration,
    /// The bound of that time, which doubles each time the probes fail. Equal to `recovery_timeout`: it never grows.
    pub longest_recovery: Duration,
    /// Calls let through half-open (1 to 1,000); all must succeed, and none be slow if slow calls count.
    pub probes: u32,
    /// How long a probe may be silent before it counts as failed.
    pub probe_lease: Duration,
}

impl Default for BreakerConfig {
    /// Five failures in a row, or half of at least 20 calls within 10 s, open it for 60 s.
    fn default() -> Self {
        Self {
            failure_threshold: 5,
            window: CallWindow::Time(Duration::from_secs(10)),
            minimum_calls: 20,
            failure_rate: Some(BasisPoints::new(5_000).expect("half")),
            slow_call: Duration::from_mins(1),
            slow_call_rate: None,
            recovery_timeout: Duration::from_mins(1),
            longest_recovery: Duration::from_mins(1),
            probes: 1,
            probe_lease: Duration::from_secs(30),
        }
    }
}

impl BreakerConfig {
    /// Every setting that cannot work.
    pub fn check(&self) -> Result<(), Vec<FieldFault>> {
        let window = match self.window {
            CallWindow::Calls(calls) => fault::outside("/window", calls, 1..=10_000),
            CallWindow::Time(time) => {
                fault::outside_time("/window", time, Duration::from_millis(10)..=DAY)
            }
        };
        let most = match self.window {
            CallWindow::Calls(calls) => calls.max(1),
            CallWindow::Time(_) => u32::MAX,
        };
        let never_opens = |rate: Option<BasisPoints>| rate == Some(BasisPoints::ZERO);
        fault::none_of([
            window,
            fault::outside("/minimum_calls", self.minimum_calls, 1..=most),
            fault::unless(!never_opens(self.failure_rate), "/failure_rate", above_zero),
            fault::unless(
                !never_opens(self.slow_call_rate),
                "/slow_call_rate",
                above_zero,
            ),
            fault::outside_time("/recovery_timeout", self.recovery_timeout, MILLI..=DAY),
            fault::outside_time(
                "/longest_recovery",
                self.longest_recovery,
                self.recovery_timeout.min(DAY)..=DAY,
            ),
            fault::outside("/probes", self.probes, 1..=1_000),
            fault::outside_time("/probe_lease", self.probe_lease, MILLI..=DAY),
        ])
    }
}

fn above_zero() -> String {
    "must be above zero: every call would open it".into()
}
