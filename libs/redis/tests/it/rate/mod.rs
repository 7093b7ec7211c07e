//! Limits that several count together: as one would alone, and never more.

mod shared;

use std::time::Duration;

use medcover_kernel::{Rng, SeededRng, Timestamp};
use medcover_redis::{RateAsk, RateCounts, RateCountsConfig, RateTold, Redis};
use medcover_resilience::{
    Cost, RateLimitTier, RateLimits, RateState, SharedLimits, SlidingWindow, TierLimits,
    TokenBucket,
};
use medcover_testkit::RedisServer;

use crate::{PATIENCE, at, ready};

/// Whole microseconds, as moments between machines are.
const START: u64 = 1_700_000_000_000_000;
const KEYS: u64 = 24;

pub(crate) fn counts(redis: &Redis, skew: Option<Duration>) -> RateCounts {
    let config = RateCountsConfig {
        within: PATIENCE,
        skew,
    };
    RateCounts::new(redis.clone(), config).expect("it can wait that long")
}

fn moment(micros: u64) -> Timestamp {
    Timestamp::from_micros(micros.cast_signed())
}

/// The same, as the local limiter has it.
fn elapsed(at: Timestamp) -> Duration {
    Duration::from_micros(at.as_micros().cast_unsigned())
}

/// Limits of every kind: rates that do not divide a second, logs so short that they become coarse, a bucket or none, and
/// the tiers as shipped.
fn any_limits(rng: &dyn Rng) -> RateLimits {
    if rng.below(6) == 0 {
        let tiers = [
            RateLimitTier::Anonymous,
            RateLimitTier::Authenticated,
            RateLimitTier::Premium,
            RateLimitTier::Enterprise,
        ];
        let tier = tiers[rng.below(4) as usize];
        return TierLimits::of(tier).limits().expect("as shipped");
    }
    let bucket = (rng.below(5) > 0).then(|| {
        let (burst, refill) = (1 + rng.below(30) as u32, 1 + rng.below(40) as u32);
        let period = Duration::from_nanos(1_000_000 + rng.below(3_000_000_000));
        TokenBucket::new(burst, refill, period).expect("it works")
    });
    let least = u64::from(bucket.is_none());
    let windows = (0..least.max(rng.below(3))).map(|_| {
        let length = Duration::from_micros(1_000 + rng.below(20_000_000));
        let (limit, entries) = (1 + rng.below(60) as u32, 8 + rng.below(20) as u32);
        SlidingWindow::with_entries(limit, length, entries).expect("it works")
    });
    let windows = windows.collect::<Vec<_>>();
    let bucket = bucket.or_else(|| {
        let other = TokenBucket::new(9, 7, Duration::from_secs(1)).expect("it works");
        windows.is_empty().then_some(other)
    });
    RateLimits::new(bucket, windows).expect("it works")
}

fn any_cost(rng: &dyn Rng) -> Cost {
    match rng.below(10) {
        0 => Cost::thousandths(100),
        1 => Cost::thousandths(rng.below(5_000) as u32),
        2 => Cost::FREE,
        3 if rng.below(20) == 0 => Cost::thousandths(rng.below(u64::from(u32::MAX)) as u32),
        _ => Cost::ONE,
    }
}

/// Nothing, or a time of any magnitude up to about four seconds; now and then a minute.
fn any_pause(rng: &dyn Rng) -> u64 {
    if rng.below(400) == 0 {
        return 60_000_000;
    }
    rng.below(1 << rng.below(23))
}

#[tokio::test]
async fn a_hundred_thousand_decisions_are_those_of_the_local_limiter() {
    let server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&at(&server)).await;
    let counts = counts(&redis, None);
    let (mut admitted, mut refused) = (0_u32, 0_u32);
    for trace in 0..40 {
        let rng = SeededRng::new(trace);
        let limits: Vec<_> = (0..KEYS).map(|_| any_limits(&rng)).collect();
        let shared = limits.iter().cloned().map(SharedLimits::new);
        let shared: Vec<_> = shared.collect::<Result<_, _>>().expect("exact");
        let names: Vec<_> = (0..KEYS).map(|key| format!("{trace}:{key}")).collect();
        let mut states: Vec<_> = (0..KEYS).map(|_| RateState::default()).collect();
        let mut now = START + rng.below(1 << 50);
        for _ in 0..10 {
            let mut asks = Vec::new();
            let mut keys = Vec::new();
            for _ in 0..260 {
                now += any_pause(&rng) / 32;
                // Some ask much more than others, so that logs fill.
                let key = rng.below(1 + rng.below(KEYS)) as usize;
                // Sometimes one whose clock is behind.
                let late = if rng.below(10) == 0 {
                    any_pause(&rng)
                } else {
                    0
                };
                keys.push(key);
                asks.push(RateAsk {
                    name: &names[key],
                    limits: &shared[key],
                    cost: any_cost(&rng),
                    now: moment(now - late),
                });
            }
            let told = counts.decide_all(&asks).await.expect("it answers");
            for ((ask, key), told) in asks.iter().zip(keys).zip(told) {
                let RateTold { decision, at } = told;
                assert!(at >= ask.now && elapsed(at) <= Duration::from_micros(now));
                // What is not charged leaves no trace: a later request may come from a clock that is behind.
                let mut state = states[key].clone();
                let local = limits[key].decide(&mut state, elapsed(at), ask.cost);
                assert_eq!(decision, local, "trace {trace}, {ask:?} at {at:?}");
                if local.is_admitted() {
                    if ask.cost != Cost::FREE {
                        states[key] = state;
                    }
                    admitted += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    assert!(
        admitted > 30_000 && refused > 20_000,
        "{admitted} admitted, {refused} refused: the traces try both"
    );
}
