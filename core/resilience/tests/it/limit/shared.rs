//! Limits counted elsewhere: which can be, and asking first whether it would be in vain.

use std::time::Duration;

use medcover_kernel::{Rng as _, SeededRng};
use medcover_resilience::{
    Cost, KeyedLimits, KeyedLimitsConfig, RateLimitTier, RateLimits, SharedCount, SharedLimits,
    SlidingWindow, TierLimits, TokenBucket, WindowCount,
};

use super::{any_cost, any_pause};

fn only(bucket: Option<TokenBucket>, window: Option<SlidingWindow>) -> RateLimits {
    RateLimits::new(bucket, window.into_iter().collect()).expect("one of them")
}

#[test]
fn what_a_double_cannot_count_is_refused_and_every_tier_can_be_shared() {
    let slow = TokenBucket::new(2_000_000_000 / 2, 1, Duration::from_secs(2)).unwrap();
    let odd = SlidingWindow::new(5, Duration::from_nanos(1_000_001)).unwrap();
    let week = SlidingWindow::with_entries(5, Duration::from_hours(168), 8).unwrap();
    for (limits, pointer) in [
        (only(Some(slow), None), "/burst_capacity"),
        (only(None, Some(odd)), "/length"),
        (only(None, Some(week)), "/entries"),
    ] {
        let faults = SharedLimits::new(limits).expect_err("it would not be exact");
        assert_eq!(faults[0].pointer, pointer);
    }
    let largest = TierLimits {
        requests_per_minute: u32::MAX,
        requests_per_hour: u32::MAX,
        burst_capacity: 1_000_000_000,
        token_refill_rate: 1,
    };
    let shared = SharedLimits::new(largest.limits().unwrap()).expect("the largest there may be");
    let terms = shared.terms(Cost::thousandths(u32::MAX));
    assert!(terms.possible);
    let bucket = terms.bucket.expect("it has one");
    for number in [
        bucket.room.0,
        bucket.cost.0,
        bucket.parts,
        terms.windows[1].room,
    ] {
        assert!(number < 1 << 52, "{number}");
    }
}

#[test]
fn an_answer_that_cannot_be_is_none() {
    let limits = TierLimits::of(RateLimitTier::Anonymous).limits().unwrap();
    let shared = SharedLimits::new(limits).unwrap();
    let windows = |count| vec![WindowCount::default(); count];
    let count = |charged, count| SharedCount {
        charged,
        windows: windows(count),
        ..SharedCount::default()
    };
    assert!(shared.decision(Cost::ONE, &count(true, 2)).is_some());
    assert_eq!(shared.decision(Cost::ONE, &count(true, 1)), None);
    // Refused by nothing.
    assert_eq!(shared.decision(Cost::ONE, &count(false, 2)), None);
    assert!(shared.look(&count(false, 2)).is_some());
}

#[test]
fn asking_first_says_what_asking_would_and_charges_nothing() {
    let rng = SeededRng::new(7);
    let limits = TierLimits::of(RateLimitTier::Anonymous).limits().unwrap();
    let store: KeyedLimits<u64> = KeyedLimits::new(&limits, KeyedLimitsConfig::default()).unwrap();
    let (mut now, mut refused) = (Duration::from_secs(1), 0);
    for _ in 0..5_000 {
        now += any_pause(&rng, Duration::from_secs(2));
        let (key, cost) = (rng.below(3), any_cost(&rng));
        let held = store.look(&key, now);
        let first = store.refuse(&key, now, cost);
        assert_eq!(store.look(&key, now), held);
        let decision = store.check_rate_limit(&key, now, cost);
        assert_eq!(decision.is_admitted(), first.is_none());
        if let Some(first) = first {
            assert_eq!(first, decision);
            refused += 1;
        }
    }
    assert!((500..4_500).contains(&refused), "{refused}");
}
