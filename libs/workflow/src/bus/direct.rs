//! Events that come another way than through the queue: told of by pointers, in any order and more than once.
//!
//! Who is given a pointer first sees to all that the stream of the event has before it and that was not seen to yet, so the
//! order of the stream is kept, whoever comes first. What cannot be handled at once goes to the queue of the subscription,
//! with its pauses, its attempts and its dead letters, and the rest of the stream behind it until the queue has done with
//! it. Every event leaves one of two marks in the commit in which that happens: handled, or queued. Those up to the
//! checkpoint were seen to before: handled, or queued by the relay of the subscription.

use std::sync::Arc;

use medcover_kernel::{Caller, Clock, Rng, Timestamp};
use medcover_saga::Retry;
use medcover_store::{
    Append, CommitError, Context, Name, Position, Recorded, Store, StoreError, Version, is_handled,
    limits,
};
use medcover_telemetry::{Context as Telling, Layer, Outcome, Span, TracePlace, attributes};

use super::pointer::{EventPointer, Heard, Turns};
use super::relay::{means, message};
use super::{EventSource, Pattern, Subscriber};
use crate::observe::{Observer, Settlement};
use crate::queue::Failure;

/// Events before the one that is pointed to that are looked at first; then as many as a stream may be loaded with.
const LOOKED_AT: [u64; 2] = [64, limits::LOADED_EVENTS as u64 / 2];

/// Sees to events of one subscription as pointers to them come.
pub struct Direct {
    pub(super) source: Arc<dyn EventSource>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) consumer: Name,
    /// In whose name events are marked that went to the queue.
    pub(super) queued: Name,
    pub(super) patterns: Vec<Pattern>,
    pub(super) subscriber: Arc<dyn Subscriber>,
    pub(super) caller: Caller,
    pub(super) retry: Retry,
    pub(super) observer: Arc<dyn Observer>,
    /// Streams in turn, by their ids: of one stream this process sees to one event at a time.
    pub(super) turns: Turns,
}

/// How far a stream was seen to.
struct Walk<'a> {
    /// What is left to see to, the last event first.
    left: Vec<&'a Recorded>,
    /// What became of the event before.
    before: Heard,
}

impl Direct {
    pub(super) fn mark_of_queued(consumer: &Name) -> Name {
        format!("{consumer}:queued").into()
    }

    /// Whether events of this kind are meant.
    pub fn means(&self, kind: &str) -> bool {
        self.patterns.iter().any(|it| it.matches(kind))
    }

    /// Sees to the event, and before it to what its stream has before it. It fails only where nothing can be done now.
    pub async fn hear(&self, pointer: &EventPointer) -> Result<Heard, Failure> {
        self.see_to(pointer, None).await
    }

    /// The same, but the event goes to the queue, because of `reason`.
    pub async fn give_up(&self, pointer: &EventPointer, reason: &str) -> Result<Heard, Failure> {
        self.see_to(pointer, Some(reason)).await
    }

    async fn see_to(
        &self,
        pointer: &EventPointer,
        given_up: Option<&str>,
    ) -> Result<Heard, Failure> {
        let _turn = self.turns.take(&pointer.stream).await;
        let checkpoint = self.store.checkpoint(&self.consumer).await;
        let checkpoint = checkpoint.map_err(away)?;
        if pointer.position <= checkpoint {
            return Ok(Heard::Queued);
        }
        for looked_at in LOOKED_AT {
            let after = pointer.version.get().saturating_sub(looked_at);
            let after = Version::new(after);
            let (tenant, stream) = (pointer.tenant, &pointer.stream);
            let events = self.source.stream(tenant, stream, after).await;
            let mut events = events.map_err(away)?;
            let is_it =
                |it: &Recorded| it.position == pointer.position && it.event.id == pointer.event;
            let Some(at) = events.iter().position(is_it) else {
                return self.missing(pointer).await;
            };
            events.truncate(at + 1);
            let is_whole = after == Version::NONE;
            let Some(walk) = self.walk(&events, is_whole, checkpoint).await? else {
                continue;
            };
            return self.see_to_all(walk, given_up).await;
        }
        // Others work at what is before it.
        Err(Failure::retry("too much of the stream was not seen to yet"))
    }

    /// What there is to say of an event that its stream has not.
    async fn missing(&self, pointer: &EventPointer) -> Result<Heard, Failure> {
        let before = Position::new(pointer.position.get().saturating_sub(1));
        let found = self.source.read(before, 1).await.map_err(away)?;
        let is_another =
            |it: &&Recorded| it.position == pointer.position && it.event.id != pointer.event;
        match found.first().filter(is_another) {
            Some(_) => Ok(Heard::Gone),
            None => Err(Failure::retry("the log does not reach as far as it did")),
        }
    }

