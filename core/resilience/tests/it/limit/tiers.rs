//! The numbers of the tiers, each reached and none exceeded.

use std::time::Duration;

use medcover_resilience::{Bound, Cost, RateLimitTier, RateState, TierLimits, Wait};

const TIERS: [RateLimitTier; 4] = [
    RateLimitTier::Anonymous,
    RateLimitTier::Authenticated,
    RateLimitTier::Premium,
    RateLimitTier::Enterprise,
];

/// How many requests are admitted to who asks the very moment he may, for so many seconds.
fn admitted_within(tier: RateLimitTier, seconds: u64) -> u32 {
    let limits = TierLimits::of(tier).limits().expect("it works");
    let (mut state, mut now, mut admitted) = (RateState::default(), Duration::ZERO, 0);
    while now < Duration::from_secs(seconds) {
        match limits.decide(&mut state, now, Cost::ONE).refused {
            None => admitted += 1,
            Some(refused) => match refused.wait {
                Wait::For(wait) => now += wait,
                Wait::Forever => panic!("one request is never too much"),
            },
        }
    }
    admitted
}

#[test]
fn a_burst_is_as_large_as_the_bucket() {
    let bursts = TIERS.map(|tier| {
        let limits = TierLimits::of(tier).limits().unwrap();
        let mut state = RateState::default();
        let mut admitted = 0;
        while limits
            .decide(&mut state, Duration::ZERO, Cost::ONE)
            .is_admitted()
        {
            admitted += 1;
        }
        let refused = limits.decide(&mut state, Duration::ZERO, Cost::ONE).refused;
        assert_eq!(refused.unwrap().by, Bound::Bucket);
        admitted
    });
    assert_eq!(bursts, [10, 50, 200, 2_000]);
}

#[test]
fn a_minute_holds_what_the_tighter_of_bucket_and_window_allows() {
    // Bucket: burst + 60 × refill, the token of the 60th second not yet there; window: the limit of a minute.
    let minutes = TIERS.map(|tier| admitted_within(tier, 60));
    assert_eq!(minutes, [60, 200, 200 + 599, 10_000]);
}

#[test]
fn an_hour_holds_what_the_tightest_of_the_three_allows() {
    // Sustained: anonymous and authenticated by the hour, premium likewise (600 a minute would be 36,000).
    let three = [
        RateLimitTier::Anonymous,
        RateLimitTier::Authenticated,
        RateLimitTier::Premium,
    ];
    let hours = three.map(|tier| admitted_within(tier, 3_600));
    assert_eq!(hours, [1_000, 5_000, 20_000]);
    assert_eq!(admitted_within(RateLimitTier::Enterprise, 3_600), 200_000);
}

#[test]
fn ten_requests_of_a_tenth_weigh_as_one() {
    let limits = TierLimits::of(RateLimitTier::Anonymous).limits().unwrap();
    let (mut state, tenth) = (RateState::default(), Cost::thousandths(100));
    for _ in 0..100 {
        assert!(
            limits
                .decide(&mut state, Duration::ZERO, tenth)
                .is_admitted()
        );
    }
    assert!(
        !limits
            .decide(&mut state, Duration::ZERO, tenth)
            .is_admitted()
    );
}
