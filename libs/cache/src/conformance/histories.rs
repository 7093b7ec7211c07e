//! Random histories: whatever happens at once, nothing is shown that was known to be over before somebody asked.
//!
//! The source of a thing is a number that only grows. Whoever changes it invalidates then, in one of many ways, and notes
//! the number when that has returned. Whoever reads takes note of that first, and must not be shown less. For values that
//! only grow that is all there is to a linearizable invalidation.

use std::future::Future as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use medcover_kernel::{Clock as _, Error, ManualClock, Result, Rng, SeededRng};
use tokio::task::{JoinSet, yield_now};

use super::{Fixture, clock};
use crate::{Cache, CacheKey, Json, KeyText, Loaded, Lookup, Pattern, Policy, Space, Tag};

const THINGS: u64 = 3;
const ACTORS: u64 = 6;
const STEPS: u64 = 60;
const SEEDS: u64 = 12;

#[derive(Clone, Copy)]
struct Thing(u64);

impl CacheKey for Thing {
    type Value = Json<u64>;
    const SPACE: &'static str = "things";
    const POLICY: Policy = Policy {
        early_percent: 300,
        ..Policy::of(Duration::from_millis(50)).stale_if_error(Duration::from_millis(50))
    };

    fn write(&self, to: &mut KeyText<'_>) {
        to.number(self.0);
    }
}

struct World {
    cache: Cache,
    space: Space<Thing>,
    clock: Arc<ManualClock>,
    sources: [AtomicU64; THINGS as usize],
    floors: [AtomicU64; THINGS as usize],
}

impl World {
    async fn open(fixture: &dyn Fixture, seed: u64) -> Arc<Self> {
        let clock = clock();
        let engine = fixture.open(Arc::clone(&clock)).await;
        let rng = Arc::new(SeededRng::new(seed));
        let cache = Cache::new(engine, Arc::clone(&clock) as _, rng);
        Arc::new(Self {
            space: cache.space(),
            cache,
            clock,
            sources: Default::default(),
            floors: Default::default(),
        })
    }

    /// What one actor does.
    async fn act(self: Arc<Self>, seed: u64) {
        let rng = SeededRng::new(seed);
        for _ in 0..STEPS {
            let thing = Thing(rng.below(THINGS));
            match rng.below(8) {
                0 => self.write(thing, &rng).await,
                1 => self.write_through(thing, &rng).await,
                2 => self.peek(thing).await,
                _ => self.read(thing, &rng).await,
            }
            pause(&rng).await;
            self.clock.advance(Duration::from_micros(rng.below(3_000)));
        }
    }

    fn source(&self, thing: Thing) -> &AtomicU64 {
        &self.sources[thing.0 as usize]
    }

    fn floor(&self, thing: Thing) -> u64 {
        self.floors[thing.0 as usize].load(SeqCst)
    }

    fn known(&self, thing: Thing, value: u64) {
        self.floors[thing.0 as usize].fetch_max(value, SeqCst);
    }

    async fn write(&self, thing: Thing, rng: &SeededRng) {
        let value = self.source(thing).fetch_add(1, SeqCst) + 1;
        pause(rng).await;
        let own = Tag::new("thing", thing.0);
        let pattern = |text: String| text.parse::<Pattern>().expect("a pattern");
        match rng.below(5) {
            0 => self.cache.invalidate_by_tags(&[own]).await.map(drop),
            1 => {
                let tags = [Tag::new("unrelated", 1), Tag::new("all", "things")];
                self.cache.invalidate_by_tags(&tags).await
            }
            2 => self.space.delete(&thing).await.map(drop),
            3 => {
                let patterns = [pattern("x*".into()), pattern(format!("things:{}", thing.0))];
                self.cache.flush_pattern(&patterns).await.map(drop)
            }
            _ => {
                let pattern = pattern("*".into());
                self.cache.invalidate_pattern(&pattern).await.map(drop)
            }
        }
        .expect("the engine answers");
        self.known(thing, value);
    }