    /// Goes back from the last of `events` to what was seen to; nothing where `events` does not reach as far.
    async fn walk<'a>(
        &self,
        events: &'a [Recorded],
        is_whole: bool,
        checkpoint: Position,
    ) -> Result<Option<Walk<'a>>, Failure> {
        let mut left = Vec::new();
        for event in events.iter().rev().filter(|it| means(&self.patterns, it)) {
            let (handled, queued) = tokio::join!(
                self.is_marked(&self.consumer, event),
                self.is_marked(&self.queued, event)
            );
            let before = match (handled?, queued? || event.position <= checkpoint) {
                (true, _) => Some(Heard::Handled),
                (false, true) => Some(Heard::Queued),
                (false, false) => None,
            };
            if let Some(before) = before {
                return Ok(Some(Walk { left, before }));
            }
            left.push(event);
        }
        let before = Heard::Handled;
        Ok(is_whole.then_some(Walk { left, before }))
    }

    async fn is_marked(&self, consumer: &str, event: &Recorded) -> Result<bool, Failure> {
        let (store, event) = (&*self.store, &event.event);
        let marked = is_handled(store, event.tenant, consumer, event.id).await;
        marked.map_err(away)
    }

    async fn see_to_all(&self, walk: Walk<'_>, given_up: Option<&str>) -> Result<Heard, Failure> {
        let Walk {
            mut left,
            mut before,
        } = walk;
        while let Some(event) = left.pop() {
            let given_up = given_up.filter(|_| left.is_empty());
            before = match given_up {
                Some(reason) => self.queue(event, Some(reason), None).await?,
                // What the queue has may not have had its effect yet.
                None if before == Heard::Queued => self.queue(event, None, None).await?,
                None => self.handle(event).await?,
            };
        }
        Ok(before)
    }

    /// Has the event handled, in the trace and the undertaking that it is of.
    async fn handle(&self, event: &Recorded) -> Result<Heard, Failure> {
        self.observer.claimed(&self.consumer, 1);
        let (parent, correlation) = (event.event.parent(), event.event.correlation);
        let (tracer, consumer) = (self.observer.tracer(), self.consumer.clone());
        let mut span = tracer.resume(Layer::Consumer, consumer.clone(), parent, correlation);
        span.set(attributes::QUEUE, consumer);
        let context = Telling {
            correlation: Some(correlation),
            place: parent.map_or_else(TracePlace::default, |it| span.place_or(it, None)),
            ..Telling::default()
        };
        context.around(span.around(self.decide(event), told)).await
    }

    async fn decide(&self, event: &Recorded) -> Result<Heard, Failure> {
        for _ in 0..limits::DECISIONS {
            let append = match self.subscriber.on(event).await {
                Ok(append) => append,
                Err(down @ Failure::DependencyDown { .. }) => return Err(down),
                // The queue knows how to set it aside, or to leave it to others.
                Err(Failure::Reject { reason } | Failure::Unknown { reason }) => {
                    return self.queue(event, Some(&reason), None).await;
                }
                Err(Failure::Retry { reason, after }) => {
                    let pause = after.unwrap_or_else(|| self.retry.jittered(1, &*self.rng));
                    let at = self.clock.now().plus(pause);
                    return self.queue(event, Some(&reason), Some(at)).await;
                }
            };
            let append = append.handled(self.consumer.clone(), event.event.id);
            match self.store.commit(append).await {
                Ok(_) => {
                    self.observer.settled(&self.consumer, Settlement::Done);
                    return Ok(Heard::Handled);
                }
                Err(CommitError::AlreadyHandled { .. }) => return Ok(Heard::Handled),
                Err(CommitError::Conflict { .. }) => {}
                Err(error @ CommitError::Unavailable(_)) => return Err(not_kept(error)),
                Err(error) => return self.queue(event, Some(&error.to_string()), None).await,
            }
        }
        let reason = "it met a conflict each time it was decided anew";
        self.queue(event, Some(reason), None).await
    }

    /// Leaves the event to the queue; what is there already is not there twice.
    async fn queue(
        &self,
        event: &Recorded,
        reason: Option<&str>,
        not_before: Option<Timestamp>,
    ) -> Result<Heard, Failure> {
        if let Some(reason) = reason {
            let position = event.position.get();
            tracing::debug!(queue = %self.consumer, position, reason, "an event is left to the queue");
        }
        let mut message = message(&self.consumer, event).map_err(not_kept)?;
        message.not_before = not_before;
        let context = Context {
            causation: None,
            ..Context::after(event, self.caller.clone())
        };
        let append = Append::new(context).send(message);
        let append = append.handled(self.queued.clone(), event.event.id);
        match self.store.commit(append).await {
            Ok(_) | Err(CommitError::AlreadyHandled { .. }) => Ok(Heard::Queued),
            Err(error) => Err(not_kept(error)),
        }
    }
}

/// What the span of an event says of its end.
fn told(span: &mut Span, heard: &Result<Heard, Failure>) -> Outcome {
    match heard {
        Ok(Heard::Handled) => Outcome::Done,
        Ok(Heard::Queued | Heard::Gone) => {
            span.set(attributes::ERROR, "retry");
            Outcome::Failed
        }
        Err(_) => {
            span.set(attributes::ERROR, "away");
            Outcome::Failed
        }
    }
}

/// What is needed for every event is away, or it is not known what became of a commit.
fn away(error: StoreError) -> Failure {
    match error {
        StoreError::Unavailable(_) => Failure::DependencyDown {
            reason: error.to_string(),
            after: None,
        },
        other => Failure::retry(other.to_string()),
    }
}

fn not_kept(error: CommitError) -> Failure {
    match error {
        CommitError::Unavailable(reason) => Failure::DependencyDown {
            reason,
            after: None,
        },
        other => Failure::retry(other.to_string()),
    }
}
