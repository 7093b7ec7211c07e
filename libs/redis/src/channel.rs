//! A connection on which a server says what is published.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use medcover_kernel::Clock;
use redis::aio::{MultiplexedConnection, SendError};
use redis::{AsyncConnectionConfig, Client, PushInfo, PushKind, Value, cmd};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Messages that wait to be read; beyond that the channel counts as lost.
const WAITING: usize = 65_536;

/// A connection for messages.
pub struct Channel {
    link: MultiplexedConnection,
    pushed: mpsc::Receiver<PushInfo>,
    overrun: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
    /// When the server is asked whether it is there.
    ticks: Interval,
    /// What it last answered, once so many messages of before have been read.
    alive: Option<(usize, Duration)>,
}

/// What there was to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message(Vec<u8>),
    /// That the server was there at this moment of the monotonic clock, and that all it had published by then was heard.
    Alive(Duration),
}

impl Channel {
    /// Connects within `bound`, which is the bound of each answer too. The server is asked every `every` whether it is there.
    pub(crate) async fn open(
        client: &Client,
        bound: Duration,
        every: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let (push, pushed) = mpsc::channel(WAITING);
        let overrun = Arc::new(AtomicBool::new(false));
        let marks = Arc::clone(&overrun);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(bound))
            .set_response_timeout(Some(bound))
            .set_push_sender(move |message| {
                push.try_send(message).map_err(|_| {
                    marks.store(true, Ordering::Release);
                    SendError
                })
            });
        let made = client.get_multiplexed_async_connection_with_config(&config);
        let link = made.await.map_err(|cause| cause.to_string())?;
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            link,
            pushed,
            overrun,
            clock,
            ticks,
            alive: None,
        })
    }

    /// Hears what is published as `name` from now on.
    pub async fn subscribe(&mut self, name: &str) -> Result<(), String> {
        let subscribed = self.link.subscribe(name).await;
        subscribed.map_err(|cause| cause.to_string())
    }

    /// What there is to hear next. Fails when the channel is lost, after which it hears nothing more.
    pub async fn next(&mut self) -> Result<Heard, String> {
        loop {
            if self.overrun.load(Ordering::Acquire) {
                return Err("more was published than was read".into());
            }
            if let Some((0, asked)) = self.alive {
                self.alive = None;
                return Ok(Heard::Alive(asked));
            }
            tokio::select! {
                // The question first: it is to be asked also while there is always something to hear.
                biased;
                _ = self.ticks.tick(), if self.alive.is_none() => self.ping().await?,
                push = self.pushed.recv() => {
                    let push = push.ok_or("the connection has ended")?;
                    self.alive = self.alive.map(|(before, asked)| (before.saturating_sub(1), asked));
                    if let Some(message) = read(push)? {
                        return Ok(Heard::Message(message));
                    }
                }
            }
        }
    }

    /// Asks whether the server is there. Its answer comes after whatever it published before, on the same connection.
    async fn ping(&mut self) -> Result<(), String> {
        let asked = self.clock.elapsed();
        let pinged = cmd("PING").query_async::<Value>(&mut self.link).await;
        pinged.map_err(|cause| cause.to_string())?;
        self.alive = Some((self.pushed.len(), asked));
        Ok(())
    }

    pub(crate) fn link(&mut self) -> &mut MultiplexedConnection {
        &mut self.link
    }
}

/// A message, if `push` is one.
fn read(push: PushInfo) -> Result<Option<Vec<u8>>, String> {
    match push.kind {
        PushKind::Disconnection => Err("the connection broke".into()),
        PushKind::Message => match push.data.into_iter().nth(1) {
            Some(Value::BulkString(content)) => Ok(Some(content)),
            Some(Value::SimpleString(text)) => Ok(Some(text.into_bytes())),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Channel")
    }
}
