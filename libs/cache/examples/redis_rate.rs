//! How fast the cache in Redis answers, beside `GET` and `SET` through the bare client at the same depth, and how soon another
//! process hears of an invalidation.
//!
//! `cargo run --release -p medcover-cache --example redis_rate -- 1000000 [DEPTH]` asks so many times, with so many requests on their
//! way at once; both ways take turns, and the medians are told. It starts a server of its own, which keeps nothing on disk.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use medcover_cache::{
    CacheEngine as _, Dependencies, InProcess, InRedis, InRedisConfig, Mark, Origin, Put, Tag,
    Tiered,
};
use medcover_kernel::{Clock, SystemClock, SystemRng};
use medcover_redis::{Redis, RedisConfig};
use medcover_testkit::RedisServer;
use redis::aio::MultiplexedConnection;
use redis::{Client, cmd};
use tokio::task::{JoinSet, yield_now};

/// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often both ways take turns.
const ROUNDS: usize = 9;
const KEYS: u64 = 10_000;
/// A code with its title, as JSON.
const VALUE: [u8; 200] = [b'x'; 200];
/// How often it is looked whether one was heard, between what the kernel adds.
const LOOK_EVERY: Duration = Duration::from_micros(20);
/// Invalidations that are waited for, one at a time.
const TOLD: u64 = 2_000;

#[tokio::main]
async fn main() {
    let numbers = std::env::args().skip(1);
    let mut numbers = numbers.filter_map(|it| it.parse::<u64>().ok());
    let (asked, depth) = (numbers.next().unwrap_or(1_000_000), numbers.next());
    let depth = depth.unwrap_or(256);
    let server = RedisServer::start(&[]).expect("a Redis server can be started");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let follow = || {
        let config = RedisConfig {
            address: server.address(),
            ..RedisConfig::default()
        };
        Redis::follow(&config, Arc::clone(&clock), Arc::new(SystemRng)).expect("it can be followed")
    };
    let ours = follow();
    assert!(ours.ready(Duration::from_secs(10)).await, "no Redis");
    let engine = InRedis::new(ours, InRedisConfig::default(), Arc::clone(&clock));
    let client = Client::open(format!("redis://{}", server.address())).expect("an address");
    let bare = client.get_multiplexed_async_connection().await;
    let bare = bare.expect("it connects");
    println!(
        "{asked} times, {depth} at once, {KEYS} keys of {} bytes",
        VALUE.len()
    );

    let asking = Asking {
        clock: &*clock,
        times: asked / 4 / ROUNDS as u64,
        depth,
    };
    let since = engine.mark().await.expect("it answers");
    asking
        .told(
            ["set", "put, with a tag"],
            |number| set(bare.clone(), number),
            |number| keep(engine.clone(), since, number),
        )
        .await;
    let asking = Asking {
        times: asked / ROUNDS as u64,
        ..asking
    };
    asking
        .told(
            ["get", "get, with stamps compared"],
            |number| get(bare.clone(), number),
            |number| find(engine.clone(), number),
        )
        .await;
    let asking = Asking {
        times: asked / 4 / ROUNDS as u64,
        depth: depth / 8,
        ..asking
    };
    asking
        .told(
            ["mget of 10", "mget of 10, with stamps compared"],
            |number| mget(bare.clone(), number),
            |number| find_many(engine.clone(), number),
        )
        .await;

    let near = |redis| {
        let far = InRedis::new(redis, InRedisConfig::default(), Arc::clone(&clock));
        let near = InProcess::new(64 << 20, Arc::clone(&clock));
        Tiered::new(near, far, Duration::from_millis(100), Arc::clone(&clock))
    };
    heard(&*clock, near(follow()), near(follow())).await;
}

/// How one kind of request is measured.
#[derive(Clone, Copy)]
struct Asking<'c> {
    clock: &'c dyn Clock,
    /// In each round.
    times: u64,
    /// At once.
    depth: u64,
}

