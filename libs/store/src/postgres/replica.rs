//! A replica: whether it is fit to be asked, and asking it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_kernel::Clock;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, PgPool};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::fault::{Fault, late, lost};
use super::following::{LOOK_EVERY, jittered};
use super::primary::{Heard, address};
use crate::engine::session::{Cell, Fetch as _};
use crate::sql::Sql;
use crate::{ColumnKind, ReplicaStanding, ReplicaStatus, Value};

/// How long a replica may take to connect, or to say how it is. Whoever wants to read does not wait longer for it.
const WITHIN: Duration = Duration::from_secs(1);
/// How long a reader waits at most until a replica has caught up.
const CATCH_UP: Duration = Duration::from_millis(50);
/// The first pause of that; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// How far it has come; nothing of one that has been promoted, for it goes its own way.
const REPLAYED: &str = "SELECT CASE WHEN pg_is_in_recovery() \
    THEN CAST(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') AS bigint) END";
/// What is wrong with our role: whoever may write could do so once the server is promoted.
const ROLE_FAULT: &str = "SELECT CASE WHEN has_schema_privilege(current_schema(), 'CREATE') \
    OR has_table_privilege('log', 'INSERT, UPDATE, DELETE, TRUNCATE') THEN 'its role may write' \
    WHEN NOT has_table_privilege('log', 'SELECT') THEN 'its role may not read' END";

/// A server that follows the one that is written.
pub(super) struct Replica {
    options: PgConnectOptions,
    pool: PgPool,
    standing: watch::Sender<ReplicaStanding>,
    /// How far it may be behind.
    bound: Duration,
    lag_ms: AtomicU64,
    reads: AtomicU64,
    passed_over: AtomicU64,
}

/// Why a replica has not answered.
pub(super) enum Passed {
    /// It has not come so far.
    Behind,
    /// It failed.
    Failed(sqlx::Error),
}

/// How far the server that is written had come at some moment, and the replica had not yet at the next.
struct Mark {
    at: Duration,
    position: i64,
}

impl Replica {
    /// The server at `options`, which may be `bound` behind; it is away until it was looked after.
    pub(super) fn new(options: PgConnectOptions, pooling: PgPoolOptions, bound: Duration) -> Self {
        let pool = pooling
            .acquire_timeout(WITHIN)
            .connect_lazy_with(options.clone());
        let unknown = ReplicaStanding::Away("it has not been asked yet".to_owned());
        Self {
            options,
            pool,
            standing: watch::Sender::new(unknown),
            bound,
            lag_ms: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            passed_over: AtomicU64::new(0),
        }
    }

    pub(super) fn is_fit(&self) -> bool {
        *self.standing.borrow() == ReplicaStanding::Fit
    }

