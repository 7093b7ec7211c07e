//! One message from its delivery to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, Rng};
use medcover_redis::redis::Value;
use medcover_redis::{Redis, RedisError};
use medcover_store::{Name, limits};
use medcover_workflow::queue::Failure;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::entry::{Delivery, taken};
use crate::keys::{GroupKeys, StreamKeys};
use crate::scripts::{GIVE_BACK, SET_ASIDE, TAKE_OVER};
use crate::status::{ConsumerCounts, RelayCounts};
use crate::{Progress, StreamsConfig};

/// Does the work of a group.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Does it, or says why not. It may be dropped at any await, and the same message may come again, to another process
    /// too: what it effects must be noted with [`Delivery::event`], in one commit with the effect.
    async fn handle(&self, delivery: &Delivery) -> Result<(), Failure>;

    /// Takes over a message that is given up, because of `reason`; false leaves it to the dead letters of the group.
    async fn give_up(&self, _delivery: &Delivery, _reason: &str) -> Result<bool, Failure> {
        Ok(false)
    }
}

/// What all messages in hand of one consumer share.
pub(crate) struct Hand {
    pub(crate) redis: Redis,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) stream: Name,
    pub(crate) group: Name,
    /// The consumer's name.
    pub(crate) name: String,
    pub(crate) keys: StreamKeys,
    pub(crate) group_keys: GroupKeys,
    pub(crate) config: StreamsConfig,
    pub(crate) gate: watch::Receiver<bool>,
    pub(crate) counts: Arc<ConsumerCounts>,
    /// Until then nothing is taken, by the clock, in milliseconds.
    pub(crate) paused_until: AtomicU64,
}

/// What is to be acknowledged.
pub(crate) struct Done {
    pub(crate) id: String,
    /// The position of a dead letter that was sent again.
    pub(crate) again: Option<u64>,
}

