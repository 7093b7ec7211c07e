//! From the log of one service to a handler of another.
//!
//! A subscription has two halves. The *relay* reads the log from its checkpoint and sends a message for every event that
//! is meant, in the same commit that moves the checkpoint. The *worker* takes those messages from the subscription's own
//! queue. So everything that the queue does holds for events too: pauses, attempts, fairness, dead letters, replay. The
//! key of a message is the event's stream: events of one stream are handled in their order, and one that cannot be
//! handled holds up that stream alone until it is set aside.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Caller, Clock, CorrelationId, MessageId, Purpose, Rng, TenantId};
use medcover_store::{
    Append, CanonicalJson, CheckpointMove, CommitError, Context, Delivery, Name, NewMessage,
    Position, Recorded, Store, StoreError, limits,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use super::Pattern;
use crate::queue::{Failure, Handled, Handler, Worker, WorkerConfig};

/// Reacts to events.
#[async_trait]
pub trait Subscriber: Send + Sync {
    /// What follows from the event here; it is committed together with the note that the event was handled, so it
    /// happens once. Begin the [`Append`] with [`Context::after`].
    async fn on(&self, event: &Recorded) -> Result<Append, Failure>;
}

/// A log to listen to: a store, or what stands for another process's.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// Up to `limit` events after `after`, in the order of the log, without gaps.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The position of the last event, and of each later one.
    fn head(&self) -> watch::Receiver<Position>;
}

/// The log of a store as a source.
struct LogOf(Arc<dyn Store>);

#[async_trait]
impl EventSource for LogOf {
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.0.read_log(after, limit).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.0.head()
    }
}

/// One consumer of one log.
pub struct Subscription {
    source: Arc<dyn EventSource>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    /// Names its checkpoint, its queue and its marks in the inbox.
    consumer: Name,
    patterns: Vec<Pattern>,
    caller: Caller,
    worker: Worker,
}

/// Where the event of a message stands.
#[derive(Serialize, Deserialize)]
struct Pointer {
    position: Position,
    kind: String,
}

/// How long the relay waits after a failure, and at most between two looks at the log.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Subscription {
    /// `subscriber` hears what `patterns` mean of the log of `source`, from its first event on. Checkpoint, queue and
    /// inbox are in `store`, under the name of the queue in `config`, which is the consumer's and unique there.
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
        Self {
            source,
            store,
            clock,
            rng,
            consumer,
            patterns,
            caller,
            worker,
        }
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
        self.worker = self.worker.gated(gate);
        self
    }

    /// Relays and handles until `stop` is ready.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let (stopped, mut relay_stop) = watch::channel(false);
        let relay = self.relay_until(async move {
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
        while self.relay().await? > 0 {}
        Ok(self.worker.tick().await?)
    }

    async fn relay_until(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut head = self.source.head();
        loop {
            head.borrow_and_update();
            let relayed = tokio::select! {
                biased;
                () = &mut stop => return,
                relayed = self.relay() => relayed,
            };
            match relayed {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(consumer = %self.consumer, %error, "events cannot be relayed");
                }
            }
            tokio::select! {
                biased;
                () = &mut stop => return,
                Ok(()) = head.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Relays one page of the log; returns 0 at its end. Several nodes may do so at once: the checkpoint lets one of them
    /// through, and the others look again.
    async fn relay(&self) -> Result<usize, CommitError> {
        match self.relay_page().await {
            Err(CommitError::CheckpointMoved { .. }) => Ok(1),
            other => other,
        }
    }

    async fn relay_page(&self) -> Result<usize, CommitError> {
        let start = self.store.checkpoint(&self.consumer).await?;
        let page = self.source.read(start, limits::PAGE).await?;
        let mut at = start;
        let mut meant = Vec::new();
        for event in &page {
            let follows = meant.last().is_none_or(|last| same_commit(last, event));
            if !follows || meant.len() == MESSAGES_A_COMMIT {
                at = self.send(at, std::mem::take(&mut meant)).await?;
            }
            if self.means(event) {
                meant.push(event.clone());
            }
        }
        if !meant.is_empty() {
            at = self.send(at, meant).await?;
        }
        if let Some(last) = page.last()
            && last.position > at
        {
            self.move_on(at, last.position).await?;
        }
        Ok(page.len())
    }

    fn means(&self, event: &Recorded) -> bool {
        let kind = &event.event.kind;
        self.patterns.iter().any(|pattern| pattern.matches(kind))
    }

    /// Sends events of one undertaking, and moves the checkpoint behind the last of them.
    async fn send(&self, from: Position, events: Vec<Recorded>) -> Result<Position, CommitError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(from);
        };
        let to = last.position;
        let context = Context {
            causation: None,
            ..Context::after(first, self.caller.clone())
        };
        let mut append = Append::new(context);
        for event in &events {
            append = append.send(self.message(event)?);
        }
        append.checkpoint = Some(self.step(from, to));
        self.store.commit(append).await?;
        Ok(to)
    }

    /// Moves the checkpoint over events that nobody means.
    async fn move_on(&self, from: Position, to: Position) -> Result<(), CommitError> {
        let context = Context {
            tenant: TenantId::DEFAULT,
            actor: self.caller.clone(),
            purpose: Purpose::Operations,
            correlation: CorrelationId::new(&*self.clock, &*self.rng),
            causation: None,
            traceparent: None,
        };
        let mut append = Append::new(context);
        append.checkpoint = Some(self.step(from, to));
        self.store.commit(append).await.map(drop)
    }

    fn step(&self, from: Position, to: Position) -> CheckpointMove {
        CheckpointMove {
            consumer: self.consumer.clone(),
            from,
            to,
        }
    }

    fn message(&self, recorded: &Recorded) -> Result<NewMessage, CommitError> {
        let event = &recorded.event;
        let pointer = Pointer {
            position: recorded.position,
            kind: event.kind.to_string(),
        };
        let id = Uuid::new_v5(&event.id.as_uuid(), self.consumer.as_bytes());
        Ok(NewMessage {
            id: MessageId::from_uuid(id),
            queue: self.consumer.clone(),
            key: Some(event.stream.to_string()),
            payload: CanonicalJson::of(&pointer)
                .map_err(|error| CommitError::Invalid(error.to_string()))?,
            not_before: None,
        })
    }
}

/// Messages that the relay sends in one commit.
const MESSAGES_A_COMMIT: usize = 200;

/// Whether two events have the same context, as those of one commit do.
fn same_commit(one: &Recorded, other: &Recorded) -> bool {
    let (one, other) = (&one.event, &other.event);
    one.tenant == other.tenant
        && one.correlation == other.correlation
        && one.purpose == other.purpose
        && one.traceparent == other.traceparent
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
        let pointer: Pointer = delivery
            .payload
            .read()
            .map_err(|error| Failure::reject(error.to_string()))?;
        let before = Position::new(pointer.position.get().saturating_sub(1));
        let event = self.source.read(before, 1).await?.pop();
        let event = event
            .filter(|event| event.position == pointer.position)
            .ok_or_else(|| Failure::retry("the log does not reach as far as it did"))?;
        let append = self.subscriber.on(&event).await?;
        Ok(append.handled(self.consumer.clone(), event.event.id).into())
    }
}
