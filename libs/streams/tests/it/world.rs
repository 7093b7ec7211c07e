//! A log in SQLite, Redis to carry it, and effects that can be counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{
    Call, Caller, Clock, CorrelationId, EventId, Rng, ServiceName, SystemClock, SystemRng,
};
use medcover_redis::{Redis, RedisConfig};
use medcover_store::{
    Append, CanonicalJson, Context, Name, NewEvent, Position, Recorded, Schema, SqliteOptions,
    SqliteStore, Store, StreamId, Version, limits,
};
use medcover_streams::{
    Applying, Checkpoints, Consumer, ConsumerCounts, DeadLetters, Logged, Progress as _, Relay,
    RelayCounts, StreamsConfig,
};
use medcover_testkit::RedisServer;
use medcover_workflow::bus::{EventSource, Subscriber, log_of};
use medcover_workflow::queue::Failure;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long a test waits for what must come, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);
pub(crate) const STREAM: &str = "things";
pub(crate) const GROUP: &str = "counting";
const SERVICE: ServiceName = ServiceName::from_static("counting");

/// A service whose log is carried, and which hears it too.
pub(crate) struct World {
    _folder: tempfile::TempDir,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) source: Arc<dyn EventSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) redis: Redis,
    pub(crate) counting: Arc<Counting>,
    pub(crate) config: StreamsConfig,
}

/// Writes down every number that it hears, in a stream of its own, so that a second time would show.
pub(crate) struct Counting {
    rng: Arc<dyn Rng>,
    /// Numbers that cannot be handled.
    pub(crate) poison: Mutex<Vec<u64>>,
    /// Whether what it depends on is away.
    pub(crate) away: Mutex<bool>,
    /// Whether it never comes to an end.
    pub(crate) stuck: Mutex<bool>,
    pub(crate) calls: AtomicU64,
}

