//! A connection on which a server says what is published.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{MultiplexedConnection, SendError};
use redis::{AsyncConnectionConfig, Client, PushInfo, PushKind, Value, cmd};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Messages that wait to be read; beyond that the channel counts as lost.
const WAITING: usize = 65_536;

/// A connection for messages.
pub struct Channel {
    link: MultiplexedConnection,
    pushed: mpsc::Receiver<PushInfo>,
    overrun: Arc<AtomicBool>,
}

/// What there was to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message(Vec<u8>),
    /// Nothing, but the server answers, and all that it published before was heard.
    Alive,
}

impl Channel {
    /// Connects within `bound`, which is the bound of each answer too.
    pub(crate) async fn open(client: &Client, bound: Duration) -> Result<Self, String> {
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
        Ok(Self {
            link,
            pushed,
            overrun,
        })
    }

    /// Hears what is published as `name` from now on.
    pub async fn subscribe(&mut self, name: &str) -> Result<(), String> {
        let subscribed = self.link.subscribe(name).await;
        subscribed.map_err(|cause| cause.to_string())
    }

    /// The next message. Where there is none for `quiet`, the server is asked whether it is there. Fails when the channel is
    /// lost, after which it hears nothing more.
    pub async fn next(&mut self, quiet: Duration) -> Result<Heard, String> {
        loop {
            if self.overrun.load(Ordering::Acquire) {
                return Err("more was published than was read".into());
            }
            match timeout(quiet, self.pushed.recv()).await {
                Ok(Some(push)) => {
                    if let Some(heard) = read(push)? {
                        return Ok(heard);
                    }
                }
                Ok(None) => return Err("the connection has ended".into()),
                Err(_) => return self.ping().await,
            }
        }
    }

    /// Asks whether the server is there. Its answer comes after whatever it published before, on the same connection.
    async fn ping(&mut self) -> Result<Heard, String> {
        let pinged = cmd("PING").query_async::<Value>(&mut self.link).await;
        pinged.map_err(|cause| cause.to_string())?;
        match self.pushed.try_recv() {
            Ok(push) => Ok(read(push)?.unwrap_or(Heard::Alive)),
            Err(_) => Ok(Heard::Alive),
        }
    }

    pub(crate) fn link(&mut self) -> &mut MultiplexedConnection {
        &mut self.link
    }
}

/// A message, if `push` is one.
fn read(push: PushInfo) -> Result<Option<Heard>, String> {
    match push.kind {
        PushKind::Disconnection => Err("the connection broke".into()),
        PushKind::Message => match push.data.into_iter().nth(1) {
            Some(Value::BulkString(content)) => Ok(Some(Heard::Message(content))),
            Some(Value::SimpleString(text)) => Ok(Some(Heard::Message(text.into_bytes()))),
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
