//! Reading, beside the writer.

use medcover_kernel::TenantId;
use sqlx::pool::PoolConnection;
use sqlx::{Row as _, Sqlite, SqliteConnection};
use tokio::sync::oneshot;

use super::cells::{fetch, statement, tenant_value};
use super::job::{Job, Reply};
use super::{Core, SqliteStore, unavailable, write};
use crate::cell::{self, RowKey, number};
use crate::core_tables::LOG;
use crate::rows::recorded;
use crate::sql::Sql;
use crate::{Position, Recorded, StoreError, Table, Upcaster, Value, limits};

/// Where the log ends.
pub(super) async fn head(
    core: &Core,
    connection: &mut SqliteConnection,
) -> Result<Position, StoreError> {
    let row = statement(&core.statements.fixed.head)
        .fetch_one(connection)
        .await
        .map_err(|error| unavailable(&error))?;
    let head: i64 = row.try_get(0).map_err(|error| unavailable(&error))?;
    Ok(Position::new(head.unsigned_abs()))
}

impl SqliteStore {
    pub(super) async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let connection = self.readers.acquire().await;
        connection.map_err(|error| unavailable(&error))
    }

    pub(super) async fn stored(&self, key: RowKey) -> Result<Option<Vec<Value>>, StoreError> {
        let mut reader = self.reader().await?;
        let mut rows = write::fetch(&self.core, &mut reader, &[key]).await?;
        Ok(rows.pop().map(|(_, row)| row))
    }

    pub(super) async fn events(
        &self,
        sql: &Sql,
        values: &[Value],
    ) -> Result<Vec<Recorded>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = fetch(&mut reader, sql, values, &LOG).await?;
        let upcasters = &self.core.schema.upcasters;
        rows.iter()
            .map(|(tenant, row)| Ok(Upcaster::read(upcasters, recorded(*tenant, row)?)?))
            .collect()
    }

    pub(super) async fn in_queue(
        &self,
        sql: &Sql,
        table: &Table,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let limit = cell::limit(limit.min(limits::PAGE));
        let values = [tenant_value(tenant), queue.into(), number(after), limit];
        let mut reader = self.reader().await?;
        let rows = fetch(&mut reader, sql, &values, table).await?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// Hands the writer a job and waits for its answer. Once handed over it is done, whether anyone waits or not.
    pub(super) async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let gone = || StoreError::Unavailable("the writer has ended".to_owned());
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}
