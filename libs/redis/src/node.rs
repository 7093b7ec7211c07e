//! One server and the connections to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use medcover_kernel::Clock;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, ProtocolVersion,
    RedisConnectionInfo,
};
use tokio::sync::Semaphore;

use crate::RedisConfig;
use crate::channel::Channel;
use crate::connection::{Connection, Lineage, Standing};
use crate::error::Fault;

/// Requests in flight on a connection from which on another connection is used, if there may be one more: below that they
/// share its writes to the socket.
const BUSY: u32 = 256;
/// Requests that may wait to be written to a connection.
const QUEUE: usize = 1_024;

/// One server.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) address: Arc<str>,
    client: Client,
    connecting: AsyncConnectionConfig,
    pool: Box<[Slot]>,
    /// One connection is opened at a time.
    opening: Semaphore,
    /// Whether it must take writes.
    primary: bool,
    /// No connection of before it was retired is handed out.
    retired: AtomicBool,
    pub(crate) counts: NodeCounts,
}

/// What was asked of a server.
#[derive(Debug, Default)]
pub(crate) struct NodeCounts {
    pub(crate) requests: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) connected: AtomicU64,
}

/// Where a connection may be.
#[derive(Debug, Default)]
struct Slot {
    connection: ArcSwapOption<Connection>,
    in_flight: AtomicU32,
}

/// The place of an open connection, the connection, and what is in flight on it.
type Candidate = (usize, Arc<Connection>, u32);

/// A connection, for one request.
#[derive(Debug)]
pub(crate) struct Lent {
    node: Arc<Node>,
    slot: usize,
    held: Arc<Connection>,
}

impl Node {
    /// The server at `address`, `HOST:PORT`, to which nobody connects yet.
    pub(crate) fn new(address: &str, config: &RedisConfig, primary: bool) -> Result<Self, Fault> {
        let client = client(address, &config.username, config.password.reveal())?;
        let pool = (0..config.pool_size).map(|_| Slot::default());
        Ok(Self {
            address: address.into(),
            client,
            // The time of a request bounds its answers; a connection's own time-out would only race it, and costs a timer each.
            connecting: AsyncConnectionConfig::new()
                .set_connection_timeout(Some(config.connect()))
                .set_response_timeout(None)
                .set_pipeline_buffer_size(QUEUE),
            pool: pool.collect(),
            opening: Semaphore::new(1),
            primary,
            retired: AtomicBool::new(false),
            counts: NodeCounts::default(),
        })
    }

    /// Whether it is the primary, or may be read from as a replica.
    pub(crate) const fn is_primary(&self) -> bool {
        self.primary
    }

    /// A connection to share.
    pub(crate) async fn lend(self: &Arc<Self>) -> Result<Lent, Fault> {
        loop {
            if self.retired.load(Ordering::Acquire) {
                return Err(Fault::NotDone("another server has taken its place".into()));
            }
            if let Some(lent) = self.lend_open() {
                return Ok(lent);
            }
            // Whoever waits here finds the connection that was made meanwhile, and is not the next to make one.
            let had = self.counts.connected.load(Ordering::Acquire);
            let Ok(_one) = self.opening.acquire().await else {
                return Err(Fault::NotDone("it is closed".into()));
            };
            if self.counts.connected.load(Ordering::Acquire) == had
                && let Some(slot) = self.look().1
            {
                let made = self.open().await?;
                self.pool[slot].connection.store(Some(Arc::new(made)));
            }
        }
    }

    /// One that is open, unless another is to be made.
    pub(crate) fn lend_open(self: &Arc<Self>) -> Option<Lent> {
        if self.retired.load(Ordering::Acquire) {
            return None;
        }
        let (open, vacant) = self.look();
        let (slot, held, in_flight) = open?;
        if in_flight >= BUSY && vacant.is_some() && self.opening.available_permits() > 0 {
            return None;
        }
        self.pool[slot].in_flight.fetch_add(1, Ordering::Relaxed);
        Some(Lent {
            node: Arc::clone(self),
            slot,
            held,
        })
    }