impl Hand {
    /// Waits until it may take messages.
    pub(crate) async fn may_take(&self) {
        let mut gate = self.gate.clone();
        loop {
            // A gate whose owner is gone says nothing more: it is not waited for.
            let _ = gate.wait_for(|open| *open).await;
            let until = Duration::from_millis(self.paused_until.load(Ordering::Relaxed));
            let left = until.saturating_sub(self.clock.elapsed());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }

    /// Takes over up to `room` messages that lay still for long enough, from `cursor` on; the next cursor.
    pub(crate) async fn take_over(
        &self,
        cursor: &str,
        room: usize,
    ) -> Result<(String, Vec<Delivery>), RedisError> {
        let (next, found): (String, Vec<Value>) = self
            .redis
            .run(&TAKE_OVER, &self.keys.both(), |call| {
                call.arg(&*self.group).arg(&self.name);
                call.arg(self.config.claim_ms).arg(cursor).arg(room);
            })
            .await?;
        if next == "dropped" {
            tracing::error!(stream = %self.stream, "somebody deleted messages; the stream is made anew");
        }
        let taken = taken(found);
        RelayCounts::add(&self.counts.taken_over, taken.len() as u64);
        Ok((next, taken))
    }

    /// Sees one delivery to its end.
    pub(crate) async fn work(&self, delivery: Delivery, done: &mpsc::Sender<Done>) {
        let is_ours = delivery
            .again_for
            .as_deref()
            .is_none_or(|it| it == self.group);
        if is_ours && delivery.attempt > self.config.attempts {
            let reason = "attempts used up; the last ones ended without a word";
            return self.give_up(&delivery, reason, done).await;
        }
        let handled = if is_ours {
            self.handled(&delivery).await
        } else {
            Ok(())
        };
        match handled {
            Ok(()) => {
                let again = delivery.again_for.is_some() && is_ours;
                self.end(&delivery, again, done).await;
            }
            Err(Failure::Reject { reason }) => self.give_up(&delivery, &reason, done).await,
            Err(Failure::Retry { reason, after }) => {
                self.fail(&delivery, &reason, after, done).await;
            }
            // Whoever it is given to next may run another version.
            Err(Failure::Unknown { reason }) => self.fail(&delivery, &reason, None, done).await,
            Err(Failure::DependencyDown { reason, after }) => {
                self.pause(&delivery, &reason, after).await;
            }
        }
    }

    async fn handled(&self, delivery: &Delivery) -> Result<(), Failure> {
        let handling = timeout(self.config.handle(), self.handler.handle(delivery));
        let late = |_| Err(Failure::retry("it took too long"));
        handling.await.unwrap_or_else(late)
    }

    /// Has it acknowledged; where nobody acknowledges any more, the message comes again.
    async fn end(&self, delivery: &Delivery, again: bool, done: &mpsc::Sender<Done>) {
        let id = delivery.id.clone();
        let again = again.then_some(delivery.position.get());
        let _ = done.send(Done { id, again }).await;
    }

    async fn fail(
        &self,
        delivery: &Delivery,
        reason: &str,
        after: Option<Duration>,
        done: &mpsc::Sender<Done>,
    ) {
        let retry = self.config.retry();
        let Some(pause) = retry.pause_after(delivery.attempt, &*self.rng) else {
            let reason = format!("attempts used up: {reason}");
            return self.give_up(delivery, &reason, done).await;
        };
        tracing::debug!(group = %self.group, position = delivery.position.get(), reason, "a message is tried again");
        self.give_back(delivery, after.unwrap_or(pause), delivery.attempt)
            .await;
    }

    /// Takes nothing for a while, and counts no attempt: what the handler needs is away.
    async fn pause(&self, delivery: &Delivery, reason: &str, after: Option<Duration>) {
        let pause = after.unwrap_or_else(|| self.config.retry().jittered(4, &*self.rng));
        let until = self.clock.elapsed().saturating_add(pause).as_millis();
        let until = u64::try_from(until).unwrap_or(u64::MAX);
        let before = self.paused_until.fetch_max(until, Ordering::Relaxed);
        if Duration::from_millis(before) <= self.clock.elapsed() {
            tracing::warn!(group = %self.group, reason, "paused: a dependency is away");
        }
        self.give_back(delivery, pause, delivery.attempt.saturating_sub(1))
            .await;
    }

    /// Lets the message lie for `pause`, with `attempts` counted. Whoever sweeps then takes it.
    async fn give_back(&self, delivery: &Delivery, pause: Duration, attempts: u32) {
        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let lain = self.config.claim_ms.saturating_sub(pause);
        let given: Result<u64, _> = self
            .redis
            .run(&GIVE_BACK, &[&self.keys.stream], |call| {
                call.arg(&*self.group).arg(&self.name);
                call.arg(&delivery.id).arg(delivery.attempt);
                call.arg(lain).arg(attempts);
            })
            .await;
        self.note(given, &self.counts.retried);
    }

    /// Leaves it to the handler, or else sets it aside.
    async fn give_up(&self, delivery: &Delivery, reason: &str, done: &mpsc::Sender<Done>) {
        match timeout(self.config.handle(), self.handler.give_up(delivery, reason)).await {
            Ok(Ok(true)) => {
                RelayCounts::add(&self.counts.given_up, 1);
                self.end(delivery, delivery.again_for.is_some(), done).await;
            }
            Ok(Ok(false)) => self.set_aside(delivery, reason).await,
            failed => {
                let cause = match failed {
                    Ok(Err(
                        Failure::Retry { reason, .. }
                        | Failure::Reject { reason }
                        | Failure::Unknown { reason },
                    )) => reason,
                    Ok(Err(Failure::DependencyDown { reason, after })) => {
                        return self.pause(delivery, &reason, after).await;
                    }
                    _ => "it took too long".to_owned(),
                };
                tracing::warn!(group = %self.group, reason, cause, "a message cannot be given up");
                let pause = self.config.retry().jittered(delivery.attempt, &*self.rng);
                self.give_back(delivery, pause, delivery.attempt).await;
            }
        }
    }

    async fn set_aside(&self, delivery: &Delivery, reason: &str) {
        let at = self.clock.now().as_micros() / 1_000;
        let end = reason.floor_char_boundary(limits::REASON_BYTES);
        let keys = self.keys.with(&self.group_keys);
        let aside: Result<u64, _> = self
            .redis
            .run(&SET_ASIDE, &keys, |call| {
                call.arg(&*self.group).arg(&self.name);
                call.arg(&delivery.id).arg(delivery.attempt);
                call.arg(delivery.position.get())
                    .arg(delivery.event.as_bytes());
                call.arg(&delivery.payload).arg(&reason[..end]).arg(at);
            })
            .await;
        if self.note(aside, &self.counts.set_aside) {
            tracing::error!(group = %self.group, position = delivery.position.get(), reason, "a message is set aside");
        }
    }

    /// Whether it was done. Where it was not, the message comes again when it has lain still for long enough.
    fn note(&self, done: Result<u64, RedisError>, counter: &AtomicU64) -> bool {
        match done {
            Ok(1) => {
                RelayCounts::add(counter, 1);
                true
            }
            // Somebody else has it by now.
            Ok(_) => false,
            Err(error) => {
                tracing::warn!(group = %self.group, %error, "a message cannot be settled");
                false
            }
        }
    }
}
