//! Processes that write down what Redis carries to them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Call, Caller, EventId, MessageId, ServiceName};
use medcover_store::{
    Append, CanonicalJson, Context, NewEvent, NewMessage, Position, Recorded, Store, StreamId,
    Version, limits,
};
use medcover_streams::{Carrier, Standing};
use medcover_testkit::RedisServer;
use medcover_workflow::Retry;
use medcover_workflow::bus::{Subscriber, Subscription};
use medcover_workflow::queue::{Failure, WorkerConfig};
use tokio::sync::watch;
use uuid::Uuid;

use crate::world::{Running, STREAM, World, at, number, until};

const SERVICE: ServiceName = ServiceName::from_static("noting");
pub(crate) const CONSUMER: &str = "noting";

/// Writes what it hears of a thing into a stream of that thing's own, so that order and number can be seen.
pub(crate) struct Noting {
    store: Arc<dyn Store>,
    pub(crate) poison: Mutex<Option<(u128, u64)>>,
    pub(crate) away: Mutex<bool>,
}

/// A log that is carried, and what was noted of it.
pub(crate) struct Heard {
    pub(crate) world: World,
    pub(crate) noting: Arc<Noting>,
}

#[async_trait]
impl Subscriber for Noting {
    async fn on(&self, heard: &Recorded) -> Result<Append, Failure> {
        let thing = heard.event.stream.id.as_u128();
        if *self.away.lock().expect("no panic") {
            return Err(Failure::DependencyDown {
                reason: "it is away".into(),
                after: Some(Duration::from_millis(100)),
            });
        }
        let poison = *self.poison.lock().expect("no panic");
        if poison == Some((thing, number(&heard.event.payload))) {
            return Err(Failure::retry("it is poison"));
        }
        let stream = StreamId::new("noted", heard.event.stream.id);
        let version = self.store.version(heard.event.tenant, &stream).await?;
        let noted = NewEvent {
            id: EventId::from_uuid(Uuid::new_v5(
                &heard.event.id.as_uuid(),
                &version.get().to_be_bytes(),
            )),
            kind: "thing-noted.done".into(),
            schema: 1,
            occurred_at: heard.recorded_at,
            payload: heard.event.payload.clone(),
        };
        let context = Context::after(heard, Caller::Service(SERVICE));
        Ok(Append::new(context).write(stream, version, [noted]))
    }
}

impl Heard {
    pub(crate) async fn new(server: &RedisServer) -> Self {
        let world = World::new(&at(server)).await;
        let noting = Arc::new(Noting {
            store: Arc::clone(&world.store),
            poison: Mutex::default(),
            away: Mutex::default(),
        });
        Self { world, noting }
    }

    pub(crate) fn subscription(&self, worker: &str) -> Subscription {
        let (clock, rng) = (Arc::clone(&self.world.clock), Arc::clone(&self.world.rng));
        let config = WorkerConfig {
            retry: Retry {
                attempts: 3,
                first: Duration::from_millis(20),
                cap: Duration::from_millis(20),
            },
            look_every: Duration::from_millis(50),
            lease: Duration::from_secs(2),
            ..WorkerConfig::new(CONSUMER, worker.to_owned(), SERVICE)
        };
        let patterns = vec!["thing.*".parse().expect("a pattern")];
        let store = Arc::clone(&self.world.store);
        let noting = Arc::clone(&self.noting) as Arc<dyn Subscriber>;
        Subscription::of_log(store, clock, rng, patterns, noting, config)
    }

    /// A process that carries.
    pub(crate) fn process(&self, worker: &'static str, patience: Duration) -> (Running, Standing) {
        let carrier = Carrier::new(
            &self.world.redis,
            &self.world.clock,
            &self.world.rng,
            STREAM,
            worker,
            vec![self.subscription(worker)],
            &self.world.config,
            patience,
        );
        let carrier = carrier.expect("there is a subscription");
        let standing = carrier.standing();
        let running = Running::start(async move |mut told: watch::Receiver<bool>| {
            let stop = async {
                let _ = told.wait_for(|it| *it).await;
            };
            carrier.run(stop).await;
        });
        (running, standing)
    }

    /// Something happens `numbers` times to each of `things`, in turn.
    pub(crate) async fn publish(
        &self,
        things: std::ops::Range<u128>,
        numbers: std::ops::Range<u64>,
    ) {
        for number in numbers {
            for thing in things.clone() {
                let context = Context::of(&Call::for_tests());
                let stream = StreamId::new("thing", Uuid::from_u128(thing));
                let event = self.world.event("thing.done", number);
                let append = Append::new(context).write(stream, Version::new(number), [event]);
                self.world.store.commit(append).await.expect("it is kept");
            }
        }
    }

    /// What was noted of each thing, in order.
    pub(crate) async fn noted(&self) -> BTreeMap<u128, Vec<u64>> {
        let mut found = BTreeMap::<u128, Vec<u64>>::new();
        let mut after = Position::NONE;
        loop {
            let page = self.world.store.read_log(after, limits::PAGE).await;
            let page = page.expect("it is read");
            let Some(last) = page.last() else {
                return found;
            };
            after = last.position;
            for event in page.iter().filter(|it| it.event.stream.kind == "noted") {
                let numbers = found.entry(event.event.stream.id.as_u128()).or_default();
                numbers.push(number(&event.event.payload));
            }
        }
    }

    /// Waits until as much was noted as there is, and asserts that it was in order and once.
    pub(crate) async fn all_noted(&self, things: usize, numbers: u64) {
        until("all is noted", async || {
            let noted = self.noted().await.into_values().map(|it| it.len());
            noted.sum::<usize>() >= things * numbers as usize
        })
        .await;
        let noted = self.noted().await;
        assert_eq!(noted.len(), things);
        let expected: Vec<_> = (0..numbers).collect();
        let wrong: Vec<_> = noted.iter().filter(|(_, it)| **it != expected).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    /// How many messages were ever sent to queues of the store.
    pub(crate) async fn queued(&self) -> u64 {
        let context = Context::of(&Call::for_tests());
        let tenant = context.tenant;
        let probe = NewMessage {
            id: MessageId::new(&*self.world.clock, &*self.world.rng),
            queue: "probe".into(),
            key: None,
            payload: CanonicalJson::empty(),
            not_before: None,
        };
        let sent = self.world.store.commit(Append::new(context).send(probe));
        sent.await.expect("it is sent");
        let probes = self.world.store.messages(tenant, "probe", 0, 10).await;
        let probes = probes.expect("they are read");
        probes.last().expect("there is one").sequence - probes.len() as u64
    }

    /// Up to where everything was seen to, durably.
    pub(crate) async fn checkpoint(&self) -> u64 {
        let at = self.world.store.checkpoint(CONSUMER).await;
        at.expect("it is read").get()
    }
}
