//! Balancers: shares, fairness, and small simulations of what goes wrong with instances.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use medcover_kernel::{BasisPoints, Rng, SeededRng};
use medcover_resilience::{CallEnd, OutlierConfig, Pick, Pool, PoolConfig, Strategy};
use proptest::prelude::*;
use proptest::strategy::Strategy as _;

const MILLI: Duration = Duration::from_millis(1);
const FAILED: CallEnd = CallEnd::Failure { retry_after: None };

fn pool(strategy: Strategy, weights: &[u32]) -> Pool<usize> {
    let mut pool = Pool::new(PoolConfig {
        strategy,
        ..PoolConfig::default()
    })
    .expect("it works");
    for (instance, weight) in weights.iter().enumerate() {
        pool.join(instance, *weight);
    }
    pool
}

fn select(pool: &mut Pool<usize>, now: Duration, rng: &dyn Rng) -> Pick<usize> {
    pool.select_instance(&[], now, rng)
        .expect("there are instances")
}

#[test]
fn round_robin_takes_turns_though_instances_come_and_go() {
    let mut pool = pool(Strategy::RoundRobin, &[1, 1, 1]);
    let rng = SeededRng::new(0);
    let next = |pool: &mut Pool<usize>| select(pool, Duration::ZERO, &rng).instance;
    assert_eq!([0; 4].map(|_| next(&mut pool)), [0, 1, 2, 0]);
    pool.join(3, 1);
    pool.leave(&0);
    assert_eq!([0; 4].map(|_| next(&mut pool)), [1, 2, 3, 1]);
    pool.drain(&2);
    assert_eq!([0; 3].map(|_| next(&mut pool)), [3, 1, 3]);
    pool.join(2, 1);
    pool.set_healthy(&3, false);
    assert_eq!([0; 3].map(|_| next(&mut pool)), [1, 2, 1]);
}

#[test]
fn weights_are_kept_within_two_percent_and_smoothly() {
    let weights = [5, 1, 1, 13];
    let mut pool = pool(Strategy::Weighted, &weights);
    let rng = SeededRng::new(0);
    let mut counts = [0_u32; 4];
    let first: Vec<_> = (0..100_000)
        .map(|_| {
            let chosen = select(&mut pool, Duration::ZERO, &rng).instance;
            counts[chosen] += 1;
            chosen
        })
        .take(20)
        .collect();
    for _ in 20..100_000 {
        counts[select(&mut pool, Duration::ZERO, &rng).instance] += 1;
    }
    for (count, weight) in counts.iter().zip(weights) {
        let expected = 100_000 * weight / 20;
        assert!(count.abs_diff(expected) <= expected / 50, "{counts:?}");
    }
    // Smooth: the light ones come in between, not all at one end.
    let longest = first
        .chunk_by(|one, other| one == other)
        .map(<[_]>::len)
        .max();
    assert!(longest <= Some(4), "{first:?}");
}

#[test]
fn least_connections_asks_whoever_has_least_to_do_for_its_weight() {
    let mut pool = pool(Strategy::LeastConnections, &[1, 2]);
    let rng = SeededRng::new(0);
    let picks: Vec<_> = (0..6)
        .map(|_| select(&mut pool, Duration::ZERO, &rng))
        .collect();
    let of = |instance| {
        picks
            .iter()
            .filter(|pick| pick.instance == instance)
            .count()
    };
    assert_eq!([of(0), of(1)], [2, 4]);
    let idle = picks.iter().find(|pick| pick.instance == 0).unwrap();
    pool.finish(idle, CallEnd::Success, MILLI, Duration::ZERO, &rng);
    assert_eq!(select(&mut pool, Duration::ZERO, &rng).instance, 0);
}

#[test]
fn a_retry_goes_elsewhere_if_there_is_an_elsewhere() {
    let mut pool = pool(Strategy::PeakEwma, &[1, 1]);
    let rng = SeededRng::new(0);
    for _ in 0..50 {
        let other = pool.select_instance(&[0], Duration::ZERO, &rng).unwrap();
        assert_eq!(other.instance, 1);
    }
    assert!(
        pool.select_instance(&[0, 1], Duration::ZERO, &rng)
            .is_some()
    );
    let mut nobody: Pool<usize> = Pool::new(PoolConfig::default()).unwrap();
    assert_eq!(nobody.select_instance(&[], Duration::ZERO, &rng), None);
}

/// An instance of the simulation: how a call to it, begun at a moment, ends, and after how long.
type Behaviour = fn(Duration) -> (CallEnd, Duration);

fn good(_: Duration) -> (CallEnd, Duration) {
    (CallEnd::Success, MILLI * 10)
}

