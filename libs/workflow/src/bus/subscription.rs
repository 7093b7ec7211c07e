//! From the log of one service to a handler of another.
//!
//! A subscription has two halves. The *relay* reads the log from its checkpoint and sends a message for every event that
//! is meant, in the same commit that moves the checkpoint. The *worker* takes those messages from the subscription's own
//! queue. So everything that the queue does holds for events too: pauses, attempts, fairness, dead letters, replay. The
//! key of a message is the event's stream: events of one stream are handled in their order, and one that cannot be
//! handled holds up that stream alone until it is set aside.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use std::time::Duration;

use medcover_kernel::{Caller, Clock, Rng, TenantId};
use medcover_store::{
    Append, CommitError, Delivery, Name, Position, Recorded, Store, StoreError, StreamId, Version,
};
use medcover_telemetry::Tracer;
use tokio::sync::watch;

use super::pointer::Turns;
use super::relay::{Pointer, Relay};
use super::{Direct, Pattern};
use crate::observe::{self, Observer};
use crate::queue::{Failure, Handled, Handler, Worker, WorkerConfig};

/// Reacts to events.
#[async_trait]
pub trait Subscriber: Send + Sync {
    /// What follows from the event here; it is committed together with the note that the event was handled, so it
    /// happens once. Begin the [`Append`] with [`Context::after`](medcover_store::Context::after).
    async fn on(&self, event: &Recorded) -> Result<Append, Failure>;
}

/// A log to listen to: a store, or what stands for another process's.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// Up to `limit` events after `after`, in the order of the log, without gaps.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The events of a stream after version `after`, in order, of what is written by now.
    async fn stream(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError>;

    /// The position of the last event, and of each later one.
    fn head(&self) -> watch::Receiver<Position>;
}

/// The log of `store`, for services of the same process.
pub fn log_of(store: Arc<dyn Store>) -> Arc<dyn EventSource> {
    Arc::new(LogOf(store))
}

/// The log of a store as a source.
struct LogOf(Arc<dyn Store>);

#[async_trait]
impl EventSource for LogOf {
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.0.read_log(after, limit).await
    }

    async fn stream(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.0.load(tenant, stream, after).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.0.head()
    }
}

/// One consumer of one log.
pub struct Subscription {
    relay: Relay,
    worker: Worker,
    direct: Direct,
    gate: watch::Receiver<bool>,
}

impl Subscription {
    /// `subscriber` hears what `patterns` mean of the log of `source`, from its first event on. It hears events of its own
    /// making, too, if they are meant. Checkpoint, queue and inbox are in `store`, under the name of the queue in `config`, which is the consumer's and unique there.
    pub fn new(
        source: Arc<dyn EventSource>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        patterns: Vec<Pattern>,
        subscriber: Arc<dyn Subscriber>,
        config: WorkerConfig,
    ) -> Self {
        let consumer = config.queue.clone();
        let caller = Caller::Service(config.service.clone());
        let direct = Direct {
            source: Arc::clone(&source),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            consumer: consumer.clone(),
            queued: Direct::mark_of_queued(&consumer),
            patterns: patterns.clone(),
            subscriber: Arc::clone(&subscriber),
            caller: caller.clone(),
            retry: config.retry,
            observer: observe::nobody(),
            turns: Turns::default(),
        };
        let handler = Hearing {
            source: Arc::clone(&source),
            consumer: consumer.clone(),
            subscriber,
        };
        let worker = Worker::new(
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::clone(&rng),
            Arc::new(handler),
            config,
        );
        let relay = Relay {
            source,
            store,
            clock,
            rng,
            consumer,
            patterns,
            caller,
            tracer: Tracer::off(),
        };
        Self {
            relay,
            worker,
            direct,
            gate: watch::channel(true).1,
        }
    }

    /// The same subscription, whose worker tells `observer` what it does.
    #[must_use]
    pub fn observed(mut self, observer: Arc<dyn Observer>) -> Self {
        self.relay.tracer = observer.tracer();
        self.direct.observer = Arc::clone(&observer);
        self.worker = self.worker.observed(observer);
        self
    }

    /// A subscription of a store's own log.
    pub fn of_log(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        patterns: Vec<Pattern>,
        subscriber: Arc<dyn Subscriber>,
        config: WorkerConfig,
    ) -> Self {
        let source = Arc::new(LogOf(Arc::clone(&store)));
        Self::new(source, store, clock, rng, patterns, subscriber, config)
    }

    /// The same subscription, which handles nothing while `gate` is false.
    #[must_use]
    pub fn gated(mut self, gate: watch::Receiver<bool>) -> Self {
        self.worker = self.worker.gated(gate.clone());
        self.gate = gate;
        self
    }

    /// The same subscription, which looks at its queue this often while nothing wakes it.
    #[must_use]
    pub fn looking_every(mut self, pause: Duration) -> Self {
        self.worker = self.worker.looking_every(pause);
        self
    }

    /// Names it: its checkpoint, its queue and its marks.
    pub const fn consumer(&self) -> &Name {
        &self.relay.consumer
    }

    /// The log that it listens to.
    pub const fn source(&self) -> &Arc<dyn EventSource> {
        &self.relay.source
    }

    /// Where its checkpoint, queue and marks are.
    pub const fn store(&self) -> &Arc<dyn Store> {
        &self.relay.store
    }

    /// In whose name it keeps them.
    pub const fn caller(&self) -> &Caller {
        &self.relay.caller
    }

    /// False while what its handler depends on is away.
    pub fn gate(&self) -> watch::Receiver<bool> {
        self.gate.clone()
    }

    /// Handles events that come another way than through the queue.
    pub const fn direct(&self) -> &Direct {
        &self.direct
    }

    /// Only relays, from the log to the queue, until `stop` is ready.
    pub async fn run_relay(&self, stop: impl Future<Output = ()> + Send) {
        self.relay.run(stop).await;
    }

    /// Only handles what the queue has, until `stop` is ready.
    pub async fn run_queue(&self, stop: impl Future<Output = ()> + Send) {
        self.worker.run(stop).await;
    }

    /// Relays and handles until `stop` is ready.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let (stopped, mut relay_stop) = watch::channel(false);
        let relay = self.relay.run(async move {
            // The sender is dropped only after it has said so.
            let _ = relay_stop.wait_for(|stopped| *stopped).await;
        });
        let stop = async {
            stop.await;
            stopped.send_replace(true);
        };
        tokio::join!(relay, self.worker.run(stop));
    }

    /// Relays what the log has, then handles what is due; returns how many messages were handled. For tests and
    /// simulation.
    pub async fn tick(&self) -> Result<usize, CommitError> {
        while self.relay.relay().await? > 0 {}
        Ok(self.worker.tick().await?)
    }
}

/// The worker's half.
struct Hearing {
    source: Arc<dyn EventSource>,
    consumer: Name,
    subscriber: Arc<dyn Subscriber>,
}

#[async_trait]
impl Handler for Hearing {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let pointer: Pointer = delivery.payload.read().map_err(Failure::unknown)?;
        let before = Position::new(pointer.position.get().saturating_sub(1));
        let event = self.source.read(before, 1).await?.pop();
        let event = event
            .filter(|event| event.position == pointer.position)
            .ok_or_else(|| Failure::retry("the log does not reach as far as it did"))?;
        let append = self.subscriber.on(&event).await?;
        Ok(append.handled(self.consumer.clone(), event.event.id).into())
    }
}
