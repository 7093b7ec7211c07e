//! From the log to the queue of a consumer.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use medcover_kernel::{Caller, Clock, CorrelationId, MessageId, Purpose, Rng, TenantId};
use medcover_store::{
    Append, CanonicalJson, CheckpointMove, CommitError, Context, Name, NewMessage, Position,
    Receipt, Recorded, Store, limits,
};
use medcover_telemetry::{Layer, Outcome, Span, Tracer, attributes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{EventSource, Pattern};

/// Sends a message for every event that is meant, in the commit that moves the checkpoint.
pub(super) struct Relay {
    pub(super) source: Arc<dyn EventSource>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    /// Names the checkpoint, the queue and the marks in the inbox.
    pub(super) consumer: Name,
    pub(super) patterns: Vec<Pattern>,
    pub(super) caller: Caller,
    pub(super) tracer: Tracer,
}

/// One commit, and the span in which it is made.
type Step = (Append, Span);

/// Where the event of a message stands.
#[derive(Serialize, Deserialize)]
pub(super) struct Pointer {
    pub(super) position: Position,
    pub(super) kind: String,
}

/// How long the relay waits after a failure, and at most between two looks at the log.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Messages that the relay sends in one commit.
const MESSAGES_A_COMMIT: usize = 200;

/// Commits that the relay has under way at once.
const COMMITS_AT_ONCE: usize = 64;

/// Whether two events have the same context, as those of one commit do.
fn same_commit(one: &Recorded, other: &Recorded) -> bool {
    let (one, other) = (&one.event, &other.event);
    one.tenant == other.tenant
        && one.correlation == other.correlation
        && one.purpose == other.purpose
        && one.traceparent == other.traceparent
}

impl Relay {
    /// Relays until `stop` is ready.
    pub(super) async fn run(&self, stop: impl Future<Output = ()>) {
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
    pub(super) async fn relay(&self) -> Result<usize, CommitError> {
        match self.relay_page().await {
            Err(CommitError::CheckpointMoved { .. }) => Ok(1),
            other => other,
        }
    }

    async fn relay_page(&self) -> Result<usize, CommitError> {
        let start = self.store.checkpoint(&self.consumer).await?;
        let page = self.source.read(start, limits::PAGE).await?;
        let mut at = start;
        let mut steps = Vec::new();
        for events in page.chunk_by(same_commit) {
            let meant: Vec<_> = events.iter().filter(|event| self.means(event)).collect();
            for meant in meant.chunks(MESSAGES_A_COMMIT) {
                let (step, to) = self.sending(at, meant)?;
                steps.push(step);
                at = to;
            }
        }
        if let Some(last) = page.last()
            && last.position > at
        {
            steps.push(self.moving_on(at, last.position));
        }
        self.commit_in_order(steps).await?;
        Ok(page.len())
    }

    /// Hands the steps over one after the other without waiting for each, so that the store can take many to the disk at
    /// once. A step counts only after the one before it: the checkpoint sees to that.
    async fn commit_in_order(&self, steps: Vec<Step>) -> Result<(), CommitError> {
        let mut steps = steps.into_iter();
        loop {
            let begun = steps.by_ref().take(COMMITS_AT_ONCE);
            let mut begun: Vec<_> = begun.map(|step| Some(self.commit(step))).collect();
            if begun.is_empty() {
                return Ok(());
            }
            poll_fn(|wakes| {
                let mut all = Poll::Ready(Ok(()));
                for slot in &mut begun {
                    match slot.as_mut().map(|commit| commit.as_mut().poll(wakes)) {
                        Some(Poll::Pending) => all = Poll::Pending,
                        Some(Poll::Ready(Err(error))) => return Poll::Ready(Err(error)),
                        Some(Poll::Ready(Ok(_))) => *slot = None,
                        None => {}
                    }
                }
                all
            })
            .await?;
        }
    }

    fn commit(
        &self,
        (append, span): Step,
    ) -> Pin<Box<dyn Future<Output = Result<Receipt, CommitError>> + Send + '_>> {
        let commit = self.store.commit(append);
        if !span.is_recorded() {
            return commit;
        }
        Box::pin(span.around(commit, |_, kept| match kept {
            Ok(_) => Outcome::Done,
            Err(CommitError::CheckpointMoved { .. }) => Outcome::Refused,
            Err(_) => Outcome::Failed,
        }))
    }

    fn means(&self, event: &Recorded) -> bool {
        means(&self.patterns, event)
    }

    /// Sends events of one undertaking, and moves the checkpoint behind the last of them.
    fn sending(
        &self,
        from: Position,
        events: &[&Recorded],
    ) -> Result<(Step, Position), CommitError> {
        let (first, last) = (events[0], events[events.len() - 1]);
        let (parent, correlation) = (first.event.parent(), first.event.correlation);
        let name = self.consumer.clone();
        let mut span = self.tracer.resume(Layer::Outbox, name, parent, correlation);
        span.set(attributes::COUNT, events.len());
        let mut context = Context {
            causation: None,
            ..Context::after(first, self.caller.clone())
        };
        if let Some(parent) = span.parent() {
            // Whoever handles the messages finds their sending as the parent.
            context.traceparent = Some(parent.to_string());
        }
        let mut append = Append::new(context);
        for event in events {
            append = append.send(message(&self.consumer, event)?);
        }
        append.checkpoint = Some(self.step(from, last.position));
        Ok(((append, span), last.position))
    }

    /// Moves the checkpoint over events that nobody means.
    fn moving_on(&self, from: Position, to: Position) -> Step {
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
        (append, Span::none())
    }

    fn step(&self, from: Position, to: Position) -> CheckpointMove {
        CheckpointMove {
            consumer: self.consumer.clone(),
            from,
            to,
        }
    }
}

/// Whether one of `patterns` means the event.
pub(super) fn means(patterns: &[Pattern], event: &Recorded) -> bool {
    let kind = &event.event.kind;
    patterns.iter().any(|pattern| pattern.matches(kind))
}

/// What the queue of `consumer` is told of an event. It has the same id however often it is made.
pub(super) fn message(consumer: &Name, recorded: &Recorded) -> Result<NewMessage, CommitError> {
    let event = &recorded.event;
    let pointer = Pointer {
        position: recorded.position,
        kind: event.kind.to_string(),
    };
    let id = Uuid::new_v5(&event.id.as_uuid(), consumer.as_bytes());
    Ok(NewMessage {
        id: MessageId::from_uuid(id),
        queue: consumer.clone(),
        key: Some(event.stream.to_string()),
        payload: CanonicalJson::of(&pointer)
            .map_err(|error| CommitError::Invalid(error.to_string()))?,
        not_before: None,
    })
}
