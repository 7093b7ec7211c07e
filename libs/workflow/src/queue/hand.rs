//! One message from its claim to its end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Caller, Clock, Rng};
use medcover_store::{Append, Claim, CommitError, Context, Delivery, Outcome, Store, limits};
use medcover_telemetry::{
    Context as Telling, Layer, Outcome as SpanOutcome, Span, TracePlace, attributes,
};
use tokio::sync::watch;

use super::handler::{LEFT_FOR, UNKNOWN_FOR};
use super::{Failure, Handled, Handler, WorkerConfig};
use crate::observe::{Observer, Settlement};

/// What all messages in hand of one worker share.
pub(super) struct Hand {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) handler: Arc<dyn Handler>,
    pub(super) config: WorkerConfig,
    pub(super) observer: Arc<dyn Observer>,
    /// Whether what the handler depends on is there; true where nobody watches it.
    pub(super) gate: watch::Receiver<bool>,
    /// Messages in hand that wait for a dependency.
    pub(super) waiting: watch::Sender<usize>,
    pub(super) stopping: watch::Sender<bool>,
}

/// What became of a delivery that the worker still holds.
enum Next {
    /// Nothing is left to do with it, which ended so.
    Over(Option<Settlement>),
    /// Handle it again, as the same attempt.
    Again,
}

impl Hand {
    pub(super) fn may_claim(&self) -> bool {
        *self.gate.borrow() && *self.waiting.borrow() == 0
    }

    pub(super) fn claim_of(&self, max: usize) -> Claim {
        Claim {
            queue: self.config.queue.clone(),
            worker: self.config.worker.clone(),
            lease: self.config.lease,
            max: max.min(limits::CLAIMED),
        }
    }

    pub(super) async fn claim(&self, max: usize) -> Vec<Delivery> {
        match self.store.claim(self.claim_of(max)).await {
            Ok(deliveries) => {
                self.note_claimed(deliveries.len());
                deliveries
            }
            Err(error) => {
                tracing::warn!(queue = %self.config.queue, %error, "the queue cannot be read");
                Vec::new()
            }
        }
    }

    pub(super) fn note_claimed(&self, messages: usize) {
        if messages > 0 {
            self.observer.claimed(&self.config.queue, messages);
        }
    }

    fn note_settled(&self, how: Settlement) {
        self.observer.settled(&self.config.queue, how);
    }

    /// Sees one delivery to its end, in the trace and the undertaking in which it was sent.
    pub(super) async fn work(&self, delivery: Delivery) {
        let (parent, correlation) = (delivery.context.parent(), delivery.context.correlation);
        let (tracer, queue) = (self.observer.tracer(), delivery.queue.clone());
        let mut span = tracer.resume(Layer::Consumer, queue.clone(), parent, correlation);
        span.set(attributes::QUEUE, queue);
        span.set(attributes::ATTEMPT, delivery.attempt);
        let context = Telling {
            correlation: Some(correlation),
            place: parent.map_or_else(TracePlace::default, |it| span.place_or(it, None)),
            ..Telling::default()
        };
        let work = span.around(self.see_to(delivery), told);
        context.around(work).await;
    }

    /// How it ended here; nothing where somebody else has it by now, or where that is not known.
    async fn see_to(&self, delivery: Delivery) -> Option<Settlement> {
        if delivery.attempt > self.config.retry.attempts {
            let reason = "attempts used up; the last ones ended without a word";
            return self.set_aside(&delivery, reason.to_owned()).await;
        }
        for _ in 0..limits::DECISIONS {
            let handled = self.renewing(&delivery, self.handled(&delivery)).await?;
            let next = match handled {
                Ok(Handled::Acknowledged) => {
                    self.note_settled(Settlement::Done);
                    Next::Over(Some(Settlement::Done))
                }
                Ok(Handled::Effects(effects)) => self.keep(&delivery, *effects).await,
                Err(failure) => Next::Over(self.fail(&delivery, failure).await),
            };
            if let Next::Over(how) = next {
                return how;
            }
        }
        let reason = "it met a conflict each time it was decided anew";
        self.fail(&delivery, Failure::retry(reason)).await
    }

    /// The handler's answer; while it says that a dependency is away, waits and asks again.
    async fn handled(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let mut pauses = 0;
        loop {
            let (reason, after) = match self.handler.handle(delivery).await {
                Err(Failure::DependencyDown { reason, after }) => (reason, after),
                other => return other,
            };
            pauses += 1;
            if pauses == 1 {
                tracing::warn!(%reason, "paused: a dependency is away");
            }
            let after = after.unwrap_or_else(|| self.config.retry.jittered(pauses, &*self.rng));
            if self.wait_for_dependency(after).await {
                let reason = format!("stopped while waiting: {reason}");
                return Err(Failure::Retry {
                    reason,
                    after: Some(Duration::ZERO),
                });
            }
        }
    }

    /// Waits for `pause`, and for the gate where it is shut; true when the worker is to stop instead.
    async fn wait_for_dependency(&self, pause: Duration) -> bool {
        self.waiting.send_modify(|waiting| *waiting += 1);
        let _waits = Waits(&self.waiting);
        let (mut gate, mut stopping) = (self.gate.clone(), self.stopping.subscribe());
        let back = async {
            let shut = !*gate.borrow_and_update();
            if !shut {
                tokio::time::sleep(pause).await;
            }
            // A gate whose owner is gone says nothing more: do not wait for it.
            let _ = gate.wait_for(|open| *open).await;
        };
        tokio::select! {
            () = back => false,
            _ = stopping.wait_for(|stopping| *stopping) => true,
        }
    }

