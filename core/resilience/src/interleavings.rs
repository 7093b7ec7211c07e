//! What threads share, under thousands of schedules of threads (shuttle), each of which can be replayed.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use medcover_kernel::BasisPoints;
use shuttle::{check_pct, check_random, thread};

use crate::{
    BreakerConfig, BudgetConfig, CallResult, CircuitBreaker, CircuitState, Cost, KeyedLimits,
    KeyedLimitsConfig, RateLimits, SharedBudget, TokenBucket,
};

const SCHEDULES: usize = 2_000;
const NOW: Duration = Duration::from_secs(100);
const MILLI: Duration = Duration::from_millis(1);

/// Random schedules, and those that change threads at few but awkward places.
fn under_all_schedules(test: fn()) {
    check_random(test, SCHEDULES);
    check_pct(test, SCHEDULES, 3);
}

/// Runs `work` in three threads at once; what they answer added up.
fn three_at_once(work: impl Fn(u32) -> u32 + Send + Sync + 'static) -> u32 {
    let work = Arc::new(work);
    let start = |number| {
        let work = Arc::clone(&work);
        thread::spawn(move || work(number))
    };
    let threads: Vec<_> = (0..3).map(start).collect();
    let answers = threads.into_iter().map(thread::JoinHandle::join);
    answers
        .map(|answer| answer.expect("no thread panics"))
        .sum()
}

fn half_open() -> CircuitBreaker {
    let config = BreakerConfig {
        failure_threshold: 1,
        probes: 2,
        probe_lease: Duration::from_secs(10),
        ..BreakerConfig::default()
    };
    let breaker = CircuitBreaker::new(config).expect("settings that work");
    let ticket = breaker.try_acquire(Duration::ZERO).expect("closed");
    ticket.record(CallResult::Failure, MILLI, Duration::ZERO);
    breaker
}

#[test]
fn probes_never_exceed_their_number_and_never_leak() {
    under_all_schedules(|| {
        let breaker = half_open();
        let shared = breaker.clone();
        let (out, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let seen = Arc::clone(&most);
        three_at_once(move |number| {
            let Ok(ticket) = shared.try_acquire(NOW) else {
                return 0;
            };
            seen.fetch_max(out.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::yield_now();
            out.fetch_sub(1, Ordering::SeqCst);
            // One gives up, the others are answered.
            if number == 0 {
                drop(ticket);
            } else {
                ticket.record(CallResult::Success, MILLI, NOW);
            }
            1
        });
        assert!(most.load(Ordering::SeqCst) <= 2);
        // Whatever happened, two good calls from here close it: no place of a probe was lost.
        for _ in 0..2 {
            if let Ok(ticket) = breaker.try_acquire(NOW) {
                ticket.record(CallResult::Success, MILLI, NOW);
            }
        }
        assert_eq!(breaker.status(NOW).state, CircuitState::Closed);
    });
}

#[test]
fn a_failed_probe_opens_once_whoever_else_is_on_the_way() {
    under_all_schedules(|| {
        let breaker = half_open();
        let shared = breaker.clone();
        let transitions = three_at_once(move |_| {
            let ticket = shared.try_acquire(NOW);
            thread::yield_now();
            let failed = ticket.map(|it| it.record(CallResult::Failure, MILLI, NOW));
            u32::from(failed.is_ok_and(|transition| transition.is_some()))
        });
        assert_eq!(transitions, 1);
        assert_eq!(breaker.status(NOW).opened, 2);
    });
}

#[test]
fn threads_that_ask_for_one_key_share_its_tokens_exactly() {
    under_all_schedules(|| {
        let bucket = TokenBucket::new(4, 1, Duration::from_secs(1)).expect("a bucket");
        let limits = RateLimits::new(Some(bucket), Vec::new()).expect("limits");
        let config = KeyedLimitsConfig {
            max_keys: 2,
            max_entries: 100,
            shards: 1,
        };
        // Hashed without a seed, so that a schedule can be replayed.
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let store = KeyedLimits::with_hasher(&limits, config, hasher).expect("bounds");
        let store = Arc::new(store);
        let shared = Arc::clone(&store);
        let admitted = three_at_once(move |number| {
            let ask = |key| shared.check_rate_limit(&key, NOW, Cost::ONE).is_admitted();
            let mine = u32::from(ask(7)) + u32::from(ask(7));
            // Others crowd the table meanwhile, and the sweeper runs.
            ask(100 + number);
            shared.sweep(NOW);
            mine
        });
        // Evicted in between or not, the key gets its four tokens at most.
        assert!(admitted <= 4, "{admitted} admitted");
        assert!(store.figures().keys <= 2);
    });
}

#[test]
fn a_budget_is_spent_once() {
    under_all_schedules(|| {
        let config = BudgetConfig {
            ratio: BasisPoints::ZERO,
            per_second: 0,
            most_saved: 2,
        };
        let budget = Arc::new(SharedBudget::new(config).expect("a budget"));
        let spent = three_at_once(move |_| u32::from(budget.spend(NOW)));
        assert_eq!(spent, 2);
    });
}
