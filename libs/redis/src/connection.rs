//! A connection to one server, whose role was verified when it was made.

use std::fmt;
use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisResult, Value, cmd};

use crate::info::Info;
use crate::request::Request;

/// The history that a primary began when it became one: the first 16 letters of its replication id. Its replicas have the
/// same. It changes when another server is promoted and when a primary starts again, which are the moments at which
/// acknowledged writes may be missing.
///
/// A connection keeps its lineage for as long as it lives: Sentinel breaks the connections of a server that it demotes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Lineage(Arc<str>);

impl Lineage {
    pub(crate) fn of(replication_id: &str) -> Self {
        let end = replication_id.len().min(16);
        Self(replication_id.get(..end).unwrap_or_default().into())
    }

    /// Its name: lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a server was when a connection to it was made.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) lineage: Lineage,
    pub(crate) is_primary: bool,
}

impl Standing {
    pub(crate) async fn of(link: &mut MultiplexedConnection) -> RedisResult<Self> {
        let said: String = cmd("INFO").arg("replication").query_async(link).await?;
        let info = Info::of(&said);
        Ok(Self {
            lineage: info.lineage().unwrap_or_else(|| Lineage::of("")),
            is_primary: info.is_primary(),
        })
    }
}

/// A connection, which may carry many requests at once. Clones share it.
#[derive(Clone)]
pub struct Connection {
    link: MultiplexedConnection,
    standing: Standing,
}

impl Connection {
    /// Connects, and asks the server what it is.
    pub(crate) async fn open(client: &Client, config: &AsyncConnectionConfig) -> RedisResult<Self> {
        let made = client.get_multiplexed_async_connection_with_config(config);
        let mut link = made.await?;
        let standing = Standing::of(&mut link).await?;
        Ok(Self { link, standing })
    }

    /// The history that the server continues.
    pub fn lineage(&self) -> &Lineage {
        &self.standing.lineage
    }

    pub(crate) const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Sends `request` and waits for its answer. Outside a pool that is what there is; others go through
    /// [`Redis`](crate::Redis).
    pub async fn send(&mut self, request: &Request) -> RedisResult<Value> {
        match request {
            Request::One(command) => command.query_async(&mut self.link).await,
            Request::Many(commands) => commands.query_async(&mut self.link).await,
        }
    }

    pub(crate) fn link(&mut self) -> &mut MultiplexedConnection {
        &mut self.link
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.standing).finish()
    }
}
