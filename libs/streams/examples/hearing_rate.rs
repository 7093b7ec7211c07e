//! How soon two processes on one PostgreSQL hear of events, and what it costs the server: by the queue in the store, and over
//! Redis.
//!
//! `cargo run --release -p medcover-streams --example hearing_rate -- 2000 100` publishes 2,000 events, 100 a second. It
//! starts servers of its own.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{
    Call, Caller, Clock, CorrelationId, EventId, Rng, ServiceName, SystemClock, SystemRng,
};
use medcover_redis::{Redis, RedisConfig};
use medcover_store::{
    Append, CanonicalJson, Context, NewEvent, PostgresOptions, PostgresStore, Recorded, Schema,
    Store, StreamId, Version,
};
use medcover_streams::{Carrier, StreamsConfig};
use medcover_testkit::{PostgresServer, RedisServer};
use medcover_workflow::bus::{Subscriber, Subscription};
use medcover_workflow::queue::{Failure, WorkerConfig};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use uuid::Uuid;

const SERVICE: ServiceName = ServiceName::from_static("hearing-rate");

/// Notes how late it hears of each event; the mark that it was handled is its effect.
struct Noting {
    clock: Arc<dyn Clock>,
    late: Arc<Mutex<Vec<Duration>>>,
    heard: AtomicU64,
}

#[async_trait]
impl Subscriber for Noting {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        let late = self.clock.now().since(event.event.occurred_at);
        self.late.lock().expect("no panic").push(late);
        self.heard.fetch_add(1, Ordering::Relaxed);
        Ok(Append::new(Context::after(event, Caller::Service(SERVICE))))
    }
}

/// How events come to those who hear them.
#[derive(Clone, Copy)]
enum Way {
    Nobody,
    Store,
    Redis,
}