    /// The open connection with the least to do, and a place for another.
    fn look(&self) -> (Option<Candidate>, Option<usize>) {
        let (mut best, mut vacant) = (None::<Candidate>, None);
        for (index, slot) in self.pool.iter().enumerate() {
            let Some(held) = slot.connection.load_full() else {
                vacant = vacant.or(Some(index));
                continue;
            };
            let in_flight = slot.in_flight.load(Ordering::Relaxed);
            if best.as_ref().is_none_or(|(.., least)| in_flight < *least) {
                best = Some((index, held, in_flight));
            }
            // The first that is not busy serves, so that few connections carry much.
            if in_flight < BUSY {
                break;
            }
        }
        (best, vacant)
    }

    /// A connection outside the pool, with `silence` as the bound of each answer.
    pub(crate) async fn open_apart(&self, silence: Duration) -> Result<Connection, Fault> {
        let config = self.connecting.clone().set_response_timeout(Some(silence));
        self.open_with(&config).await
    }

    /// A channel to hear what it publishes, and the history that it continues. `bound` is that of each answer; it is asked
    /// every `every` whether it is there.
    pub(crate) async fn channel(
        &self,
        bound: Duration,
        every: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<(Channel, Lineage), Fault> {
        let opened = Channel::open(&self.client, bound, every, clock).await;
        let mut channel = opened.map_err(Fault::NotDone)?;
        let asked = Standing::of(channel.link()).await;
        let standing = asked.map_err(|cause| Fault::NotDone(cause.to_string()))?;
        self.verify(&standing)?;
        Ok((channel, standing.lineage))
    }

    async fn open(&self) -> Result<Connection, Fault> {
        self.open_with(&self.connecting).await
    }

    async fn open_with(&self, config: &AsyncConnectionConfig) -> Result<Connection, Fault> {
        let made = Connection::open(&self.client, config).await;
        let made = made.map_err(|cause| Fault::NotDone(cause.to_string()))?;
        self.verify(made.standing())?;
        self.counts.connected.fetch_add(1, Ordering::Release);
        Ok(made)
    }

    /// Whether the server is what it is asked as.
    fn verify(&self, standing: &Standing) -> Result<(), Fault> {
        if standing.is_primary == self.primary {
            return Ok(());
        }
        let role = if self.primary { "primary" } else { "replica" };
        Err(Fault::NotDone(format!("{} is no {role}", self.address)))
    }

    /// The history that its connections continue, where there are any.
    pub(crate) fn lineage(&self) -> Option<Lineage> {
        let open = self
            .pool
            .iter()
            .find_map(|slot| slot.connection.load_full());
        open.map(|connection| connection.lineage().clone())
    }

    /// Connections that are open.
    pub(crate) fn connections(&self) -> usize {
        let open = self.pool.iter().filter(|it| it.connection.load().is_some());
        open.count()
    }

    /// Hands out no connection from now on, and forgets those it has.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.forget_connections();
    }

    /// Makes each connection anew, and so verifies what the server is.
    pub(crate) fn forget_connections(&self) {
        for slot in &self.pool {
            slot.connection.store(None);
        }
    }
}

impl Lent {
    pub(crate) fn connection(&self) -> Connection {
        (*self.held).clone()
    }

    /// Nobody uses this connection from now on.
    pub(crate) fn discard(&self) {
        let slot = &self.node.pool[self.slot].connection;
        slot.compare_and_swap(&Some(Arc::clone(&self.held)), None);
        self.node.counts.failures.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let slot = &self.node.pool[self.slot];
        slot.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.node.counts.requests.fetch_add(1, Ordering::Relaxed);
    }
}

/// A client of the server at `address`, `HOST:PORT`.
pub(crate) fn client(address: &str, username: &str, password: &str) -> Result<Client, Fault> {
    let refused = |why: String| Fault::Refused(why);
    let (host, port) = address
        .rsplit_once(':')
        .ok_or_else(|| refused(format!("{address} is not HOST:PORT")))?;
    let port = port
        .parse()
        .map_err(|_| refused(format!("{address} has no port")))?;
    let mut signing_in = RedisConnectionInfo::default()
        .set_lib_name("medcover", env!("CARGO_PKG_VERSION"))
        .set_protocol(ProtocolVersion::RESP3);
    if !username.is_empty() {
        signing_in = signing_in.set_username(username);
    }
    if !password.is_empty() {
        signing_in = signing_in.set_password(password);
    }
    let host = host.trim_matches(['[', ']']).to_owned();
    let info = ConnectionAddr::Tcp(host, port).into_connection_info();
    let info = info.map_err(|cause| refused(cause.to_string()))?;
    Client::open(info.set_redis_settings(signing_in)).map_err(|cause| refused(cause.to_string()))
}
