//! The four tiers of callers and what each may ask for unless configured otherwise.

use std::time::Duration;

use medcover_kernel::{FieldFault, Tier};

use super::{RateLimits, SlidingWindow, TokenBucket};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// The limits of one tier. The tightest of the three decides, so what a tier sustains is the least of
/// `requests_per_minute`, `requests_per_hour ÷ 60` and `60 × token_refill_rate` a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierLimits {
    /// Requests in any 60 seconds.
    pub requests_per_minute: u32,
    /// Requests in any 3,600 seconds.
    pub requests_per_hour: u32,
    /// Requests at once, after a rest.
    pub burst_capacity: u32,
    /// Requests a second by which the burst comes back.
    pub token_refill_rate: u32,
}

impl TierLimits {
    /// The numbers of the catalogue (R1).
    pub const fn of(tier: Tier) -> Self {
        match tier {
            Tier::Anonymous => Self::new(60, 1_000, 10, 1),
            Tier::Authenticated => Self::new(200, 5_000, 50, 3),
            Tier::Premium => Self::new(1_000, 20_000, 200, 10),
            Tier::Enterprise => Self::new(10_000, 200_000, 2_000, 170),
        }
    }

    const fn new(minute: u32, hour: u32, burst_capacity: u32, token_refill_rate: u32) -> Self {
        Self {
            requests_per_minute: minute,
            requests_per_hour: hour,
            burst_capacity,
            token_refill_rate,
        }
    }

    /// The bucket, then the windows of a minute and of an hour; or every number that cannot be.
    pub fn limits(&self) -> Result<RateLimits, Vec<FieldFault>> {
        let bucket = TokenBucket::new(self.burst_capacity, self.token_refill_rate, SECOND);
        let minute = SlidingWindow::new(self.requests_per_minute, MINUTE);
        let hour = SlidingWindow::new(self.requests_per_hour, HOUR);
        match (bucket, minute, hour) {
            (Ok(bucket), Ok(minute), Ok(hour)) => RateLimits::new(Some(bucket), vec![minute, hour]),
            (bucket, minute, hour) => Err([
                bucket.err().unwrap_or_default(),
                named(minute.err(), "/requests_per_minute"),
                named(hour.err(), "/requests_per_hour"),
            ]
            .concat()),
        }
    }
}

fn named(faults: Option<Vec<FieldFault>>, pointer: &'static str) -> Vec<FieldFault> {
    let mut faults = faults.unwrap_or_default();
    for fault in &mut faults {
        fault.pointer = pointer.into();
    }
    faults
}
