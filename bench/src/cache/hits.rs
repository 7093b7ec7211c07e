//! Hits a second, a thread.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use medcover_cache::Space;
use serde::Serialize;
use tokio::runtime::Runtime;

use super::keys::{KEYS, Key, ROOM, Record, cache, fill, record};
use crate::random::Random;
use crate::sample::median;

/// How many hits are timed together: about a millisecond, so that most slices are not interrupted by whatever else the
/// machine does, and the ways are compared within the same few milliseconds.
const SLICE: usize = 1_000;

/// How fast one way of asking is.
#[derive(Serialize)]
pub struct Hits {
    pub name: &'static str,
    pub threads: usize,
    /// Of the median slice, over all threads.
    pub hits_per_s_a_thread: f64,
}

type Bare = quick_cache::sync::Cache<String, Arc<Record>, Weigh>;
type Moka = moka::sync::Cache<String, Arc<Record>>;

/// Weighs a record as ours are.
#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<String, Arc<Record>> for Weigh {
    fn weight(&self, key: &String, _: &Arc<Record>) -> u64 {
        key.len() as u64 + 512
    }
}

/// The names of the ways, in the order in which they take turns.
const WAYS: [&str; 4] = [
    "quick_cache alone",
    "moka alone",
    "Space::get",
    "Space::get_or_load",
];

/// Everything that is asked.
struct Subjects {
    bare: Bare,
    moka: Moka,
    space: Space<Key>,
}

/// The ways take turns, `slices` times each; the keys are drawn evenly, before the clock runs.
pub fn measure(slices: usize) -> Vec<Hits> {
    let subjects = Subjects::filled();
    let mut found = Vec::new();
    for threads in [1, 2] {
        let times = slices_of(threads, slices, &subjects);
        found.extend(WAYS.into_iter().zip(times).map(|(name, seconds)| Hits {
            name,
            threads,
            hits_per_s_a_thread: SLICE as f64 / median(seconds),
        }));
    }
    found
}

impl Subjects {
    fn filled() -> Self {
        let runtime = runtime();
        let bare = Bare::with_weighter(KEYS, ROOM, Weigh);
        let moka = Moka::builder()
            .max_capacity(ROOM)
            .weigher(|key, _| key.len() as u32 + 512)
            .build();
        for number in 0..KEYS {
            let value = Arc::new(record(number));
            bare.insert(Key::of(number).text(), Arc::clone(&value));
            moka.insert(Key::of(number).text(), value);
        }
        let space = cache().space::<Key>();
        runtime.block_on(fill(&space, KEYS));
        Self { bare, moka, space }
    }

    /// How long a slice takes by each of [`WAYS`], in seconds. What an engine alone is asked has its text already: the
    /// cheapest there is.
    fn turn(&self, runtime: &Runtime, mut draw: impl FnMut() -> Key) -> [f64; WAYS.len()] {
        // Each way has keys of its own, and goes through others before its clock runs: so it finds in the processor's cache
        // what it would if it ran alone, and nothing that another has fetched for it.
        let [bare, moka, got, loaded] =
            std::array::from_fn(|_| (0..2 * SLICE).map(|_| draw()).collect::<Vec<_>>());
        let texts = |keys: &[Key]| keys.iter().map(|key| key.text()).collect::<Vec<_>>();
        let (bare, moka) = (texts(&bare), texts(&moka));
        let bare = timed(&bare, |texts| {
            for text in texts {
                black_box(self.bare.get(text.as_str()).expect("it is there"));
            }
        });
        let moka = timed(&moka, |texts| {
            for text in texts {
                black_box(self.moka.get(text.as_str()).expect("it is there"));
            }
        });
        let got = timed(&got, |keys| {
            runtime.block_on(async {
                for key in keys {
                    black_box(self.space.get(key).await.value().expect("it is there"));
                }
            });
        });
        let got_or_loaded = timed(&loaded, |keys| {
            runtime.block_on(async {
                for key in keys {
                    let never = || async { unreachable!("it is there") };
                    let value = self.space.get_or_load(key, never).await;
                    black_box(value.expect("it is there"));
                }
            });
        });
        [bare, moka, got, got_or_loaded]
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// How long `ask` takes over the second half, after the first.
fn timed<T>(all: &[T], ask: impl Fn(&[T])) -> f64 {
    let (first, second) = all.split_at(SLICE);
    ask(first);
    let began = Instant::now();
    ask(second);
    began.elapsed().as_secs_f64()
}

/// The times of all slices of each way, with so many threads at once.
fn slices_of(threads: usize, slices: usize, subjects: &Subjects) -> [Vec<f64>; WAYS.len()] {
    let together = Barrier::new(threads);
    let turns = |worker: usize| {
        let (runtime, mut random) = (runtime(), Random::new(worker as u64 + 1));
        let mut times: [Vec<f64>; WAYS.len()] = Default::default();
        together.wait();
        for _ in 0..slices {
            let turn = subjects.turn(&runtime, || Key::of(random.below(KEYS)));
            for (times, time) in times.iter_mut().zip(turn) {
                times.push(time);
            }
        }
        times
    };
    let mut all: [Vec<f64>; WAYS.len()] = Default::default();
    thread::scope(|scope| {
        let workers = (0..threads).map(|worker| {
            scope.spawn({
                let turns = &turns;
                move || turns(worker)
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            let times = worker.join().expect("no thread panics");
            for (all, mut times) in all.iter_mut().zip(times) {
                all.append(&mut times);
            }
        }
    });
    all
}
