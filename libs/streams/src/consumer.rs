//! One consumer of a group.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use medcover_kernel::{Clock, Rng};
use medcover_redis::redis::{self, RedisError as Cause, Value, cmd};
use medcover_redis::{Ask, Connection, Redis};
use medcover_store::Name;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::entry::{Delivery, read};
use crate::hand::{Done, Hand, Handler};
use crate::keys::{GroupKeys, StreamKeys};
use crate::status::{ConsumerCounts, RelayCounts};
use crate::{Progress, StreamsConfig};

/// The pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_millis(200);
/// Acknowledgements in one request.
const ACKNOWLEDGED_AT_ONCE: usize = 512;
/// Longer than it blocks, a read waits for its answer by so much.
const SILENCE: Duration = Duration::from_secs(2);

/// One of those that share the messages of a group.
pub struct Consumer {
    hand: Arc<Hand>,
}

/// What is at work while it runs.
struct Work {
    hand: Arc<Hand>,
    /// A permit for each message in hand.
    room: Arc<Semaphore>,
    hands: Mutex<JoinSet<()>>,
    done: mpsc::Sender<Done>,
    stopping: watch::Receiver<bool>,
}

impl Consumer {
    /// A consumer of `stream` in `group`, named after `worker`, such as its host and process, and by chance: two processes
    /// that shared a name would take each other's messages for their own.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one thing that it works with"
    )]
    pub fn new(
        redis: Redis,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        handler: Arc<dyn Handler>,
        progress: Arc<dyn Progress>,
        stream: impl Into<Name>,
        group: impl Into<Name>,
        worker: &str,
        config: StreamsConfig,
    ) -> Self {
        let (stream, group) = (stream.into(), group.into());
        let hand = Hand {
            name: format!("{worker}-{:016x}", rng.next_u64()),
            keys: StreamKeys::of(&stream),
            group_keys: GroupKeys::of(&stream, &group),
            counts: Arc::new(ConsumerCounts::of(&stream, &group)),
            gate: watch::channel(true).1,
            paused_until: AtomicU64::new(0),
            redis,
            clock,
            rng,
            handler,
            progress,
            stream,
            group,
            config,
        };
        Self {
            hand: Arc::new(hand),
        }
    }

    /// The same consumer, which takes nothing while `gate` is false: the breaker of what its handler depends on.
    #[must_use]
    pub fn gated(self, gate: watch::Receiver<bool>) -> Self {
        let hand = Arc::into_inner(self.hand).expect("a consumer is gated before it runs");
        Self {
            hand: Arc::new(Hand { gate, ..hand }),
        }
    }

    /// What it has done so far.
    pub fn counts(&self) -> Arc<ConsumerCounts> {
        Arc::clone(&self.hand.counts)
    }

    /// Works until `stop` is ready; then lets messages in hand end, as long as one may take. Dropped, it leaves them behind:
    /// another takes them over once they have lain still for long enough.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let config = &self.hand.config;
        let (stopped, stopping) = watch::channel(false);
        let (done, to_acknowledge) = mpsc::channel(config.concurrency as usize);
        let work = Work {
            room: Arc::new(Semaphore::new(config.concurrency as usize)),
            hand: Arc::clone(&self.hand),
            hands: Mutex::new(JoinSet::new()),
            done,
            stopping,
        };
        let mut acknowledging = pin!(acknowledge(&self.hand, to_acknowledge));
        let mut working = pin!(async move {
            // Reading ends the others. It is not cut short by a stop: what it was given would lie still.
            tokio::select! {
                () = work.read() => {}
                () = work.sweep() => {}
                () = self.hand.keep() => {}
            }
            work.drain(config.concurrency).await;
        });
        let mut stop = pin!(async {
            stop.await;
            stopped.send_replace(true);
        });
        let mut told = false;
        loop {
            tokio::select! {
                () = &mut working => break,
                () = &mut acknowledging => return,
                () = &mut stop, if !told => told = true,
            }
        }
        // What the hands left is acknowledged, now that nobody adds to it.
        acknowledging.await;
    }
}

