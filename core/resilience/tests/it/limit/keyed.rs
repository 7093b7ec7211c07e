//! Many keys: independent of each other while remembered, never better off for being forgotten.

use std::collections::HashMap;
use std::time::Duration;

use medcover_kernel::{Rng, SeededRng};
use medcover_resilience::{
    Cost, KeyedFigures, KeyedLimits, KeyedLimitsConfig, RateLimitTier, RateLimits, RateState,
    SlidingWindow, TierLimits, TokenBucket,
};
use proptest::prelude::*;

use super::{NaiveBucket, NaiveWindow};

const PERIOD: Duration = Duration::from_millis(700);
const LENGTH: Duration = Duration::from_secs(3);

fn limits() -> RateLimits {
    let bucket = TokenBucket::new(3, 1, PERIOD).expect("it works");
    let window = SlidingWindow::with_entries(6, LENGTH, 8).expect("it works");
    RateLimits::new(Some(bucket), vec![window]).expect("it works")
}

fn keyed(max_keys: usize, max_entries: usize, shards: usize) -> KeyedLimits<u64> {
    let config = KeyedLimitsConfig {
        max_keys,
        max_entries,
        shards,
    };
    KeyedLimits::new(&limits(), config).expect("it works")
}

type Trace = Vec<(u64, u64, u32)>;

fn trace(keys: u64) -> impl Strategy<Value = Trace> {
    let request = (
        0..keys,
        0..400_u64,
        prop_oneof![Just(1_000), 100..2_000_u32],
    );
    prop::collection::vec(request, 1..300)
}

fn moments(trace: &Trace) -> impl Iterator<Item = (u64, Duration, Cost)> {
    let start = Duration::ZERO;
    trace.iter().scan(start, |now, (key, pause, cost)| {
        *now += Duration::from_millis(*pause);
        Some((*key, *now, Cost::thousandths(*cost)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn with_room_for_all_each_key_is_decided_by_itself(trace in trace(12)) {
        let (store, limits) = (keyed(12 * 16, 1_000, 1), limits());
        let mut alone: HashMap<u64, RateState> = HashMap::new();
        for (key, now, cost) in moments(&trace) {
            let expected = limits.decide(alone.entry(key).or_default(), now, cost);
            prop_assert_eq!(store.look(&key, now).bucket.is_some(), true);
            prop_assert_eq!(store.check_rate_limit(&key, now, cost), expected);
            if now.as_millis() % 5 == 0 {
                store.sweep(now);
            }
        }
        prop_assert_eq!(store.figures().evicted, 0);
    }

    #[test]
    fn eviction_and_scarce_entries_never_loosen(trace in trace(40), places in 1..8_usize, entries in 0..40_usize) {
        let store = keyed(places, entries, 1);
        let mut naive: HashMap<u64, (NaiveBucket, NaiveWindow)> = HashMap::new();
        for (key, now, cost) in moments(&trace) {
            let (bucket, window) = naive
                .entry(key)
                .or_insert_with(|| (NaiveBucket::new(3, 1, PERIOD), NaiveWindow::new(6, LENGTH)));
            if store.check_rate_limit(&key, now, cost).is_admitted() {
                prop_assert!(bucket.admits(now, cost), "the bucket of {} at {:?}", key, now);
                prop_assert!(window.admits(now, cost), "the window of {} at {:?}", key, now);
                bucket.take(cost);
                window.take(now, cost);
            }
            prop_assert!(store.figures().keys <= places);
            if now.as_millis() % 3 == 0 {
                store.sweep(now);
            }
        }
    }

    #[test]
    fn keys_that_are_full_again_make_room_first(pauses in prop::collection::vec(0..300_u64, 1..60)) {
        let store = keyed(4, 100, 1);
        let mut now = Duration::ZERO;
        let mut last = HashMap::new();
        for (key, pause) in (0_u64..).zip(pauses) {
            now += Duration::from_millis(pause);
            let idle = last.values().any(|at: &Duration| *at + LENGTH <= now);
            let evicted = store.figures().evicted;
            let before = store.figures().keys;
            if store.check_rate_limit(&key, now, Cost::ONE).is_admitted() {
                let made_room = before == 4;
                prop_assert_eq!(store.figures().evicted - evicted, u64::from(made_room && !idle));
                if made_room {
                    let first = *last.iter().min_by_key(|it| it.1).unwrap().0;
                    last.remove(&first);
                }
                last.insert(key, now);
            }
        }
    }
}

#[test]
fn other_limits_keep_what_was_used() {
    let store = keyed(16, 1_000, 1);
    let now = Duration::from_secs(1);
    assert!(store.check_rate_limit(&7, now, Cost::ONE).is_admitted());
    let bucket = TokenBucket::new(4, 2, PERIOD).unwrap();
    store.replace_limits(&RateLimits::new(Some(bucket), Vec::new()).unwrap());
    // One token of the old bucket took 700 ms to come back; that is two tokens of the new one.
    assert_eq!(store.look(&7, now).bucket.unwrap().remaining, 2);
    assert_eq!(store.look(&8, now).bucket.unwrap().remaining, 4);
}

const KEYS: usize = 4_000;

/// Two logs of four entries, a slot, a place in the heap and two in the index, doubled by growth: under 1 KiB a key.
fn assert_within(figures: &KeyedFigures) {
    assert!(
        figures.keys <= KEYS && figures.bytes < KEYS * 1_024,
        "{figures:?}"
    );
}

#[test]
fn ten_million_distinct_keys_stay_within_the_bound() {
    let limits = TierLimits::of(RateLimitTier::Anonymous).limits().unwrap();
    let config = KeyedLimitsConfig {
        max_keys: KEYS,
        max_entries: 10_000,
        shards: 16,
    };
    let store: KeyedLimits<u64> = KeyedLimits::new(&limits, config).unwrap();
    // Two threads, so that the locks have something to do.
    let half = |seed: u64| {
        let rng = SeededRng::new(seed);
        for number in 0..5_000_000_u64 {
            let now = Duration::from_micros(number * 40);
            store.check_rate_limit(&rng.next_u64(), now, Cost::ONE);
            if number % 100_000 == 0 {
                assert_within(&store.figures());
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| half(1));
        half(2);
    });
    assert!(store.figures().evicted > 0);
    assert_eq!(
        store.sweep(Duration::from_secs(8_000)),
        store.figures().keys.max(KEYS)
    );
    assert_eq!(store.figures().keys, 0);
}
