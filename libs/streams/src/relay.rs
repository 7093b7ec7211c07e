//! From the record to the stream.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use medcover_kernel::Clock;
use medcover_redis::redis::Cmd;
use medcover_redis::{Redis, RedisError};
use medcover_store::{Name, Position};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::StreamsConfig;
use crate::keys::StreamKeys;
use crate::record::{Message, Progress, Record, RecordError};
use crate::scripts::{DROP, LAST, PUBLISH, TRIM};
use crate::status::{RelayCounts, millis};

/// The pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_millis(200);
/// For so long the record may be seen shorter than the stream, which other processes write too.
const BEHIND: Duration = Duration::from_secs(2);

/// Publishes what the record has, and again what Redis lost. Several may do so for one stream: each adds only behind the
/// message that it knows as the last, so none is missing and none is there twice.
pub struct Relay {
    redis: Redis,
    record: Arc<dyn Record>,
    progress: Arc<dyn Progress>,
    stream: Name,
    keys: StreamKeys,
    groups: Vec<Name>,
    config: StreamsConfig,
    clock: Arc<dyn Clock>,
    counts: Arc<RelayCounts>,
    /// Whether it has seen that the stream is of the record.
    begun: watch::Sender<bool>,
}

/// Why nothing could be published.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// Redis did not take it.
    #[error(transparent)]
    Redis(#[from] RedisError),
    /// The record, or how far groups are, cannot be read.
    #[error("the record cannot be read: {0}")]
    Record(#[from] RecordError),
}

/// How far the stream is, as far as this relay knows.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The last message of the stream.
    ends: Position,
    /// The record was looked through up to here.
    seen: Position,
    /// Where the stream begins, unless it goes on where it ended.
    from: Option<Position>,
}

impl Relay {
    /// Publishes `record` as `stream`, for `groups`: all that there are, or what one of them has not applied may be dropped.
    pub fn new(
        redis: Redis,
        clock: Arc<dyn Clock>,
        record: Arc<dyn Record>,
        progress: Arc<dyn Progress>,
        stream: impl Into<Name>,
        groups: impl IntoIterator<Item = Name>,
        config: StreamsConfig,
    ) -> Self {
        let stream = stream.into();
        Self {
            keys: StreamKeys::of(&stream),
            counts: Arc::new(RelayCounts::of(&stream)),
            groups: groups.into_iter().collect(),
            redis,
            record,
            progress,
            stream,
            config,
            clock,
            begun: watch::channel(false).0,
        }
    }

    /// What it has done so far.
    pub fn counts(&self) -> Arc<RelayCounts> {
        Arc::clone(&self.counts)
    }

    /// Becomes true once it has seen that the stream is of the record. What Redis says before that is not to be believed.
    pub(crate) fn begun(&self) -> watch::Receiver<bool> {
        self.begun.subscribe()
    }

