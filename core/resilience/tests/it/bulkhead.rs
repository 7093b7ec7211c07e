//! Slots and queue beside a model of two plain lists.

use std::time::Duration;

use medcover_kernel::BasisPoints;
use medcover_resilience::{Bulkhead, BulkheadConfig, Changes, Entry, PlaceId, Priority, Shares};
use proptest::prelude::*;

const MILLI: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
enum Step {
    Acquire(usize),
    Release(usize),
    Pass(u64),
    Expire,
    Resize(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..3_usize).prop_map(Step::Acquire),
        8 => any::<usize>().prop_map(Step::Release),
        6 => (0..60_u64).prop_map(Step::Pass),
        2 => Just(Step::Expire),
        1 => (1..8_u32).prop_map(Step::Resize),
    ]
}

fn config() -> impl Strategy<Value = BulkheadConfig> {
    let share = || (0..=100_u32).prop_map(|it| BasisPoints::new(it * 100).expect("it works"));
    (1..8_u32, 0..6_u32, 1..200_u64, 1..200_u64, share(), share()).prop_map(
        |(slots, queue, wait, overload, normal, background)| BulkheadConfig {
            slots,
            queue,
            longest_wait: MILLI * wait as u32,
            overload_after: MILLI * overload as u32,
            shares: Shares { normal, background },
            lease: MILLI * 300,
        },
    )
}

/// Everyone who is in, in the order of arrival.
struct Naive {
    config: BulkheadConfig,
    running: Vec<(PlaceId, Duration)>,
    waiting: Vec<(PlaceId, Priority, Duration)>,
}

impl Naive {
    fn has_room(&self, priority: Priority) -> bool {
        let ceiling = self.config.shares.ceiling(priority, self.config.slots);
        self.running.len() < ceiling as usize
    }

    fn settle(&mut self, now: Duration) -> Changes {
        let mut changes = Changes::default();
        for priority in Priority::ALL {
            let late = |it: &&(PlaceId, Priority, Duration)| {
                it.1 == priority && now >= it.2 + self.config.longest_wait
            };
            changes
                .dropped
                .extend(self.waiting.iter().filter(late).map(|it| it.0));
        }
        self.waiting.retain(|it| !changes.dropped.contains(&it.0));
        for priority in Priority::ALL {
            loop {
                let mut line = self.waiting.iter().filter(|it| it.1 == priority);
                let Some(first) = line.next() else { break };
                if !self.has_room(priority) {
                    break;
                }
                let overloaded = now >= first.2 + self.config.overload_after;
                let served = if overloaded {
                    line.next_back().unwrap_or(first).0
                } else {
                    first.0
                };
                self.waiting.retain(|it| it.0 != served);
                self.running.push((served, now));
                changes.granted.push(served);
            }
        }
        changes
    }

    /// Whom an arrival pushes out: the last of the least important below it.
    fn displaced(&self, priority: Priority) -> Option<PlaceId> {
        let least = self
            .waiting
            .iter()
            .map(|it| it.1)
            .max()
            .filter(|it| *it > priority)?;
        self.waiting
            .iter()
            .rev()
            .find(|it| it.1 == least)
            .map(|it| it.0)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn slots_and_queue_do_what_two_lists_do(
        config in config(),
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut bulkhead = Bulkhead::new(config).unwrap();
        let mut naive = Naive { config, running: vec![], waiting: vec![] };
        let mut now = Duration::ZERO;
        let mut arrived = Vec::new();
        for step in steps {
            match step {
                Step::Acquire(priority) => {
                    let priority = Priority::ALL[priority];
                    let room = naive.has_room(priority);
                    let queued = naive.waiting.len() < config.queue as usize;
                    let displaced = naive.displaced(priority).filter(|_| !queued);
                    match bulkhead.acquire(priority, now) {
                        Entry::Running(place) => {
                            prop_assert!(room);
                            naive.running.push((place, now));
                            arrived.push(place);
                        }
                        Entry::Waiting { place, displaced: found } => {
                            prop_assert!(!room && (queued || displaced.is_some()));
                            prop_assert_eq!(found, displaced);
                            naive.waiting.retain(|it| Some(it.0) != displaced);
                            naive.waiting.push((place, priority, now));
                            arrived.push(place);
                        }
                        Entry::Full => prop_assert!(!room && !queued && displaced.is_none()),
                    }
                }
                // Also of places that are no more: given back twice, displaced, dropped or reclaimed.
                Step::Release(at) if !arrived.is_empty() => {
                    let place = arrived[at % arrived.len()];
                    let changes = bulkhead.release(place, now);
                    naive.running.retain(|it| it.0 != place);
                    naive.waiting.retain(|it| it.0 != place);
                    prop_assert_eq!(changes, naive.settle(now));
                }
                Step::Release(_) => {}
                Step::Pass(time) => now += MILLI * time as u32,
                Step::Expire => {
                    let changes = bulkhead.expire(now);
                    naive.running.retain(|it| now < it.1 + config.lease);
                    prop_assert_eq!(changes, naive.settle(now));
                }
                Step::Resize(slots) => {
                    let changes = bulkhead.resize(slots, now);
                    naive.config.slots = slots;
                    prop_assert_eq!(changes, naive.settle(now));
                }
            }
            let stats = bulkhead.stats(now);
            prop_assert_eq!(stats.active as usize, naive.running.len());
            prop_assert_eq!(stats.waiting as usize, naive.waiting.len());
            prop_assert!(stats.waiting <= config.queue);
        }
    }

    #[test]
    fn whoever_goes_away_leaves_nothing_behind(
        config in config(),
        steps in prop::collection::vec(step(), 1..100),
    ) {
        let mut bulkhead = Bulkhead::new(config).unwrap();
        let mut now = Duration::ZERO;
        for step in steps {
            match step {
                Step::Acquire(priority) => drop(bulkhead.acquire(Priority::ALL[priority], now)),
                Step::Pass(time) => now += MILLI * time as u32,
                _ => {}
            }
        }
        for _ in 0..=config.queue {
            now += config.lease + config.longest_wait;
            bulkhead.expire(now);
        }
        let stats = bulkhead.stats(now);
        prop_assert_eq!((stats.active, stats.waiting), (0, 0));
    }
}

#[test]
fn a_reserve_stays_free_for_the_critical() {
    let shares = Shares::default();
    let ceilings = |slots| Priority::ALL.map(|priority| shares.ceiling(priority, slots));
    assert_eq!(ceilings(1_000), [1_000, 800, 500]);
    assert_eq!(ceilings(5), [5, 3, 2]);
    assert_eq!(ceilings(2), [2, 1, 1]);
    assert_eq!(ceilings(1), [1, 1, 1]);
    let all = Priority::ALL.map(|priority| Shares::NONE_RESERVED.ceiling(priority, 7));
    assert_eq!(all, [7, 7, 7]);
}
