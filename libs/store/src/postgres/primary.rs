//! The server that takes writes, whichever of the hosts that is.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, PgPool, Postgres};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::fault::{Fault, late, lost};
use super::guard::Guard;
use super::options::{PostgresOptions, ServerSetting};
use crate::engine::session::{Fetch as _, Fetched};
use crate::sql::Sql;
use crate::{ColumnKind, Value};

/// Where the WAL is written, for who may be written to. Its name begins with the timeline, which each promotion raises.
const WRITES_TO: &str = "SELECT CASE WHEN NOT pg_is_in_recovery() \
    AND current_setting('transaction_read_only') = 'off' \
    THEN pg_walfile_name(pg_current_wal_insert_lsn()) END";

/// How long the other hosts are waited for once one is found.
const OTHERS_WITHIN: Duration = Duration::from_millis(500);
/// How long it may take to connect, at least.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// The server that takes writes.
pub(super) struct Primary {
    hosts: Vec<PgConnectOptions>,
    guard: Arc<Guard>,
    pooling: PgPoolOptions,
    pool: RwLock<PgPool>,
    /// Which of the hosts it is.
    host: AtomicUsize,
    /// The highest timeline that was ever seen. Who stands below it was left behind by a promotion.
    timeline: AtomicU32,
    /// What it said when it was last looked after.
    heard: Arc<Heard>,
    /// Told when nobody should go on waiting for what they have asked.
    given_up: watch::Sender<()>,
    /// How long it may take to connect.
    wait: Duration,
    /// How long the server may take to answer before the connection counts as lost.
    patience: Duration,
}

/// What the server that is written has last said of itself.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// How far its WAL had come.
    position: AtomicI64,
    /// When that was, in milliseconds of the clock.
    at_ms: AtomicU64,
}

impl Heard {
    pub(super) fn note(&self, position: i64, at: Duration) {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        self.position.store(position, Ordering::Relaxed);
        self.at_ms.store(at_ms, Ordering::Relaxed);
    }

    /// How far its WAL had come, and when.
    pub(super) fn last(&self) -> (i64, Duration) {
        let at = Duration::from_millis(self.at_ms.load(Ordering::Relaxed));
        (self.position.load(Ordering::Relaxed), at)
    }
}

/// A host that takes writes.
struct Found {
    host: usize,
    timeline: u32,
    connection: PgConnection,
}

impl Primary {
    /// One of `hosts`, the first until it shows which.
    pub(super) fn new(
        hosts: Vec<PgConnectOptions>,
        guard: Arc<Guard>,
        options: &PostgresOptions,
    ) -> Self {
        // Who has become a replica since would show less than was written.
        let pooling = options.pooling().after_connect(|connection, _| {
            Box::pin(async move { writes_to(connection).await.map(drop) })
        });
        let pool = pooling.clone().connect_lazy_with(hosts[0].clone());
        Self {
            hosts,
            guard,
            pooling,
            pool: RwLock::new(pool),
            host: AtomicUsize::new(0),
            timeline: AtomicU32::new(0),
            heard: Arc::default(),
            given_up: watch::Sender::new(()),
            wait: options.wait.max(LEAST_WAIT),
            patience: options.statement_timeout + options.wait,
        }
    }

    pub(super) const fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// How long the server may take to give a connection.
    pub(super) const fn wait(&self) -> Duration {
        self.wait
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        address(&self.hosts[self.host.load(Ordering::Relaxed)])
    }

    /// What it said when it was last looked after.
    pub(super) const fn heard(&self) -> &Arc<Heard> {
        &self.heard
    }