    /// Publishes until `stop` is ready.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        let mut head = self.record.head();
        let mut place = None;
        let mut trimmed = self.clock.elapsed();
        loop {
            head.borrow_and_update();
            let published = tokio::select! {
                biased;
                () = &mut stop => return,
                published = self.step(&mut place) => published,
            };
            if self.clock.elapsed().saturating_sub(trimmed) >= self.config.keep_every() {
                trimmed = self.clock.elapsed();
                if let Err(error) = self.trim().await {
                    tracing::debug!(stream = %self.stream, %error, "a stream cannot be trimmed");
                }
            }
            if !matches!(published, Err(RelayError::Redis(_))) {
                let now = millis(self.clock.elapsed());
                self.counts.reached.store(now, Ordering::Relaxed);
            }
            let pause = match published {
                Ok(true) => continue,
                Ok(false) => self.config.keep_every(),
                Err(error) => {
                    tracing::warn!(stream = %self.stream, %error, "messages cannot be published");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                Ok(()) = head.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Publishes a page, or sees that the stream still ends where it did; whether there may be more.
    async fn step(&self, place: &mut Option<Place>) -> Result<bool, RelayError> {
        let at = match *place {
            Some(at) => at,
            None => self.begin().await?,
        };
        *place = Some(at);
        // Redis is asked first: what another relay has published need not be read.
        let ends = self.publish(&at, &[]).await?;
        if ends != at.ends {
            self.note_change(at.ends, ends);
            *place = (ends > at.ends).then_some(Place {
                ends,
                seen: ends.max(at.seen),
                from: None,
            });
            return Ok(true);
        }
        let head = *self.record.head().borrow();
        if head <= at.seen {
            return Ok(false);
        }
        let limit = self.config.batch as usize;
        let page = self.record.read(at.seen, limit).await?;
        let published = self.publish(&at, &page.messages).await?;
        let expected = page.messages.last().map_or(at.ends, |it| it.position);
        if published != expected {
            self.note_change(at.ends, published);
            *place = None;
            return Ok(true);
        }
        *place = Some(Place {
            ends: published,
            seen: page.end,
            from: at.from.filter(|_| page.messages.is_empty()),
        });
        Ok(page.end > at.seen)
    }

    /// Where to go on: behind the last message of the stream, and behind what all groups have applied.
    async fn begin(&self) -> Result<Place, RelayError> {
        let nowhere = Place {
            ends: Position::new(0),
            seen: Position::new(0),
            from: None,
        };
        let mut ends = self.publish(&nowhere, &[]).await?;
        if ends > nowhere.ends && !self.is_of_record(ends).await? {
            tracing::warn!(
                stream = %self.stream,
                ends = ends.get(),
                "the stream is of another history than the record; it is made anew"
            );
            RelayCounts::add(&self.counts.lost, 1);
            let drop = |call: &mut Cmd| {
                call.arg(ends.get());
            };
            let _dropped: u64 = self.redis.run(&DROP, &self.keys.both(), drop).await?;
            ends = self.publish(&nowhere, &[]).await?;
        }
        let applied = self.applied().await?;
        self.begun.send_replace(true);
        let is_behind = ends < applied || ends == nowhere.ends;
        Ok(Place {
            ends,
            seen: ends.max(applied),
            from: is_behind.then_some(applied),
        })
    }

    /// Whether the stream, which ends there, is of this record: not of one that was put back to an earlier state since.
    async fn is_of_record(&self, ends: Position) -> Result<bool, RelayError> {
        let mut head = self.record.head();
        let reached = timeout(BEHIND, head.wait_for(|it| *it >= ends));
        let reached = reached.await.is_ok();
        if !reached {
            return Ok(false);
        }
        let told: Option<Vec<u8>> = self
            .redis
            .run(&LAST, &[&self.keys.stream], |call| {
                call.arg(ends.get());
            })
            .await?;
        let before = Position::new(ends.get().saturating_sub(1));
        let page = self.record.read(before, 1).await?;
        let known = page.messages.first().filter(|it| it.position == ends);
        Ok(match told.zip(known) {
            Some((told, known)) => told == known.event.as_bytes(),
            None => true,
        })
    }

    /// Up to where all groups have applied everything.
    async fn applied(&self) -> Result<Position, RecordError> {
        let mut least = None;
        for group in &self.groups {
            let applied = self.progress.applied(group).await?;
            least = Some(least.map_or(applied, |it: Position| it.min(applied)));
        }
        Ok(least.unwrap_or(Position::new(0)))
    }

    /// Adds `messages` if the stream ends where `at` says; where it ends.
    async fn publish(&self, at: &Place, messages: &[Message]) -> Result<Position, RedisError> {
        let (ends, added): (u64, u64) = self
            .redis
            .run(&PUBLISH, &self.keys.both(), |call| {
                call.arg(at.ends.get());
                match at.from {
                    Some(from) => call.arg(from.get()),
                    None => call.arg(""),
                };
                for message in messages {
                    call.arg(message.position.get());
                    call.arg(message.event.as_bytes()).arg(&message.payload);
                }
            })
            .await?;
        RelayCounts::add(&self.counts.published, added);
        Ok(Position::new(ends))
    }

    fn note_change(&self, known: Position, ends: Position) {
        if ends >= known {
            // Another relay was quicker.
            return;
        }
        RelayCounts::add(&self.counts.lost, 1);
        tracing::warn!(
            stream = %self.stream,
            known = known.get(),
            ends = ends.get(),
            "Redis lost messages; they are published again"
        );
    }

    async fn trim(&self) -> Result<(), RelayError> {
        let applied = self.applied().await?;
        let trimmed: u64 = self
            .redis
            .run(&TRIM, &self.keys.both(), |call| {
                call.arg(applied.get());
                for group in &self.groups {
                    call.arg(&**group);
                }
            })
            .await?;
        RelayCounts::add(&self.counts.trimmed, trimmed);
        Ok(())
    }
}
