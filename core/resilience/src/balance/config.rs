//! The settings of a pool and their limits.

use std::str::FromStr;
use std::time::Duration;

use medcover_kernel::{BasisPoints, FieldFault};

use crate::fault;

const DAY: Duration = Duration::from_hours(24);
const MILLI: Duration = Duration::from_millis(1);

/// How an instance is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// In turn.
    RoundRobin,
    /// In turn by weight, as evenly as weights allow (nginx' smooth weighted round robin).
    Weighted,
    /// The one with the fewest calls on their way, for its weight.
    LeastConnections,
    /// The better of two by latency, failures and calls on their way.
    #[default]
    PeakEwma,
}

impl Strategy {
    /// All, by name.
    pub const ALL: [Self; 4] = [
        Self::RoundRobin,
        Self::Weighted,
        Self::LeastConnections,
        Self::PeakEwma,
    ];

    /// The name in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Weighted => "weighted",
            Self::LeastConnections => "least-connections",
            Self::PeakEwma => "peak-ewma",
        }
    }
}

impl FromStr for Strategy {
    type Err = FieldFault;

    fn from_str(name: &str) -> Result<Self, FieldFault> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == name);
        found.ok_or_else(|| FieldFault {
            pointer: "/strategy".into(),
            detail: format!("must be one of {}", Self::ALL.map(Self::as_str).join(", ")).into(),
        })
    }
}

/// When an instance is put aside, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutlierConfig {
    /// Failures in a row; 0 means that they do not count.
    pub consecutive_failures: u32,
    /// The share of failures within an interval; `None`: it does not count.
    pub failure_rate: Option<BasisPoints>,
    /// Calls in the interval below which the share says nothing; at least 1.
    pub minimum_calls: u32,
    /// The interval (10 ms to a day).
    pub interval: Duration,
    /// How long it is put aside the first time (1 ms to a day); the second time twice as long, and so on.
    pub base_ejection: Duration,
    /// The bound of that time. Who has been back for as long starts over.
    pub longest_ejection: Duration,
    /// The share of instances that may be put aside at once, rounded down.
    pub most_ejected: BasisPoints,
}

impl Default for OutlierConfig {
    /// Five in a row, or half of 20 within 10 s: aside for 10 s, 20 s … 300 s; at most half of the instances.
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failure_rate: Some(BasisPoints::new(5_000).expect("half")),
            minimum_calls: 20,
            interval: Duration::from_secs(10),
            base_ejection: Duration::from_secs(10),
            longest_ejection: Duration::from_mins(5),
            most_ejected: BasisPoints::new(5_000).expect("half"),
        }
    }
}

/// How a pool chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// The way an instance is chosen.
    pub strategy: Strategy,
    /// In how long the memory of a latency falls to 37 % (1 ms to a day).
    pub decay: Duration,
    /// The latency as which a failure is remembered, if it named no `Retry-After`.
    pub failure_penalty: Duration,
    /// The longest `Retry-After` that is believed.
    pub longest_penalty: Duration,
    /// The latency of an instance of which nothing is known, nor of any other.
    pub first_guess: Duration,
    /// The share of instances that must be fit, below which all are asked.
    pub panic_below: BasisPoints,
    /// When an instance is put aside; `None`: never.
    pub outliers: Option<OutlierConfig>,
}

impl Default for PoolConfig {
    /// Peak EWMA over 10 s, a failure weighs 5 s and at most 300 s (Linkerd's numbers), panic below half.
    fn default() -> Self {
        Self {
            strategy: Strategy::PeakEwma,
            decay: Duration::from_secs(10),
            failure_penalty: Duration::from_secs(5),
            longest_penalty: Duration::from_mins(5),
            first_guess: Duration::from_millis(30),
            panic_below: BasisPoints::new(5_000).expect("half"),
            outliers: Some(OutlierConfig::default()),
        }
    }
}

impl PoolConfig {
    /// Every setting that cannot work.
    pub fn check(&self) -> Result<(), Vec<FieldFault>> {
        let outliers = self.outliers.unwrap_or_default();
        fault::none_of([
            fault::outside_time("/decay", self.decay, MILLI..=DAY),
            fault::outside_time(
                "/failure_penalty",
                self.failure_penalty,
                Duration::ZERO..=DAY,
            ),
            fault::outside_time(
                "/longest_penalty",
                self.longest_penalty,
                Duration::ZERO..=DAY,
            ),
            fault::outside(
                "/outliers/minimum_calls",
                outliers.minimum_calls,
                1..=u32::MAX,
            ),
            fault::outside_time(
                "/outliers/interval",
                outliers.interval,
                Duration::from_millis(10)..=DAY,
            ),
            fault::outside_time(
                "/outliers/base_ejection",
                outliers.base_ejection,
                MILLI..=DAY,
            ),
            fault::outside_time(
                "/outliers/longest_ejection",
                outliers.longest_ejection,
                outliers.base_ejection.min(DAY)..=DAY,
            ),
        ])
    }
}
