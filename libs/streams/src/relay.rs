//! From the record to the stream.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Clock;
use medcover_redis::{Redis, RedisError};
use medcover_store::{Name, Position};

use crate::StreamsConfig;
use crate::keys::StreamKeys;
use crate::record::{Message, Progress, Record, RecordError, RecordPage};
use crate::scripts::{PUBLISH, TRIM};
use crate::status::RelayCounts;

/// The pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

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
        }
    }

    /// What it has done so far.
    pub fn counts(&self) -> Arc<RelayCounts> {
        Arc::clone(&self.counts)
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
        let ends = self.publish(&nowhere, &[]).await?;
        let applied = self.applied().await?;
        let is_behind = ends < applied || ends == nowhere.ends;
        Ok(Place {
            ends,
            seen: ends.max(applied),
            from: is_behind.then_some(applied),
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

impl RecordPage {
    /// Nothing after `after`.
    pub const fn empty(after: Position) -> Self {
        Self {
            messages: Vec::new(),
            end: after,
        }
    }
}