/// Something at work, which ends when dropped, as by a crash.
pub(crate) struct Running(JoinHandle<()>, watch::Sender<bool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Running {
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(
        run: impl FnOnce(watch::Receiver<bool>) -> F,
    ) -> Self {
        let (stop, told) = watch::channel(false);
        Self(tokio::spawn(run(told)), stop)
    }

    /// Ends it as a process is asked to.
    pub(crate) async fn stop(mut self) {
        self.1.send_replace(true);
        let ended = tokio::time::timeout(PATIENCE, &mut self.0).await;
        ended.expect("it stops").expect("it does not panic");
    }
}

pub(crate) fn at(server: &RedisServer) -> RedisConfig {
    RedisConfig {
        address: server.address(),
        check_ms: 100,
        ..RedisConfig::default()
    }
}

impl World {
    pub(crate) async fn new(config: &RedisConfig) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let options = SqliteOptions::new(folder.path().join("log.sqlite"));
        let store = SqliteStore::open(options, Schema::new(), Arc::clone(&clock)).await;
        let store: Arc<dyn Store> = Arc::new(store.expect("a new store"));
        let redis = Redis::follow(config, Arc::clone(&clock), Arc::clone(&rng));
        let redis = redis.expect("its settings work");
        assert!(redis.ready(PATIENCE).await, "a primary is found");
        let counting = Arc::new(Counting {
            rng: Arc::clone(&rng),
            poison: Mutex::default(),
            away: Mutex::default(),
            stuck: Mutex::default(),
            calls: AtomicU64::new(0),
        });
        Self {
            _folder: folder,
            source: log_of(Arc::clone(&store)),
            store,
            clock,
            rng,
            redis,
            counting,
            config: StreamsConfig {
                batch: 64,
                block_ms: 200,
                handle_ms: 4_000,
                claim_ms: 5_000,
                attempts: 50,
                pause_ms: 50,
                longest_pause_ms: 200,
                sweep_ms: 50,
                keep_ms: 50,
                ..StreamsConfig::default()
            },
        }
    }

    pub(crate) fn progress(&self) -> Arc<Checkpoints> {
        let (store, clock, rng) = (&self.store, &self.clock, &self.rng);
        let caller = Caller::Service(SERVICE);
        Arc::new(Checkpoints::new(
            Arc::clone(store),
            Arc::clone(clock),
            Arc::clone(rng),
            caller,
        ))
    }

    /// Carries the log for `groups`.
    pub(crate) fn relay(&self, groups: &[&'static str]) -> (Running, Arc<RelayCounts>) {
        let patterns = vec!["thing.*".parse().expect("a pattern")];
        let record = Arc::new(Logged::new(Arc::clone(&self.source), patterns));
        let relay = Relay::new(
            self.redis.clone(),
            Arc::clone(&self.clock),
            record,
            self.progress(),
            STREAM,
            groups.iter().copied().map(Name::from),
            self.config.clone(),
        );
        let counts = relay.counts();
        let running = Running::start(async move |mut told: watch::Receiver<bool>| {
            let stop = async {
                let _ = told.wait_for(|it| *it).await;
            };
            relay.run(stop).await;
        });
        (running, counts)
    }

    pub(crate) fn consumer(&self, group: &'static str) -> (Running, Arc<ConsumerCounts>) {
        self.gated(group, watch::channel(true).1)
    }

    pub(crate) fn gated(
        &self,
        group: &'static str,
        gate: watch::Receiver<bool>,
    ) -> (Running, Arc<ConsumerCounts>) {
        let subscriber = Arc::clone(&self.counting) as Arc<dyn Subscriber>;
        let store = Arc::clone(&self.store);
        let handler = Applying::new(Arc::clone(&self.source), store, group, subscriber);
        let consumer = Consumer::new(
            self.redis.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.rng),
            Arc::new(handler),
            self.progress(),
            STREAM,
            group,
            "test",
            self.config.clone(),
        )
        .gated(gate);
        let counts = consumer.counts();
        let running = Running::start(async move |mut told: watch::Receiver<bool>| {
            let stop = async {
                let _ = told.wait_for(|it| *it).await;
            };
            consumer.run(stop).await;
        });
        (running, counts)
    }

    pub(crate) fn letters(&self, group: &str) -> DeadLetters {
        DeadLetters::of(self.redis.clone(), STREAM, group)
    }

    /// Puts the numbers of `range` into the log.
    pub(crate) async fn publish(&self, range: std::ops::Range<u64>) {
        let stream = StreamId::new("thing", Uuid::from_u128(7));
        let numbers: Vec<_> = range.collect();
        for numbers in numbers.chunks(limits::COMMIT_ITEMS) {
            let mut context = Context::of(&Call::for_tests());
            context.correlation = CorrelationId::new(&*self.clock, &*self.rng);
            let tenant = context.tenant;
            let version = self.store.version(tenant, &stream).await;
            let events = numbers
                .iter()
                .map(|number| self.event("thing.done", *number));
            let append = Append::new(context).write(
                stream.clone(),
                version.expect("it is read"),
                events.collect::<Vec<_>>(),
            );
            self.store.commit(append).await.expect("it is kept");
        }
    }

    pub(crate) fn event(&self, kind: &'static str, number: u64) -> NewEvent {
        event(
            EventId::new(&*self.clock, &*self.rng),
            self.clock.now(),
            kind,
            number,
        )
    }

    /// How often each number had its effect.
    pub(crate) async fn effects(&self) -> BTreeMap<u64, u32> {
        let (mut after, mut found) = (Position::new(0), BTreeMap::new());
        loop {
            let page = self.store.read_log(after, limits::PAGE).await;
            let page = page.expect("it is read");
            let Some(last) = page.last() else {
                return found;
            };
            after = last.position;
            for event in page.iter().filter(|it| it.event.kind == "effect.had") {
                *found.entry(number(&event.event.payload)).or_default() += 1;
            }
        }
    }

    /// Waits until all of 0 to `all` had their effect, and asserts that each had it once.
    pub(crate) async fn all_once(&self, all: u64) {
        until("all have their effect", async || {
            self.effects().await.len() as u64 == all
        })
        .await;
        let effects = self.effects().await;
        let twice: Vec<_> = effects.iter().filter(|(_, times)| **times != 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    /// Up to where `group` has applied everything, durably.
    pub(crate) async fn applied(&self, group: &str) -> u64 {
        let applied = self.progress().applied(group).await;
        applied.expect("it is read").get()
    }
}

fn event(
    id: EventId,
    occurred_at: medcover_kernel::Timestamp,
    kind: &'static str,
    number: u64,
) -> NewEvent {
    NewEvent {
        id,
        kind: kind.into(),
        schema: 1,
        occurred_at,
        payload: CanonicalJson::of(&number).expect("a number"),
    }
}

pub(crate) fn number(payload: &CanonicalJson) -> u64 {
    payload.as_str().parse().expect("a number")
}

#[async_trait]
impl Subscriber for Counting {
    async fn on(&self, heard: &Recorded) -> Result<Append, Failure> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let is_stuck = *self.stuck.lock().expect("no panic");
        if is_stuck {
            std::future::pending::<()>().await;
        }
        if *self.away.lock().expect("no panic") {
            return Err(Failure::DependencyDown {
                reason: "it is away".into(),
                after: Some(Duration::from_millis(100)),
            });
        }
        let number = number(&heard.event.payload);
        if self.poison.lock().expect("no panic").contains(&number) {
            return Err(Failure::retry("it is poison"));
        }
        let id = Uuid::from_u64_pair(self.rng.next_u64(), self.rng.next_u64());
        let stream = StreamId::new("effect", id);
        let effect = event(
            EventId::from_uuid(id),
            heard.recorded_at,
            "effect.had",
            number,
        );
        let context = Context::after(heard, Caller::Service(SERVICE));
        Ok(Append::new(context).write(stream, Version::NONE, [effect]))
    }
}

/// Tries until it is so.
pub(crate) async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let tried = tokio::time::timeout(PATIENCE, async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(tried.await.is_ok(), "in vain: {what}");
}