    /// Does `work` while renewing the lease; `None` when the lease was lost, with `work` dropped where it stood.
    async fn renewing<T>(&self, delivery: &Delivery, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = tokio::time::sleep(self.config.lease / 3) => {
                    let until = self.clock.now().plus(self.config.lease);
                    let kept = self.settle(delivery, Outcome::Extended { until }).await;
                    if matches!(kept, Err(CommitError::StaleDelivery { .. })) {
                        return None;
                    }
                }
            }
        }
    }

    /// Commits what the handler did, and the acknowledgement with it.
    async fn keep(&self, delivery: &Delivery, effects: Append) -> Next {
        match self
            .store
            .commit(effects.settle(delivery.settled(Outcome::Done)))
            .await
        {
            Ok(_) => {
                self.note_settled(Settlement::Done);
                Next::Over(Some(Settlement::Done))
            }
            Err(CommitError::StaleDelivery { .. }) => Next::Over(None),
            Err(CommitError::Conflict { .. }) => Next::Again,
            Err(CommitError::AlreadyHandled { .. }) => {
                Next::Over(self.settled(delivery, Outcome::Done).await)
            }
            // Whether it was kept is not known. The lease brings the message back if it was not.
            Err(CommitError::Unavailable(reason)) => {
                tracing::warn!(%reason, "the outcome of a commit is unknown");
                Next::Over(None)
            }
            Err(error) => Next::Over(self.set_aside(delivery, error.to_string()).await),
        }
    }

    async fn fail(&self, delivery: &Delivery, failure: Failure) -> Option<Settlement> {
        let (reason, after) = match failure {
            Failure::Reject { reason } => return self.set_aside(delivery, reason).await,
            Failure::Unknown { reason } => return self.leave(delivery, reason).await,
            Failure::Retry { reason, after } | Failure::DependencyDown { reason, after } => {
                (reason, after)
            }
        };
        let Some(pause) = self.config.retry.pause_after(delivery.attempt, &*self.rng) else {
            let reason = format!("attempts used up: {reason}");
            return self.set_aside(delivery, reason).await;
        };
        let at = self.clock.now().plus(after.unwrap_or(pause));
        self.settled(delivery, Outcome::Retry { at, reason }).await
    }

    /// Leaves it to a process of another version, as long as there may be one.
    async fn leave(&self, delivery: &Delivery, reason: String) -> Option<Settlement> {
        let now = self.clock.now();
        if delivery.sent_at.plus(UNKNOWN_FOR) <= now {
            let reason = format!("no process knows what it says: {reason}");
            return self.set_aside(delivery, reason).await;
        }
        tracing::warn!(queue = %delivery.queue, message = %delivery.id, %reason, "a message is left to another version");
        let at = now.plus(self.config.retry.jittered(1, &*self.rng).max(LEFT_FOR));
        self.settled(delivery, Outcome::Left { at, reason }).await
    }

    async fn set_aside(&self, delivery: &Delivery, reason: String) -> Option<Settlement> {
        tracing::error!(queue = %delivery.queue, message = %delivery.id, %reason, "a message is set aside");
        self.settled(delivery, Outcome::Dead { reason }).await
    }

    /// Settles without further effects. If that cannot be kept the lease runs out, and the message comes again.
    async fn settled(&self, delivery: &Delivery, outcome: Outcome) -> Option<Settlement> {
        match self.settle(delivery, outcome).await {
            Ok(how) => how,
            Err(CommitError::StaleDelivery { .. }) => None,
            Err(error) => {
                tracing::warn!(%error, "a message cannot be settled");
                None
            }
        }
    }

    async fn settle(
        &self,
        delivery: &Delivery,
        outcome: Outcome,
    ) -> Result<Option<Settlement>, CommitError> {
        let actor = Caller::Service(self.config.service.clone());
        let append = Append::new(Context::handling(delivery, actor));
        let how = match &outcome {
            Outcome::Done => Some(Settlement::Done),
            Outcome::Extended { .. } => None,
            Outcome::Retry { .. } | Outcome::Left { .. } => Some(Settlement::Retry),
            Outcome::Dead { .. } => Some(Settlement::Dead),
        };
        let append = append.settle(delivery.settled(outcome));
        self.store.commit(append).await?;
        if let Some(how) = how {
            self.note_settled(how);
        }
        Ok(how)
    }
}

/// What the span of a message says of its end.
#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "whoever ends a span looks at what came of its work"
)]
fn told(span: &mut Span, how: &Option<Settlement>) -> SpanOutcome {
    match how {
        Some(Settlement::Done) => SpanOutcome::Done,
        Some(how) => {
            span.set(attributes::ERROR, how.as_str());
            SpanOutcome::Failed
        }
        None => {
            span.set(attributes::ERROR, "lost");
            SpanOutcome::Refused
        }
    }
}

/// Counts a waiting message off again, also when its task is dropped.
struct Waits<'a>(&'a watch::Sender<usize>);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}