/// Each instance's share of calls in each second, and the failures.
fn simulate(config: PoolConfig, behaviours: &[Behaviour], seconds: u32) -> (Vec<Vec<u32>>, u32) {
    let mut pool = Pool::new(config).expect("it works");
    for instance in 0..behaviours.len() {
        pool.join(instance, 1);
    }
    let rng = SeededRng::new(7);
    let (mut out, mut failures) = (BTreeMap::new(), 0);
    let mut shares = vec![vec![0; behaviours.len()]; seconds as usize];
    for number in 0..seconds * 400 {
        let now = MILLI * number * 5 / 2;
        while let Some(first) = out.first_entry().filter(
            |it: &std::collections::btree_map::OccupiedEntry<'_, (Duration, u32), _>| {
                it.key().0 <= now
            },
        ) {
            let ((ended, _), (pick, end, took)): (
                (Duration, u32),
                (Pick<usize>, CallEnd, Duration),
            ) = first.remove_entry();
            failures += u32::from(end != CallEnd::Success);
            pool.finish(&pick, end, took, ended, &rng);
        }
        let pick = select(&mut pool, now, &rng);
        shares[(number / 400) as usize][pick.instance] += 1;
        let (end, took) = behaviours[pick.instance](now);
        out.insert((now + took, number), (pick, end, took));
    }
    (shares, failures)
}

#[test]
fn an_instance_that_fails_at_once_draws_no_traffic() {
    let bad: Behaviour = |_| (FAILED, MILLI);
    // By the balancer alone, without ejection.
    let config = PoolConfig {
        outliers: None,
        ..PoolConfig::default()
    };
    let (shares, failures) = simulate(config, &[good, good, good, bad], 60);
    let most = shares.iter().map(|second| second[3]).max().unwrap();
    assert!(most <= 4, "at most {most} of 400 a second went to it");
    assert!(failures <= 40, "{failures} of 24,000 failed");
}

#[test]
fn an_instance_that_hangs_or_is_slow_loses_its_share_and_gets_it_back() {
    let slow: Behaviour = |now| {
        let trouble = (10..30).contains(&now.as_secs());
        (
            CallEnd::Success,
            if trouble { MILLI * 800 } else { MILLI * 10 },
        )
    };
    let (shares, failures) = simulate(PoolConfig::default(), &[good, good, good, slow], 120);
    assert_eq!(failures, 0);
    let share = |from: usize, to: usize| {
        let calls: u32 = shares[from..to].iter().map(|second| second[3]).sum();
        calls as usize / (to - from)
    };
    assert!(
        (60..=140).contains(&share(0, 10)),
        "{}: a quarter before",
        share(0, 10)
    );
    assert!(
        share(11, 30) <= 8,
        "{}: next to nothing meanwhile",
        share(11, 30)
    );
    assert!(
        share(100, 120) >= 60,
        "{}: its share again",
        share(100, 120)
    );
}

#[test]
fn an_instance_that_fails_and_recovers_comes_back_by_itself() {
    let ill: Behaviour = |now| {
        if (10..30).contains(&now.as_secs()) {
            (FAILED, MILLI)
        } else {
            (CallEnd::Success, MILLI * 10)
        }
    };
    for strategy in Strategy::ALL {
        let config = PoolConfig {
            strategy,
            ..PoolConfig::default()
        };
        let (shares, failures) = simulate(config, &[good, good, good, ill], 200);
        assert!(failures <= 40, "{}: {failures} failed", strategy.as_str());
        let last: u32 = shares[180..].iter().map(|second| second[3]).sum();
        assert!(
            last >= 20 * 60,
            "{}: {last} of 8,000 at the end",
            strategy.as_str()
        );
    }
}

#[test]
fn a_fault_of_all_is_a_fault_of_none() {
    let bad: Behaviour = |_| (FAILED, MILLI);
    let (shares, _) = simulate(PoolConfig::default(), &[bad; 4], 20);
    let calls: u32 = shares.iter().flatten().sum();
    assert_eq!(calls, 20 * 400, "every call was made");
    let mut pool = pool(Strategy::RoundRobin, &[1; 4]);
    for instance in [0, 1, 2] {
        pool.set_healthy(&instance, false);
    }
    assert!(pool.is_panicking(Duration::ZERO));
    let rng = SeededRng::new(0);
    let asked: HashMap<_, u32> = (0..8).fold(HashMap::new(), |mut asked, _| {
        *asked
            .entry(select(&mut pool, Duration::ZERO, &rng).instance)
            .or_default() += 1;
        asked
    });
    assert_eq!(asked.len(), 4);
}

#[test]
fn who_was_found_unfit_is_asked_before_who_has_just_failed() {
    let mut pool = pool(Strategy::RoundRobin, &[1; 2]);
    pool.set_healthy(&1, false);
    let rng = SeededRng::new(0);
    let mut after = |tried: &[usize]| {
        let pick = pool.select_instance(tried, Duration::ZERO, &rng);
        pick.expect("there are two").instance
    };
    assert_eq!([after(&[]), after(&[0]), after(&[0, 1])], [0, 1, 0]);
    pool.drain(&1);
    let pick = pool.select_instance(&[0], Duration::ZERO, &rng);
    assert_eq!(pick.expect("one does not drain").instance, 0);
}

