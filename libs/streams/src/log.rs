//! The log of a store as the record, its checkpoints as progress, and its inbox for what is to happen once.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{Caller, Clock, CorrelationId, Purpose, Rng, TenantId};
use medcover_store::{
    Append, CheckpointMove, CommitError, Context, Name, Position, Recorded, Store, StoreError,
    limits,
};
use medcover_workflow::bus::{EventSource, Pattern, Subscriber};
use medcover_workflow::queue::Failure;
use tokio::sync::watch;

use crate::Delivery;
use crate::hand::Handler;
use crate::record::{Message, Progress, Record, RecordError, RecordPage};

/// The events of a log that patterns mean, as pointers: what they say stays in the log.
pub struct Logged {
    source: Arc<dyn EventSource>,
    patterns: Vec<Pattern>,
}

/// How far groups are, as checkpoints of a store.
pub struct Checkpoints {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    caller: Caller,
    /// What follows the name of a group in the name of its checkpoint.
    suffix: &'static str,
}

/// Applies events to a store, each once: effect and mark are one commit.
///
/// The order within a stream of events is not kept between the consumers of a group. Who needs it takes a
/// [`Subscription`](medcover_workflow::bus::Subscription).
pub struct Applying {
    source: Arc<dyn EventSource>,
    store: Arc<dyn Store>,
    /// In whose name events are marked.
    group: Name,
    subscriber: Arc<dyn Subscriber>,
}

impl Logged {
    /// What `patterns` mean of the log of `source`.
    pub const fn new(source: Arc<dyn EventSource>, patterns: Vec<Pattern>) -> Self {
        Self { source, patterns }
    }

    fn message(&self, recorded: &Recorded) -> Option<Message> {
        let kind = &recorded.event.kind;
        let is_meant = self.patterns.iter().any(|it| it.matches(kind));
        is_meant.then(|| Message {
            position: recorded.position,
            event: recorded.event.id.as_uuid(),
            payload: kind.as_bytes().to_vec(),
        })
    }
}

#[async_trait]
impl Record for Logged {
    async fn read(&self, after: Position, limit: usize) -> Result<RecordPage, RecordError> {
        let page = self.source.read(after, limit.min(limits::PAGE)).await?;
        Ok(RecordPage {
            messages: page.iter().filter_map(|it| self.message(it)).collect(),
            end: page.last().map_or(after, |it| it.position),
        })
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.source.head()
    }
}

impl Checkpoints {
    /// Those of `store`, moved in the name of `caller`.
    pub const fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        caller: Caller,
    ) -> Self {
        Self {
            store,
            clock,
            rng,
            caller,
            // A subscription of the same name has a checkpoint of its own: how far it has queued, not how far it has applied.
            suffix: ":applied",
        }
    }

    /// The same, for groups that are subscriptions: their own checkpoints, below which nothing is left to tell them.
    #[must_use]
    pub(crate) const fn of_subscriptions(mut self) -> Self {
        self.suffix = "";
        self
    }

    fn name(&self, group: &str) -> String {
        format!("{group}{}", self.suffix)
    }
}

#[async_trait]
impl Progress for Checkpoints {
    async fn applied(&self, group: &str) -> Result<Position, RecordError> {
        Ok(self.store.checkpoint(&self.name(group)).await?)
    }

    async fn advance(&self, group: &str, to: Position) -> Result<(), RecordError> {
        let from = self.applied(group).await?;
        if from >= to {
            return Ok(());
        }
        let mut append = Append::new(Context {
            tenant: TenantId::DEFAULT,
            actor: self.caller.clone(),
            purpose: Purpose::Operations,
            correlation: CorrelationId::new(&*self.clock, &*self.rng),
            causation: None,
            traceparent: None,
        });
        append.checkpoint = Some(CheckpointMove {
            consumer: self.name(group).into(),
            from,
            to,
        });
        match self.store.commit(append).await {
            // Another has moved it; it comes again to what is further still.
            Ok(_) | Err(CommitError::CheckpointMoved { .. }) => Ok(()),
            Err(error) => Err(RecordError(error.to_string())),
        }
    }
}

impl Applying {
    /// Applies events of `source` to `store` as `subscriber` says, marked as handled by `group`.
    pub fn new(
        source: Arc<dyn EventSource>,
        store: Arc<dyn Store>,
        group: impl Into<Name>,
        subscriber: Arc<dyn Subscriber>,
    ) -> Self {
        Self {
            source,
            store,
            group: group.into(),
            subscriber,
        }
    }

    async fn event(&self, at: Position) -> Result<Recorded, Failure> {
        let before = Position::new(at.get().saturating_sub(1));
        let found = self.source.read(before, 1).await?.pop();
        let found = found.filter(|it| it.position == at);
        found.ok_or_else(|| Failure::retry("the log does not reach as far as it did"))
    }
}

#[async_trait]
impl Handler for Applying {
    async fn handle(&self, delivery: &Delivery) -> Result<(), Failure> {
        let event = self.event(delivery.position).await?;
        if event.event.id.as_uuid() != delivery.event {
            return Err(Failure::reject("the log has another event in this place"));
        }
        for _ in 0..limits::DECISIONS {
            let append = self.subscriber.on(&event).await?;
            let append = append.handled(self.group.clone(), event.event.id);
            match self.store.commit(append).await {
                Ok(_) | Err(CommitError::AlreadyHandled { .. }) => return Ok(()),
                Err(CommitError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::retry(
            "it met a conflict each time it was decided anew",
        ))
    }
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}
