//! The token bucket, as GCRA: one moment a key instead of a counter and a timer.
//!
//! Source: the generic cell rate algorithm in its virtual-scheduling form (ITU-T I.371, annex A.2). The moment kept is the
//! *theoretical arrival time*, here named for what it means: when the bucket is full again. A request of `cost` moves it by
//! `cost × per ÷ refill`, and is admitted if it then lies at most `burst × per ÷ refill` ahead.
//!
//! One token of three a second takes 333,333,333⅓ ns. Whoever rounds that drifts; here the moment is kept as whole
//! nanoseconds and a part of `1 ÷ (1,000 × refill)` ns, so every decision is exact, however long it runs.

use std::time::Duration;

use medcover_kernel::FieldFault;

use super::{Cost, Standing, Wait, nanos};
use crate::fault;

/// The most tokens that are added in one period: the parts of a nanosecond must fit 32 bits.
const MAX_REFILL: u32 = 4_000_000;
const MAX_BURST: u32 = 1_000_000_000;
const MAX_PERIOD: Duration = Duration::from_hours(24);
const THOUSANDTHS: u128 = 1_000;

/// A bucket of `burst_capacity` tokens, refilled evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenBucket {
    burst: u32,
    refill: u32,
    period: u64,
}

/// The moment at which a bucket is full again; at or before now, it is full. Sixteen bytes, whatever the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FullAt {
    nanos: u64,
    part: u32,
}

impl FullAt {
    /// The moment in whole nanoseconds of the monotonic clock, rounded up.
    pub fn as_nanos(self) -> u64 {
        self.nanos.saturating_add(u64::from(self.part > 0))
    }
}

impl TokenBucket {
    /// A bucket that holds `burst_capacity` tokens (1 to 1,000,000,000) and gains `refill` of them (1 to 4,000,000) in
    /// each `period` (over 0, up to a day).
    pub fn new(
        burst_capacity: u32,
        refill: u32,
        period: Duration,
    ) -> Result<Self, Vec<FieldFault>> {
        let faults = [
            fault::outside("/burst_capacity", burst_capacity, 1..=MAX_BURST),
            fault::outside("/token_refill_rate", refill, 1..=MAX_REFILL),
            fault::outside_time("/period", period, Duration::from_nanos(1)..=MAX_PERIOD),
        ];
        fault::none_of(faults)?;
        Ok(Self {
            burst: burst_capacity,
            refill,
            period: nanos(period),
        })
    }

    /// How long a request of `cost` has to wait; `None` if it need not.
    pub fn wait(&self, full_at: FullAt, now: Duration, cost: Cost) -> Option<Wait> {
        let (cost, room) = (self.cost(cost), self.room());
        if cost > room {
            return Some(Wait::Forever);
        }
        let over = (self.ahead(full_at, now) + cost).saturating_sub(room);
        (over > 0).then(|| Wait::For(self.span(over)))
    }

    /// When the bucket is full again after a request of `cost`, admitted or not.
    #[must_use]
    pub fn take(&self, full_at: FullAt, now: Duration, cost: Cost) -> FullAt {
        let now = u128::from(nanos(now)) * self.unit();
        let ticks = self.ticks(full_at).max(now) + self.cost(cost);
        FullAt {
            nanos: u64::try_from(ticks / self.unit()).unwrap_or(u64::MAX),
            part: (ticks % self.unit()) as u32,
        }
    }

    /// What is left, and when all of it is there again.
    pub fn standing(&self, full_at: FullAt, now: Duration) -> Standing {
        let ahead = self.ahead(full_at, now);
        let left = self.room().saturating_sub(ahead) / (THOUSANDTHS * u128::from(self.period));
        Standing {
            quota: self.burst,
            window: self.span(self.room()),
            remaining: left as u32,
            reset: self.span(ahead),
        }
    }

    /// Whether a request of `cost` can ever be admitted.
    pub(super) fn holds(&self, cost: Cost) -> bool {
        self.cost(cost) <= self.room()
    }

    /// Ticks a microsecond: the parts in which moments beyond it are told elsewhere.
    pub(super) fn parts_of_micros(&self) -> u64 {
        1_000_000 * u64::from(self.refill)
    }

    /// The time in which the bucket fills, in whole microseconds and parts.
    pub(super) fn room_in_micros(&self) -> (u64, u64) {
        self.micros(self.room())
    }

    /// The time in which what a request of `cost` takes comes back.
    pub(super) fn in_micros(&self, cost: Cost) -> (u64, u64) {
        self.micros(self.cost(cost))
    }

    /// The moment of so many microseconds and parts.
    pub(super) fn full_at(&self, (micros, parts): (u64, u64)) -> FullAt {
        let unit = THOUSANDTHS as u64 * u64::from(self.refill);
        FullAt {
            nanos: micros.saturating_mul(1_000).saturating_add(parts / unit),
            part: (parts % unit) as u32,
        }
    }

    fn micros(&self, ticks: u128) -> (u64, u64) {
        let parts = u128::from(self.parts_of_micros());
        let micros = u64::try_from(ticks / parts).unwrap_or(u64::MAX);
        (micros, (ticks % parts) as u64)
    }

    /// Ticks a nanosecond: a thousandth of a token takes exactly `period` of them.
    fn unit(&self) -> u128 {
        THOUSANDTHS * u128::from(self.refill)
    }

    fn cost(&self, cost: Cost) -> u128 {
        u128::from(cost.0) * u128::from(self.period)
    }

    fn room(&self) -> u128 {
        u128::from(self.burst) * THOUSANDTHS * u128::from(self.period)
    }

    /// A part left by a bucket of another refill is worth less than one nanosecond of this one.
    fn ticks(&self, full_at: FullAt) -> u128 {
        u128::from(full_at.nanos) * self.unit() + u128::from(full_at.part).min(self.unit() - 1)
    }

    fn ahead(&self, full_at: FullAt, now: Duration) -> u128 {
        self.ticks(full_at)
            .saturating_sub(u128::from(nanos(now)) * self.unit())
    }

    fn span(&self, ticks: u128) -> Duration {
        Duration::from_nanos(u64::try_from(ticks.div_ceil(self.unit())).unwrap_or(u64::MAX))
    }
}
