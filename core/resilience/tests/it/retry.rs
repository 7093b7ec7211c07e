//! Retries: what is refused and why, and that everything failing does not make much more of it.

use std::time::Duration;

use medcover_kernel::{BasisPoints, SeededRng};
use medcover_resilience::{BudgetConfig, FailedAttempt, NoRetry, Repeat, RetryBudget, RetryPolicy};
use proptest::prelude::*;

const MILLI: Duration = Duration::from_millis(1);

fn failed() -> FailedAttempt {
    FailedAttempt {
        number: 1,
        repeat: Repeat::Safe,
        replayable: true,
        retry_after: None,
        left: Duration::from_secs(10),
    }
}

fn decide(failed: &FailedAttempt, budget: &mut RetryBudget) -> Result<Duration, NoRetry> {
    let rng = SeededRng::new(5);
    RetryPolicy::default().decide(failed, budget, Duration::ZERO, &rng)
}

#[test]
fn each_refusal_has_its_reason_and_costs_nothing() {
    let mut budget = RetryBudget::new(BudgetConfig {
        per_second: 0,
        most_saved: 2,
        ..BudgetConfig::default()
    })
    .unwrap();
    let cases = [
        (
            FailedAttempt {
                repeat: Repeat::Unsafe,
                ..failed()
            },
            NoRetry::Unsafe,
        ),
        (
            FailedAttempt {
                replayable: false,
                ..failed()
            },
            NoRetry::NotReplayable,
        ),
        (
            FailedAttempt {
                number: 4,
                ..failed()
            },
            NoRetry::AttemptsUsed,
        ),
        (
            FailedAttempt {
                retry_after: Some(MILLI * 2_001),
                ..failed()
            },
            NoRetry::RetryAfterTooLong,
        ),
        (
            FailedAttempt {
                left: MILLI * 10,
                ..failed()
            },
            NoRetry::DeadlineTooClose,
        ),
        (
            FailedAttempt {
                retry_after: Some(MILLI * 1_999),
                left: MILLI * 2_000,
                ..failed()
            },
            NoRetry::DeadlineTooClose,
        ),
    ];
    for (failed, reason) in cases {
        assert_eq!(decide(&failed, &mut budget), Err(reason), "{failed:?}");
    }
    assert!(
        decide(
            &FailedAttempt {
                repeat: Repeat::NeverSent,
                ..failed()
            },
            &mut budget
        )
        .is_ok()
    );
    assert!(decide(&failed(), &mut budget).is_ok());
    assert_eq!(decide(&failed(), &mut budget), Err(NoRetry::BudgetSpent));
}

#[test]
fn pauses_are_spread_below_a_doubling_bound_and_after_what_was_asked() {
    let policy = RetryPolicy {
        retries: 20,
        first: MILLI * 100,
        cap: MILLI * 400,
        ..RetryPolicy::default()
    };
    let rng = SeededRng::new(9);
    for (number, bound, asked) in [(1, 100, 0), (2, 200, 0), (3, 400, 500), (20, 400, 0)] {
        let failed = FailedAttempt {
            number,
            retry_after: Some(MILLI * asked),
            ..failed()
        };
        let pause = |_| {
            let mut budget = RetryBudget::new(BudgetConfig::default()).unwrap();
            policy
                .decide(&failed, &mut budget, Duration::ZERO, &rng)
                .unwrap()
        };
        let pauses: Vec<_> = (0..2_000).map(pause).collect();
        let (asked, bound) = (MILLI * asked, MILLI * bound);
        assert!(pauses.iter().all(|it| (asked..=asked + bound).contains(it)));
        let mean = (pauses.iter().sum::<Duration>() / 2_000).saturating_sub(asked);
        assert!(
            mean > bound * 45 / 100 && mean < bound * 55 / 100,
            "{mean:?} of {bound:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The promise of the budget, for every span of the trace; and that it is not stingy.
    #[test]
    fn in_any_span_retries_are_at_most_what_was_saved_and_earned(
        ratio in 0..=3_000_u32,
        per_second in 0..4_u32,
        most_saved in 1..6_u32,
        steps in prop::collection::vec((any::<bool>(), 0..300_u64), 1..120),
    ) {
        let config = BudgetConfig { ratio: BasisPoints::new(ratio).unwrap(), per_second, most_saved };
        let mut budget = RetryBudget::new(config).unwrap();
        let mut now = Duration::ZERO;
        let mut events = Vec::new();
        // The same in millionths of a retry per millisecond: all numbers of this trace are whole.
        let (mut saved, brim) = (u64::from(most_saved) * 10_000_000, u64::from(most_saved) * 10_000_000);
        for (request, pause) in steps {
            now += MILLI * pause as u32;
            saved = brim.min(saved + pause * u64::from(per_second) * 10_000);
            if request {
                budget.deposit(now);
                saved = brim.min(saved + u64::from(ratio) * 1_000);
                events.push((now, true));
            } else {
                prop_assert_eq!(budget.spend(now), saved >= 10_000_000);
                if saved >= 10_000_000 {
                    saved -= 10_000_000;
                    events.push((now, false));
                }
            }
        }
        for from in 0..events.len() {
            let (mut requests, mut retries) = (0.0, 0.0);
            for (at, request) in &events[from..] {
                if *request { requests += 1.0 } else { retries += 1.0 }
                let span = at.saturating_sub(events[from].0).as_secs_f64();
                let earned = requests * f64::from(ratio) / 10_000.0 + span * f64::from(per_second);
                prop_assert!(retries <= f64::from(most_saved) + earned + 1e-6);
            }
        }
    }
}

#[test]
fn when_everything_fails_the_load_grows_by_the_budget_and_no_more() {
    let (policy, rng) = (RetryPolicy::default(), SeededRng::new(2));
    let mut budget = RetryBudget::new(BudgetConfig::default()).unwrap();
    let (requests, mut sent) = (20_000_u32, 0_u32);
    for request in 0..requests {
        // 1,000 a second, each of which fails whatever is tried.
        let now = MILLI * request;
        budget.deposit(now);
        sent += 1;
        let mut attempt = failed();
        while policy.decide(&attempt, &mut budget, now, &rng).is_ok() {
            attempt.number += 1;
            sent += 1;
        }
    }
    let load = f64::from(sent) / f64::from(requests);
    assert!((1.05..=1.2).contains(&load), "{load}");
}

#[test]
fn another_budget_takes_over_what_was_saved_as_far_as_it_may() {
    let of = |most_saved, percent: u32| BudgetConfig {
        ratio: BasisPoints::new(percent * 100).unwrap(),
        per_second: 0,
        most_saved,
    };
    let mut budget = RetryBudget::new(of(10, 10)).unwrap();
    let left = |budget: &mut RetryBudget| budget.remaining(Duration::ZERO);
    assert!(budget.spend(Duration::ZERO));
    budget.reconfigure(of(20, 100), Duration::ZERO).unwrap();
    assert_eq!(left(&mut budget), 9);
    budget.deposit(Duration::ZERO);
    assert_eq!(left(&mut budget), 10, "each request pays for one now");
    budget.reconfigure(of(3, 0), Duration::ZERO).unwrap();
    assert_eq!(left(&mut budget), 3);
    assert!(budget.reconfigure(of(0, 0), Duration::ZERO).is_err());
}