    /// What there is to see.
    pub(super) fn status(&self) -> ReplicaStatus {
        ReplicaStatus {
            address: address(&self.options),
            standing: self.standing.borrow().clone(),
            lag: Duration::from_millis(self.lag_ms.load(Ordering::Relaxed)),
            reads: self.reads.load(Ordering::Relaxed),
            passed_over: self.passed_over.load(Ordering::Relaxed),
        }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    /// The rows of a reading statement, from no earlier a moment than `floor`. Given up as soon as the replica is found to be
    /// away.
    pub(super) async fn fetch(
        &self,
        floor: i64,
        sql: &Sql,
        values: &[Value],
        kinds: &[ColumnKind],
    ) -> Result<Vec<Vec<Cell>>, Passed> {
        let mut standing = self.standing.subscribe();
        let away = standing.wait_for(|it| matches!(it, ReplicaStanding::Away(_)));
        let fetched = tokio::select! {
            fetched = self.fetch_after(floor, sql, values, kinds) => fetched,
            _ = away => Err(Passed::Failed(late())),
        };
        match &fetched {
            Ok(_) => self.reads.fetch_add(1, Ordering::Relaxed),
            Err(_) => self.passed_over.fetch_add(1, Ordering::Relaxed),
        };
        match &fetched {
            // Nobody else need try until it was looked after again.
            Err(Passed::Behind) => self.stands(ReplicaStanding::Behind),
            Err(Passed::Failed(error)) if Fault::of(error) == Fault::Lost => {
                self.stands(ReplicaStanding::Away(error.to_string()));
            }
            // It may be busy, or what was asked may be at odds with what it replays: somebody else may have more luck.
            Ok(_) | Err(Passed::Failed(_)) => {}
        }
        fetched
    }

    async fn fetch_after(
        &self,
        floor: i64,
        sql: &Sql,
        values: &[Value],
        kinds: &[ColumnKind],
    ) -> Result<Vec<Vec<Cell>>, Passed> {
        let mut connection = self.pool.acquire().await?;
        // On the connection on which it is asked: a server that was started anew may have gone back.
        let caught_up = timeout(CATCH_UP, catch_up(&mut connection, floor)).await;
        caught_up.unwrap_or(Err(Passed::Behind))?;
        Ok(connection.fetch(sql, values.to_vec(), kinds).await?)
    }

    /// Looks after it for as long as the store is open. What is not known any more once nobody hears of the server that is
    /// written does not make it older: it is as fit as it was then.
    pub(super) async fn watch(self: Arc<Self>, heard: Arc<Heard>, clock: Arc<dyn Clock>) {
        let mut connection = None;
        let mut mark = Mark {
            at: clock.elapsed(),
            position: 0,
        };
        loop {
            let looked = timeout(WITHIN, self.look(&mut connection)).await;
            match looked.unwrap_or_else(|_| Err(late())) {
                Ok(replayed) => {
                    let (written, at) = heard.last();
                    let lag = mark.lag(replayed, written, at.min(clock.elapsed()));
                    self.lag_ms.store(lag.as_millis() as u64, Ordering::Relaxed);
                    self.stands(if lag <= self.bound {
                        ReplicaStanding::Fit
                    } else {
                        ReplicaStanding::Behind
                    });
                }
                Err(error) => {
                    connection = None;
                    self.stands(ReplicaStanding::Away(error.to_string()));
                }
            }
            sleep(jittered(LOOK_EVERY)).await;
        }
    }

    /// How far it has come, if it is what a replica must be.
    async fn look(&self, connection: &mut Option<PgConnection>) -> Result<i64, sqlx::Error> {
        let connection = if let Some(connection) = connection {
            connection
        } else {
            let mut fresh = self.options.connect().await?;
            let fault = sqlx::query_scalar::<_, Option<String>>(ROLE_FAULT);
            if let Some(fault) = fault.fetch_one(&mut fresh).await? {
                return Err(lost(fault));
            }
            connection.insert(fresh)
        };
        let replayed = replayed(connection).await?;
        replayed.ok_or_else(|| lost("it is no replica"))
    }

    /// Takes in how it stands, and logs what is not as it was.
    fn stands(&self, standing: ReplicaStanding) {
        let kind = std::mem::discriminant(&standing);
        let changed = kind != std::mem::discriminant(&self.standing.borrow());
        if changed {
            let replica = address(&self.options);
            match &standing {
                ReplicaStanding::Fit => tracing::info!(replica, "a replica is fit to be read"),
                ReplicaStanding::Behind => tracing::warn!(replica, "a replica is behind"),
                ReplicaStanding::Away(cause) => {
                    tracing::warn!(replica, cause, "a replica cannot be read");
                }
            }
        }
        self.standing.send_replace(standing);
    }
}

impl Mark {
    /// For how long at least a replica that has `replayed` so much has not known what was `written`.
    fn lag(&mut self, replayed: i64, written: i64, now: Duration) -> Duration {
        if replayed >= self.position {
            let position = written;
            *self = Self { at: now, position };
        }
        if replayed >= written {
            return Duration::ZERO;
        }
        now.saturating_sub(self.at)
    }
}

impl From<sqlx::Error> for Passed {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

async fn catch_up(connection: &mut PgConnection, floor: i64) -> Result<(), Passed> {
    let mut pause = FIRST_PAUSE;
    while replayed(connection).await?.unwrap_or(i64::MIN) < floor {
        sleep(pause).await;
        pause *= 2;
    }
    Ok(())
}

async fn replayed(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(REPLAYED).fetch_one(connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_is_how_long_something_was_not_known() {
        let at = Duration::from_secs;
        let mut mark = Mark {
            at: at(0),
            position: 0,
        };
        assert_eq!(mark.lag(100, 100, at(1)), at(0));
        // It knows all of a moment ago, so however much is written it keeps up.
        assert_eq!(mark.lag(190, 200, at(2)), at(0));
        assert_eq!(mark.lag(290, 300, at(3)), at(0));
        // It stands still from here on.
        assert_eq!(mark.lag(290, 300, at(4)), at(1));
        assert_eq!(mark.lag(290, 400, at(9)), at(6));
        assert_eq!(mark.lag(400, 400, at(10)), at(0));
    }
}