/// What processes share.
struct Ground {
    postgres: PostgresServer,
    redis: Redis,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

#[tokio::main]
async fn main() {
    let numbers = std::env::args().skip(1);
    let mut numbers = numbers.filter_map(|it| it.parse::<u64>().ok());
    let (events, rate) = (numbers.next().unwrap_or(2_000), numbers.next());
    let rate = rate.unwrap_or(100);
    let server = RedisServer::start(&[]).expect("it starts");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let config = RedisConfig {
        address: server.address(),
        ..RedisConfig::default()
    };
    let redis = Redis::follow(&config, Arc::clone(&clock), Arc::clone(&rng));
    let ground = Ground {
        postgres: PostgresServer::start().expect("it starts"),
        redis: redis.expect("its settings work"),
        clock,
        rng,
    };
    assert!(ground.redis.ready(Duration::from_secs(10)).await);
    println!("{events} events, {rate} a second, two processes");
    for (name, way) in [
        ("nobody", Way::Nobody),
        ("store", Way::Store),
        ("redis", Way::Redis),
    ] {
        measure(&ground, name, way, events, rate).await;
    }
}

/// Publishes the events, waits until all were heard, and says what that took.
async fn measure(ground: &Ground, name: &str, way: Way, events: u64, rate: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stores = [
        open(ground, name, folder.path(), "one").await,
        open(ground, name, folder.path(), "two").await,
    ];
    let late = Arc::default();
    let noting = [(); 2].map(|()| {
        Arc::new(Noting {
            clock: Arc::clone(&ground.clock),
            late: Arc::clone(&late),
            heard: AtomicU64::new(0),
        })
    });
    let mut processes = JoinSet::new();
    for (store, noting) in stores.iter().zip(&noting) {
        hear(ground, way, store, noting, &mut processes);
    }
    sleep(Duration::from_secs(2)).await;
    let (begun, wal) = (ground.clock.elapsed(), wal_of(&ground.postgres));
    publish(&stores, &ground.clock, events, rate).await;
    let heard = || noting.iter().map(|it| it.heard.load(Ordering::Relaxed));
    while !matches!(way, Way::Nobody) && heard().sum::<u64>() < events {
        sleep(Duration::from_millis(5)).await;
    }
    let took = ground.clock.elapsed().saturating_sub(begun);
    // The server notes its figures from time to time.
    sleep(Duration::from_secs(2)).await;
    let wal = (wal_of(&ground.postgres) - wal) / events;
    let shares: Vec<_> = heard().collect();
    let mut late = late.lock().expect("no panic").clone();
    late.sort_unstable();
    let of = |share: usize| late.get(late.len() * share / 100).copied();
    let [half, most] = [50, 99].map(|share| of(share).unwrap_or_default());
    println!(
        "{name}: {took:.1?}; heard after {half:.1?} (of a hundred the slowest {most:.1?}); {shares:?} in each process; WAL {wal} bytes an event"
    );
    processes.shutdown().await;
}

/// One process that hears.
fn hear(
    ground: &Ground,
    way: Way,
    store: &Arc<dyn Store>,
    noting: &Arc<Noting>,
    processes: &mut JoinSet<()>,
) {
    let Ground { clock, rng, .. } = ground;
    let worker = format!("{:x}", rng.next_u64());
    let subscription = Subscription::of_log(
        Arc::clone(store),
        Arc::clone(clock),
        Arc::clone(rng),
        vec!["thing.*".parse().expect("a pattern")],
        Arc::clone(noting) as Arc<dyn Subscriber>,
        WorkerConfig::new("hearing-rate", worker, SERVICE),
    );
    match way {
        Way::Nobody => {}
        Way::Store => {
            processes.spawn(async move { subscription.run(std::future::pending()).await });
        }
        Way::Redis => {
            let streams = StreamsConfig {
                concurrency: 16,
                ..StreamsConfig::default()
            };
            let (by, patience) = (vec![subscription], Duration::from_secs(3));
            let log = "hearing-rate";
            let carrier = Carrier::new(
                &ground.redis,
                clock,
                rng,
                log,
                "example",
                by,
                &streams,
                patience,
            );
            let carrier = carrier.expect("there is a subscription");
            processes.spawn(carrier.run(std::future::pending()));
        }
    }
}

async fn open(ground: &Ground, name: &str, folder: &Path, process: &str) -> Arc<dyn Store> {
    let options = PostgresOptions::new(
        ground.postgres.url(),
        format!("hearing_{name}"),
        folder.join(process),
    );
    let store = PostgresStore::open(options, Schema::new(), Arc::clone(&ground.clock)).await;
    Arc::new(store.expect("it opens"))
}

/// Events of things of their own, at one process and the other.
async fn publish(stores: &[Arc<dyn Store>; 2], clock: &Arc<dyn Clock>, events: u64, rate: u64) {
    let mut ticks = interval(Duration::from_secs(1) / u32::try_from(rate).expect("a small rate"));
    let mut publishing = JoinSet::new();
    for number in 0..events {
        ticks.tick().await;
        let mut context = Context::of(&Call::for_tests());
        context.correlation = CorrelationId::new(&**clock, &SystemRng);
        let stream = StreamId::new("thing", Uuid::from_u128(u128::from(number)));
        let event = NewEvent {
            id: EventId::new(&**clock, &SystemRng),
            kind: "thing.made".into(),
            schema: 1,
            occurred_at: clock.now(),
            payload: CanonicalJson::empty(),
        };
        let append = Append::new(context).write(stream, Version::NONE, [event]);
        let store = Arc::clone(&stores[number as usize % 2]);
        publishing.spawn(async move { store.commit(append).await.expect("published") });
    }
    while publishing.join_next().await.is_some() {}
}

/// Bytes that the server has logged.
fn wal_of(server: &PostgresServer) -> u64 {
    let asked = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";
    let psql = Command::new("psql")
        .args(["--no-psqlrc", "-tA", "-c", asked, &server.url()])
        .output();
    let said = psql.expect("psql is installed").stdout;
    let said = String::from_utf8(said).expect("text");
    said.trim().parse().expect("a number")
}