impl Asking<'_> {
    /// Tells the median rates of both ways, which take turns.
    async fn told<B, O>(
        &self,
        [bare, ours]: [&str; 2],
        ask_bare: impl Fn(u64) -> B,
        ask_ours: impl Fn(u64) -> O,
    ) where
        B: Future<Output = ()> + Send + 'static,
        O: Future<Output = ()> + Send + 'static,
    {
        let (mut of_bare, mut of_ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_bare.push(self.rate(&ask_bare).await);
            of_ours.push(self.rate(&ask_ours).await);
        }
        let [of_bare, of_ours] = [of_bare, of_ours].map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[ROUNDS / 2]
        });
        println!(
            "{bare}: {of_bare:.0} a second bare; {ours}: {of_ours:.0}, {:.2} of it",
            of_ours / of_bare
        );
    }

    /// How many a second.
    async fn rate<F>(&self, ask: impl Fn(u64) -> F) -> f64
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (begun, mut asking) = (self.clock.elapsed(), JoinSet::new());
        for number in 0..self.times {
            if asking.len() as u64 >= self.depth {
                asking.join_next().await.transpose().expect("no panic");
            }
            asking.spawn(ask(number));
        }
        while asking
            .join_next()
            .await
            .transpose()
            .expect("no panic")
            .is_some()
        {}
        self.times as f64 / self.clock.elapsed().saturating_sub(begun).as_secs_f64()
    }
}

fn key(number: u64) -> String {
    // Steps through all keys in an order that is not theirs.
    format!("code:{}", number.wrapping_mul(7_919) % KEYS)
}

async fn set(mut bare: MultiplexedConnection, number: u64) {
    let mut set = cmd("SET");
    set.arg(format!("bare:{}", key(number))).arg(&VALUE);
    let set = set.arg("PX").arg(60_000);
    let () = set.query_async(&mut bare).await.expect("it is set");
}

async fn get(mut bare: MultiplexedConnection, number: u64) {
    let mut get = cmd("GET");
    let get = get.arg(format!("bare:{}", key(number)));
    let found: Vec<u8> = get.query_async(&mut bare).await.expect("it answers");
    assert_eq!(found.len(), VALUE.len());
}

async fn mget(mut bare: MultiplexedConnection, number: u64) {
    let mut mget = cmd("MGET");
    for more in 0..10 {
        mget.arg(format!("bare:{}", key(number * 10 + more)));
    }
    let found: Vec<Vec<u8>> = mget.query_async(&mut bare).await.expect("it answers");
    assert_eq!(found.len(), 10);
}

fn put(key: &str, tag: &Tag, since: Mark) -> Put {
    Put {
        key: key.into(),
        content: Some(Bytes::from_static(&VALUE)),
        live: None,
        content_weight: VALUE.len(),
        dependencies: Dependencies::none().tag(tag),
        origin: Origin::Loaded(since),
        fresh_for: Duration::from_mins(10),
        stale_for: Duration::ZERO,
        cost: Duration::ZERO,
    }
}

async fn keep(engine: InRedis, since: Mark, number: u64) {
    let kept = engine
        .set(put(&key(number), &Tag::new("release", "icd10cm"), since))
        .await;
    assert!(kept.expect("it answers"));
}

async fn find(engine: InRedis, number: u64) {
    let found = engine.get(&key(number)).await.expect("it answers");
    assert!(found.is_some());
}

async fn find_many(engine: InRedis, number: u64) {
    let keys: Vec<_> = (0..10).map(|more| key(number * 10 + more)).collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let found = engine.mget(&keys).await.expect("it answers");
    assert!(found.iter().all(Option::is_some));
}

/// How long after an invalidation returned to whoever asked for it another process still shows the value.
async fn heard(clock: &dyn Clock, one: Tiered, other: Tiered) {
    for tiers in [&one, &other] {
        tiers.is_heard().await;
    }
    let mut late = Vec::with_capacity(TOLD as usize);
    let shown = AtomicU64::new(0);
    for number in 0..TOLD {
        let key = format!("told:{number}");
        let tag = Tag::new("told", number);
        let since = one.mark().await.expect("it answers");
        one.set(put(&key, &tag, since)).await.expect("it is kept");
        while other.get(&key).await.expect("it answers").is_none() {
            yield_now().await;
        }
        one.invalidate_by_tags(&[tag]).await.expect("it is told");
        let begun = clock.elapsed();
        while other.get(&key).await.expect("it answers").is_some() {
            shown.fetch_add(1, Ordering::Relaxed);
            // This thread is nobody's but the example's. It leaves its core to Redis and to those who listen.
            std::thread::sleep(LOOK_EVERY);
        }
        late.push(clock.elapsed().saturating_sub(begun));
    }
    late.sort_unstable();
    let of = |share: usize| late[(late.len() - 1) * share / 100];
    println!(
        "an invalidation is seen elsewhere after {:.1?} (of a hundred the slowest {:.1?}, of all {:.1?}); shown {} times meanwhile",
        of(50),
        of(99),
        of(100),
        shown.load(Ordering::Relaxed)
    );
}