impl Work {
    /// Reads what is new until it is to stop.
    async fn read(&self) {
        let mut connection = None;
        while !*self.stopping.borrow() {
            let mut stopping = self.stopping.clone();
            let room = tokio::select! {
                room = self.room() => room,
                _ = stopping.wait_for(|it| *it) => return,
            };
            match self.hand.next(&mut connection, room.num_permits()).await {
                Ok(deliveries) => self.begin(deliveries, room),
                Err(error) => {
                    tracing::debug!(group = %self.hand.group, %error, "nothing can be read");
                    connection = None;
                    sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Takes over what has lain still for long enough, from time to time.
    async fn sweep(&self) {
        loop {
            sleep(self.hand.config.sweep_every()).await;
            let mut cursor = String::from("0-0");
            loop {
                let room = self.room().await;
                let taken = self.hand.take_over(&cursor, room.num_permits()).await;
                let Ok((next, deliveries)) = taken else {
                    break;
                };
                self.begin(deliveries, room);
                if next == "0-0" || next == "dropped" {
                    break;
                }
                cursor = next;
            }
        }
    }

    /// Room for at least one message, once any may be taken.
    async fn room(&self) -> OwnedSemaphorePermit {
        self.hand.may_take().await;
        let closed = "the semaphore is never closed";
        let mut room = Arc::clone(&self.room).acquire_owned().await.expect(closed);
        let more = self.room.available_permits();
        let more = more.min(self.hand.config.batch as usize - 1);
        let more = u32::try_from(more).unwrap_or(0);
        if let Ok(more) = Arc::clone(&self.room).try_acquire_many_owned(more) {
            room.merge(more);
        }
        room
    }

    fn begin(&self, deliveries: Vec<Delivery>, mut room: OwnedSemaphorePermit) {
        let mut hands = self.hands.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(ended) = hands.try_join_next() {
            if ended.is_err_and(|it| it.is_panic()) {
                tracing::error!(group = %self.hand.group, "a handler panicked; its message comes again");
            }
        }
        for delivery in deliveries {
            let (hand, done, place) = (Arc::clone(&self.hand), self.done.clone(), room.split(1));
            hands.spawn(async move {
                hand.work(delivery, &done).await;
                drop(place);
            });
        }
    }

    /// Waits for what is in hand.
    async fn drain(self, all: u32) {
        let ended = self.room.acquire_many(all);
        // What is late is left behind.
        let _ = timeout(self.hand.config.handle(), ended).await;
    }
}

impl Hand {
    /// Up to `most` messages that nobody was given yet, or none within the time that a read blocks.
    async fn next(
        &self,
        connection: &mut Option<Connection>,
        most: usize,
    ) -> Result<Vec<Delivery>, String> {
        let block = self.config.block_ms;
        let is_current = |it: &Connection| self.redis.lineage().as_ref() == Some(it.lineage());
        if !connection.as_ref().is_some_and(is_current) {
            let silence = Duration::from_millis(block).saturating_add(SILENCE);
            let opened = self.redis.connect(silence).await;
            *connection = Some(opened.map_err(|cause| cause.to_string())?);
        }
        let open = connection.as_mut().ok_or("no connection")?;
        let mut reading = cmd("XREADGROUP");
        reading.arg("GROUP").arg(&*self.group).arg(&self.name);
        reading.arg("COUNT").arg(most).arg("BLOCK").arg(block);
        reading.arg("STREAMS").arg(&self.keys.stream).arg(">");
        match open.send(&reading.into()).await {
            Ok(answer) => {
                let deliveries = read(answer);
                RelayCounts::add(&self.counts.delivered, deliveries.len() as u64);
                Ok(deliveries)
            }
            Err(cause) if is_gone(&cause) => {
                self.join().await?;
                Ok(Vec::new())
            }
            Err(cause) => Err(cause.to_string()),
        }
    }
}

/// Acknowledges what is done, many at once, until nobody does anything any more.
async fn acknowledge(hand: &Hand, mut done: mpsc::Receiver<Done>) {
    let mut ended = Vec::with_capacity(ACKNOWLEDGED_AT_ONCE);
    while done.recv_many(&mut ended, ACKNOWLEDGED_AT_ONCE).await > 0 {
        let acknowledged = hand.redis.ask::<Value>(Ask::PRIMARY, |_| {
            let mut commands = redis::pipe();
            commands.atomic();
            commands
                .cmd("XACK")
                .arg(&hand.keys.stream)
                .arg(&*hand.group);
            for done in &ended {
                commands.arg(&done.id);
            }
            for position in ended.iter().filter_map(|it| it.again) {
                let open = commands.cmd("ZREMRANGEBYSCORE").arg(&hand.group_keys.open);
                open.arg(position).arg(position);
            }
            commands.into()
        });
        match acknowledged.await {
            Ok(_) => RelayCounts::add(&hand.counts.acknowledged, ended.len() as u64),
            // They come again, and have their effect no second time.
            Err(error) => {
                tracing::warn!(group = %hand.group, %error, "messages cannot be acknowledged");
            }
        }
        ended.clear();
    }
}

/// Whether the stream or the group is missing.
fn is_gone(cause: &Cause) -> bool {
    matches!(cause.code(), Some("NOGROUP" | "UNBLOCKED"))
}