    /// A new connection with these settings to the host that takes writes. All are asked at once: of several that would,
    /// only the one with the highest timeline is the primary, and another is one that came back after it was replaced.
    pub(super) async fn connect(
        &self,
        settings: &[ServerSetting],
    ) -> Result<PgConnection, sqlx::Error> {
        let mut asked = JoinSet::new();
        for (host, options) in self.hosts.iter().enumerate() {
            let options = options.clone().options(settings.iter().cloned());
            let wait = self.wait;
            asked.spawn(async move {
                let found = timeout(wait, find(host, options)).await;
                found.unwrap_or_else(|_| Err(late()))
            });
        }
        let known = self.timeline.load(Ordering::Relaxed);
        let mut best: Option<Found> = None;
        let mut error = lost("the host was left behind by a promotion");
        while let Some(found) = next(&mut asked, best.is_some()).await {
            let rank = |it: &Found| (it.timeline, Reverse(it.host));
            match found {
                Ok(found) if found.timeline < known => {}
                Ok(found) if best.as_ref().map(rank) > Some(rank(&found)) => {}
                Ok(found) => best = Some(found),
                Err(fault) => error = fault,
            }
        }
        let found = best.ok_or(error)?;
        self.timeline.fetch_max(found.timeline, Ordering::Relaxed);
        if self.host.swap(found.host, Ordering::Relaxed) != found.host {
            tracing::warn!(host = self.address(), "another host takes writes now");
            self.renew();
            self.give_up();
        }
        Ok(found.connection)
    }

    /// Lets readers begin with new connections: those from before an outage may never be heard of again.
    pub(super) fn renew(&self) {
        let host = &self.hosts[self.host.load(Ordering::Relaxed)];
        let fresh = self.pooling.clone().connect_lazy_with(host.clone());
        let mut pool = self.pool.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *pool, fresh);
        drop(pool);
        tokio::spawn(async move { before.close().await });
    }

    /// Tells those who wait for an answer that none will come.
    pub(super) fn give_up(&self) {
        self.given_up.send_replace(());
    }

    /// What is answered in time.
    pub(super) async fn answered<T>(
        &self,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let mut given_up = self.given_up.subscribe();
        tokio::select! {
            answered = timeout(self.patience, asked) => answered.unwrap_or_else(|_| Err(late())),
            _ = given_up.changed() => Err(lost("the server fell silent")),
        }
    }

    /// A connection for reading.
    pub(super) async fn connection(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let asking = self.guard.begin()?;
        let connection = self.pool().acquire().await;
        asking.end(connection.as_ref().err().map(Fault::of));
        connection
    }

    /// The rows of a reading statement; asked again where the connection was lost, since nothing changes by it.
    pub(super) async fn fetch(&self, sql: &Sql, values: &[Value], kinds: &[ColumnKind]) -> Fetched {
        let mut number = 1;
        loop {
            let asking = self.guard.begin()?;
            let fetched = self.answered(self.fetch_once(sql, values, kinds)).await;
            let fault = fetched.as_ref().err().map(Fault::of);
            asking.end(fault);
            let again = fault.and_then(|fault| self.guard.again(fault, number));
            let Some(pause) = again else { return fetched };
            tokio::time::sleep(pause).await;
            number += 1;
        }
    }

    async fn fetch_once(&self, sql: &Sql, values: &[Value], kinds: &[ColumnKind]) -> Fetched {
        let mut connection = self.pool().acquire().await?;
        connection.fetch(sql, values.to_vec(), kinds).await
    }

    pub(super) async fn close(&self) {
        self.pool().close().await;
    }

    fn pool(&self) -> PgPool {
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner);
        pool.clone()
    }
}

/// `host:port`.
pub(super) fn address(options: &PgConnectOptions) -> String {
    format!("{}:{}", options.get_host(), options.get_port())
}

/// What the next of the hosts says, if there is anything to wait for.
async fn next(
    asked: &mut JoinSet<Result<Found, sqlx::Error>>,
    found: bool,
) -> Option<Result<Found, sqlx::Error>> {
    let next = asked.join_next();
    let next = if found {
        timeout(OTHERS_WITHIN, next).await.ok()?
    } else {
        next.await
    };
    next.map(|it| it.unwrap_or_else(|_| Err(lost("looking for it broke off"))))
}

async fn find(host: usize, options: PgConnectOptions) -> Result<Found, sqlx::Error> {
    let mut connection = options.connect().await?;
    let timeline = writes_to(&mut connection).await?;
    Ok(Found {
        host,
        timeline,
        connection,
    })
}

/// The timeline to which a server writes; an error where it takes no writes.
async fn writes_to(connection: &mut PgConnection) -> Result<u32, sqlx::Error> {
    let file = sqlx::query_scalar::<_, Option<String>>(WRITES_TO);
    let file = file.fetch_one(connection).await?;
    let timeline = file.and_then(|file| u32::from_str_radix(file.get(..8)?, 16).ok());
    timeline.ok_or_else(|| lost("the server takes no writes"))
}
