//! The bucket beside governor's, whose rates are whole nanoseconds a token.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use medcover_kernel::{Rng, SeededRng};
use medcover_resilience::{Cost, FullAt, TokenBucket, Wait};

use super::any_pause;

#[test]
fn the_bucket_decides_as_governor_does() {
    for seed in 0..5_000 {
        let rng = SeededRng::new(seed);
        let (burst, each) = (1 + rng.below(20) as u32, 1 + rng.below(900_000_000));
        let each = Duration::from_nanos(each);
        let ours = TokenBucket::new(burst, 1, each).unwrap();
        let clock = FakeRelativeClock::default();
        let quota = Quota::with_period(each)
            .unwrap()
            .allow_burst(NonZeroU32::new(burst).unwrap());
        let theirs = RateLimiter::direct_with_clock(quota, clock.clone());
        let (mut full_at, mut now) = (FullAt::default(), Duration::ZERO);
        for _ in 0..60 {
            let pause = any_pause(&rng, each * 2);
            clock.advance(pause);
            now += pause;
            let tokens = 1 + rng.below(3) as u32;
            let cost = Cost::thousandths(tokens * 1_000);
            let wait = ours.wait(full_at, now, cost);
            match theirs.check_n(NonZeroU32::new(tokens).unwrap()) {
                Ok(Ok(())) => {
                    assert_eq!(wait, None, "seed {seed}");
                    full_at = ours.take(full_at, now, cost);
                }
                Ok(Err(not_until)) => {
                    let theirs = not_until.wait_time_from(governor::clock::Clock::now(&clock));
                    assert_eq!(wait, Some(Wait::For(theirs)), "seed {seed}");
                }
                Err(_) => assert_eq!(wait, Some(Wait::Forever), "seed {seed}"),
            }
        }
    }
}

#[test]
fn a_third_of_a_second_does_not_drift() {
    let bucket = TokenBucket::new(1, 3, Duration::from_secs(1)).unwrap();
    let (mut full_at, mut admitted) = (FullAt::default(), 0);
    // Asks the moment it may, for an hour.
    let mut now = Duration::ZERO;
    while now < Duration::from_hours(1) {
        match bucket.wait(full_at, now, Cost::ONE) {
            Some(Wait::For(wait)) => now += wait,
            Some(Wait::Forever) => panic!("one token fits"),
            None => {
                full_at = bucket.take(full_at, now, Cost::ONE);
                admitted += 1;
            }
        }
    }
    assert_eq!(admitted, 3 * 3_600);
}
