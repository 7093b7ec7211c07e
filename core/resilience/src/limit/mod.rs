//! How often somebody may ask: a token bucket and sliding windows, which must agree to admit.

mod bucket;
mod decision;
mod floor;
mod keyed;
mod shard;
mod shared;
mod tier;
mod window;

pub use bucket::{FullAt, TokenBucket};
pub use decision::{Bound, RateDecision, RateLimits, RateRefusal, RateState, Standing};
pub use keyed::{KeyedFigures, KeyedLimits, KeyedLimitsConfig};
pub use shared::{BucketTerms, ShareTerms, SharedCount, SharedLimits, WindowCount, WindowTerms};
pub use tier::TierLimits;
pub use window::{SlidingWindow, WindowLog};

use std::time::Duration;

/// What a request weighs, in thousandths of a request: integers, so that a weight of 0.1 adds up exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost(u32);

impl Cost {
    /// Not counted.
    pub const FREE: Self = Self(0);
    /// An ordinary request.
    pub const ONE: Self = Self(1_000);

    /// A weight of so many thousandths.
    pub const fn thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }

    /// The weight in thousandths.
    pub const fn as_thousandths(self) -> u32 {
        self.0
    }
}

/// Why not now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// The same request will be admitted this much later, if nobody else asks meanwhile.
    For(Duration),
    /// It weighs more than the limit ever allows.
    Forever,
}

/// A moment or span as whole nanoseconds. The last one stands for everything after 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