    async fn write_through(&self, thing: Thing, rng: &SeededRng) {
        let write = async {
            pause(rng).await;
            let value = self.source(thing).fetch_add(1, SeqCst) + 1;
            pause(rng).await;
            if rng.below(4) == 0 {
                return Err(Error::unavailable("Whether it was written is not known."));
            }
            Ok(tagged(thing, value))
        };
        if let Ok(written) = self.space.write_through(&thing, write).await {
            self.known(thing, **written.expect("there is a value"));
        }
    }

    async fn peek(&self, thing: Thing) {
        let floor = self.floor(thing);
        if let Lookup::Hit(value) = self.space.get(&thing).await {
            self.check(thing, floor, **value);
        }
    }

    async fn read(&self, thing: Thing, rng: &SeededRng) {
        let floor = self.floor(thing);
        let load = || self.load(thing, rng);
        if let Ok(Some(value)) = self.space.get_or_load(&thing, load).await {
            self.check(thing, floor, **value);
        }
    }

    async fn load(&self, thing: Thing, rng: &SeededRng) -> Result<Loaded<Json<u64>>> {
        pause(rng).await;
        let value = self.source(thing).load(SeqCst);
        // Now it may become stale on its way.
        pause(rng).await;
        self.clock.advance(Duration::from_micros(rng.below(500)));
        if rng.below(5) == 0 {
            return Err(Error::unavailable("The source is away."));
        }
        Ok(tagged(thing, value))
    }

    fn check(&self, thing: Thing, floor: u64, value: u64) {
        let at = self.clock.now();
        assert!(
            value >= floor,
            "{value} of {} was shown at {at}, after {floor} was known",
            thing.0
        );
        assert!(value <= self.source(thing).load(SeqCst));
    }
}

fn tagged(thing: Thing, value: u64) -> Loaded<Json<u64>> {
    let loaded = Loaded::value(Json(value)).tag(&Tag::new("thing", thing.0));
    loaded.tag(&Tag::new("all", "things"))
}

/// Lets others go first, or not.
async fn pause(rng: &SeededRng) {
    for _ in 0..rng.below(4) {
        yield_now().await;
    }
}

async fn run(fixture: &dyn Fixture, seed: u64) -> Arc<World> {
    let world = World::open(fixture, seed).await;
    let mut actors = JoinSet::new();
    for actor in 0..ACTORS {
        actors.spawn(Arc::clone(&world).act(seed * 1_000 + actor));
    }
    while let Some(done) = actors.join_next().await {
        done.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    world
}

/// On the threads of the test's runtime.
pub async fn nothing_stale_is_shown_between_threads(fixture: &dyn Fixture) {
    let mut hits = 0;
    for seed in 0..SEEDS {
        let world = run(fixture, seed).await;
        hits += world.cache.figures()[0].hits;
    }
    assert!(hits > 100, "the cache was in use: {hits} hits");
}

/// On one thread, where a seed always makes the same history; any order of steps can come about.
pub async fn nothing_stale_is_shown_in_any_order(fixture: &dyn Fixture) {
    let mut joined = 0;
    for seed in 0..SEEDS {
        let world = World::open(fixture, seed).await;
        let actors = (0..ACTORS).map(|actor| Arc::clone(&world).act(seed * 1_000 + actor));
        let mut actors: Vec<_> = actors.map(|it| Some(Box::pin(it))).collect();
        let order = SeededRng::new(seed);
        std::future::poll_fn(|cx| {
            // A few at a time, whether they were woken or not: whoever waits for another is asked again later.
            for _ in 0..8 {
                let place = order.below(ACTORS) as usize;
                let Some(actor) = &mut actors[place] else {
                    continue;
                };
                if actor.as_mut().poll(cx).is_ready() {
                    actors[place] = None;
                }
            }
            if actors.iter().all(Option::is_none) {
                return std::task::Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
        joined += world.cache.figures()[0].joined;
    }
    assert!(joined > 10, "loads were shared: {joined}");
}
