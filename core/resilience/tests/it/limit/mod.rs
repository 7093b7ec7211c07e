//! Limits against naive models: a level that is refilled, and a list of everything that was admitted.

mod combined;
mod keyed;
mod oracle;
mod shared;
mod tiers;
mod window;

use std::time::Duration;

use medcover_kernel::Rng;
use medcover_resilience::Cost;

/// A token bucket as one would explain it: a level that grows with time up to the brim. In units of which a nanosecond
/// brings `refill` and a thousandth of a token needs `period ÷ 1,000`.
pub(crate) struct NaiveBucket {
    pub(crate) burst: u128,
    pub(crate) refill: u128,
    pub(crate) period: u128,
    level: Option<u128>,
    last: u128,
}

impl NaiveBucket {
    pub(crate) fn new(burst: u32, refill: u32, period: Duration) -> Self {
        Self {
            burst: u128::from(burst),
            refill: u128::from(refill),
            period: period.as_nanos(),
            level: None,
            last: 0,
        }
    }

    pub(crate) fn level(&mut self, now: Duration) -> u128 {
        let brim = self.burst * 1_000 * self.period;
        let gained = (now.as_nanos() - self.last) * self.refill * 1_000;
        self.last = now.as_nanos();
        let level = self.level.map_or(brim, |it| brim.min(it + gained));
        *self.level.insert(level)
    }

    pub(crate) fn admits(&mut self, now: Duration, cost: Cost) -> bool {
        self.level(now) >= u128::from(cost.as_thousandths()) * self.period
    }

    pub(crate) fn take(&mut self, cost: Cost) {
        let cost = u128::from(cost.as_thousandths()) * self.period;
        self.level = self.level.map(|level| level - cost);
    }
}

/// Everything that was ever admitted.
#[derive(Default)]
pub(crate) struct NaiveWindow {
    pub(crate) limit: u64,
    pub(crate) length: Duration,
    pub(crate) admitted: Vec<(Duration, u64)>,
}

impl NaiveWindow {
    pub(crate) fn new(limit: u32, length: Duration) -> Self {
        Self {
            limit: u64::from(limit),
            length,
            admitted: Vec::new(),
        }
    }

    pub(crate) fn used(&self, now: Duration) -> u64 {
        let within = self.admitted.iter().filter(|it| it.0 + self.length > now);
        within.map(|it| it.1).sum()
    }

    pub(crate) fn admits(&self, now: Duration, cost: Cost) -> bool {
        self.used(now) + u64::from(cost.as_thousandths()) <= self.limit * 1_000
    }

    pub(crate) fn take(&mut self, now: Duration, cost: Cost) {
        self.admitted.push((now, u64::from(cost.as_thousandths())));
    }
}

/// Mostly ordinary requests, and some of every other weight.
pub(crate) fn any_cost(rng: &dyn Rng) -> Cost {
    match rng.below(8) {
        0 => Cost::thousandths(100),
        1 => Cost::thousandths(rng.below(5_000) as u32),
        2 => Cost::FREE,
        _ => Cost::ONE,
    }
}

/// Nothing, or a time of any magnitude up to `most`: traces have bursts, pauses and ties.
pub(crate) fn any_pause(rng: &dyn Rng, most: Duration) -> Duration {
    let bits = rng.below(u64::from(u64::BITS - (most.as_nanos() as u64).leading_zeros()) + 1);
    Duration::from_nanos(rng.below(1 << bits))
}