#[derive(Clone, Debug)]
enum Step {
    Select,
    Finish(usize, bool),
    Pass(u64),
    Join(usize),
    Leave(usize),
    Drain(usize),
    Health(usize, bool),
}

fn step() -> impl proptest::strategy::Strategy<Value = Step> {
    prop_oneof![
        20 => Just(Step::Select),
        20 => (any::<usize>(), prop::bool::weighted(0.7)).prop_map(|(at, failed)| Step::Finish(at, failed)),
        6 => (0..3_000_u64).prop_map(Step::Pass),
        2 => (0..8_usize).prop_map(Step::Join),
        1 => (0..8_usize).prop_map(Step::Leave),
        1 => (0..8_usize).prop_map(Step::Drain),
        1 => (0..8_usize, any::<bool>()).prop_map(|(at, healthy)| Step::Health(at, healthy)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn never_more_are_put_aside_than_may_be_and_whoever_is_fit_is_chosen(
        strategy in 0..4_usize,
        share in 0..=100_u32,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let most_ejected = BasisPoints::new(share * 100).unwrap();
        let outliers = OutlierConfig { consecutive_failures: 2, most_ejected, ..OutlierConfig::default() };
        let config = PoolConfig { strategy: Strategy::ALL[strategy], outliers: Some(outliers), ..PoolConfig::default() };
        let mut pool = Pool::new(config).unwrap();
        let rng = SeededRng::new(1);
        let (mut now, mut out): (_, Vec<Pick<usize>>) = (Duration::ZERO, Vec::new());
        for step in steps {
            match step {
                Step::Select => {
                    let before = pool.status(now);
                    let panics = pool.is_panicking(now);
                    match pool.select_instance(&[], now, &rng) {
                        None => prop_assert!(before.iter().all(|it| it.draining)),
                        Some(pick) => {
                            let chosen = before.iter().find(|it| it.instance == pick.instance).unwrap();
                            prop_assert!(!chosen.draining && (panics || (chosen.healthy && !chosen.ejected)));
                            out.push(pick);
                        }
                    }
                }
                Step::Finish(at, failed) if !out.is_empty() => {
                    let pick = out.swap_remove(at % out.len());
                    let end = if failed { FAILED } else { CallEnd::Success };
                    if pool.finish(&pick, end, MILLI, now, &rng) {
                        // The floor holds at the moment of each ejection; who leaves later cannot break it backwards.
                        let status = pool.status(now);
                        let there: Vec<_> = status.iter().filter(|it| !it.draining).collect();
                        let aside = there.iter().filter(|it| it.ejected).count();
                        prop_assert!(aside * 100 <= there.len() * share as usize);
                        prop_assert!(there.iter().any(|it| it.healthy && !it.ejected));
                    }
                }
                Step::Finish(..) => {}
                Step::Pass(time) => now += MILLI * time as u32,
                Step::Join(instance) => pool.join(instance, 1 + instance as u32),
                Step::Leave(instance) => pool.leave(&instance),
                Step::Drain(instance) => pool.drain(&instance),
                Step::Health(instance, healthy) => pool.set_healthy(&instance, healthy),
            }
            for status in pool.status(now) {
                let pending = out.iter().filter(|pick| pick.instance == status.instance).count();
                prop_assert!(status.pending as usize <= pending);
            }
        }
    }
}

#[test]
fn another_strategy_takes_over_what_is_known_of_the_instances() {
    let mut pool = pool(Strategy::RoundRobin, &[1, 1]);
    let rng = SeededRng::new(0);
    let busy = select(&mut pool, Duration::ZERO, &rng);
    let least = PoolConfig {
        strategy: Strategy::LeastConnections,
        ..PoolConfig::default()
    };
    pool.reconfigure(least).expect("it works");
    let idle = select(&mut pool, Duration::ZERO, &rng);
    assert_ne!(idle.instance, busy.instance, "calls on their way count on");
    pool.finish(&busy, CallEnd::Success, MILLI, Duration::ZERO, &rng);
    let again = select(&mut pool, Duration::ZERO, &rng);
    assert_eq!(again.instance, busy.instance);
    let broken = PoolConfig {
        decay: Duration::ZERO,
        ..least
    };
    assert!(pool.reconfigure(broken).is_err());
}

#[test]
fn strategies_are_known_by_name() {
    for strategy in Strategy::ALL {
        assert_eq!(strategy.as_str().parse(), Ok(strategy));
    }
    assert!("fastest".parse::<Strategy>().is_err());
}
