//! A turn at changing reference data.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};

use super::super::primary::Primary;
use crate::engine::session::{Session as _, cells};
use crate::engine::unavailable;
use crate::{ColumnKind, StoreError, Value};

/// "MDCR": keeps these locks apart from those of others in the same database, and from those of the store's writers.
const OURS: i32 = 0x4D44_4352;
/// How often it is looked whether the one before has ended.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long others are waited for: ten minutes.
const LOOKS: u32 = 6_000;
/// Bytes of rows that are sent at once.
const SENT_AT_ONCE: usize = 256 << 10;

/// A turn at changing the reference data of a schema: a connection with an advisory lock and, in the hands of a service, a
/// transaction. Dropped before [`commit`](Self::commit), it leaves everything as it was; so does a process that is killed.
#[derive(Debug)]
pub struct Bulk {
    connection: PgConnection,
}

impl Bulk {
    /// Waits for its turn, ten minutes at most. The server ends a turn in which nothing is asked for `idle`.
    pub(super) async fn take(
        primary: &Primary,
        schema: &str,
        idle: Option<Duration>,
    ) -> Result<Self, StoreError> {
        let failed = |error: sqlx::Error| unavailable(&error);
        let idle = idle.map_or(0, |idle| idle.as_millis()).to_string();
        let settings = [
            // What is asked takes as long as it takes.
            ("statement_timeout", "0".to_owned()),
            ("idle_in_transaction_session_timeout", idle.clone()),
            ("idle_session_timeout", idle),
        ];
        let mut connection = primary.connect(&settings).await.map_err(failed)?;
        for _ in 0..LOOKS {
            // Not the function that waits: whoever waits within a statement has a snapshot, and `CREATE INDEX CONCURRENTLY` of
            // the one who has the turn would wait for that in turn.
            let taken =
                sqlx::query_scalar::<_, bool>("SELECT pg_try_advisory_lock($1, hashtext($2))")
                    .bind(OURS)
                    .bind(schema)
                    .fetch_one(&mut connection);
            if taken.await.map_err(failed)? {
                return Ok(Self { connection });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(StoreError::Unavailable(
            "another process has been changing the same tables for ten minutes".to_owned(),
        ))
    }

    /// Runs statements without parameters, into which no value may have entered.
    pub async fn run(&mut self, sql: impl Into<String>) -> Result<(), StoreError> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&mut self.connection);
        done.await.map(drop).map_err(|error| unavailable(&error))
    }

    /// Runs a statement; how many rows it has touched.
    pub async fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let done = self.connection.execute(&sql.into(), values).await;
        done.map_err(|error| unavailable(&error))
    }

    /// The rows of a statement, the cells of each as `kinds` says.
    pub async fn rows(
        &mut self,
        sql: &str,
        values: Vec<Value>,
        kinds: &[ColumnKind],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        cells(&mut self.connection, &sql.into(), values, kinds).await
    }

    /// Copies rows `into` a table and its columns, `name (one, two)`. `next` adds rows to what it is given
    /// ([`CopyText`](super::CopyText)) and says whether there may be more. Returns how many rows there were.
    pub async fn copy(
        &mut self,
        into: &str,
        mut next: impl FnMut(&mut Vec<u8>) -> bool,
    ) -> Result<u64, StoreError> {
        let failed = |error: sqlx::Error| unavailable(&error);
        let statement = format!("COPY {into} FROM STDIN");
        let copy = self.connection.copy_in_raw(&statement).await;
        let mut copy = copy.map_err(failed)?;
        let mut rows = Vec::with_capacity(SENT_AT_ONCE * 2);
        let mut more = true;
        while more {
            while more && rows.len() < SENT_AT_ONCE {
                more = next(&mut rows);
            }
            copy.send(&rows[..]).await.map_err(failed)?;
            rows.clear();
        }
        copy.finish().await.map_err(failed)
    }

    /// Keeps all that was done, and ends the turn.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.run("COMMIT").await?;
        super::end(self.connection).await
    }

    /// Ends the turn of one who has no transaction.
    pub(super) async fn end(self) -> Result<(), StoreError> {
        super::end(self.connection).await
    }
}
