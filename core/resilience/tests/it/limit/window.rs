//! The log beyond its entries: coarser, within a grain, and never looser.

use std::time::Duration;

use medcover_kernel::{Rng, SeededRng};
use medcover_resilience::{SlidingWindow, WindowLog};

use super::{NaiveWindow, any_cost, any_pause};

#[test]
fn a_full_log_refuses_at_most_a_grain_longer_and_never_admits_too_early() {
    let mut coarse = 0;
    for seed in 0..1_000 {
        let rng = SeededRng::new(seed);
        let (limit, entries) = (20 + rng.below(200) as u32, 8 + rng.below(24) as u32);
        let length = Duration::from_millis(500 + rng.below(2_000));
        let window = SlidingWindow::with_entries(limit, length, entries).unwrap();
        let grain = length * 2 / entries + Duration::from_nanos(1);
        let (mut log, mut naive) = (WindowLog::default(), NaiveWindow::new(limit, length));
        let mut now = Duration::ZERO;
        for _ in 0..400 {
            now += any_pause(&rng, Duration::from_millis(30));
            let cost = any_cost(&rng);
            log.expire(&window, now);
            if log.wait(&window, now, cost).is_none() {
                assert!(naive.admits(now, cost), "seed {seed}: too early at {now:?}");
                log.take(&window, now, cost, u32::MAX);
                naive.take(now, cost);
            } else {
                coarse += u32::from(naive.admits(now, cost));
                let shifted = NaiveWindow {
                    length: length + grain,
                    admitted: naive.admitted.clone(),
                    ..naive
                };
                assert!(!shifted.admits(now, cost), "seed {seed}: too long");
            }
        }
    }
    assert!(coarse > 200, "{coarse}: the logs were full");
}

#[test]
fn a_request_counts_for_exactly_the_length() {
    let second = Duration::from_secs(1);
    let window = SlidingWindow::new(1, second).unwrap();
    let mut log = WindowLog::default();
    let cost = medcover_resilience::Cost::ONE;
    log.take(&window, second, cost, u32::MAX);
    for (now, admitted) in [
        (Duration::from_nanos(1_999_999_999), false),
        (2 * second, true),
    ] {
        log.expire(&window, now);
        assert_eq!(log.wait(&window, now, cost).is_none(), admitted);
    }
    assert_eq!(log.standing(&window, 2 * second).remaining, 1);
}
