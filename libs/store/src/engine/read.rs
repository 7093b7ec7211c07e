//! Reading, beside the writer.

use medcover_kernel::TenantId;
use sqlx::Database;
use tokio::sync::oneshot;

use super::job::{Job, Reply};
use super::readers::{Intent, Reader};
use super::session::{Fetch, cells, rows, tenant_value};
use super::{Core, SqlStore, write};
use crate::cell::{self, RowKey, number};
use crate::core_tables::LOG;
use crate::rows::recorded;
use crate::sql::Sql;
use crate::{ColumnKind, Position, Recorded, StoreError, Table, Upcaster, Value, limits};

/// Where the log ends.
pub(super) async fn head(core: &Core, session: &mut dyn Fetch) -> Result<Position, StoreError> {
    let sql = &core.statements.fixed.head;
    let found = cells(session, sql, Vec::new(), &[ColumnKind::Integer]).await?;
    let head = found.first().and_then(|row| row[0].as_integer().copied());
    Ok(Position::new(head.unwrap_or_default().unsigned_abs()))
}

impl<D: Database> SqlStore<D> {
    pub(super) fn reader(&self, intent: Intent) -> Reader<'_, D> {
        Reader {
            readers: &*self.readers,
            intent,
        }
    }

    pub(super) async fn stored(&self, key: RowKey) -> Result<Option<Vec<Value>>, StoreError> {
        let mut reader = self.reader(Intent::Decide);
        let mut rows = write::fetch(&self.core, &mut reader, &[key]).await?;
        Ok(rows.pop().map(|(_, row)| row))
    }

    pub(super) async fn events(
        &self,
        intent: Intent,
        sql: &Sql,
        values: Vec<Value>,
    ) -> Result<Vec<Recorded>, StoreError> {
        let found = rows(&mut self.reader(intent), sql, values, &LOG).await?;
        let upcasters = &self.core.schema.upcasters;
        found
            .iter()
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
        let values = vec![tenant_value(tenant), queue.into(), number(after), limit];
        let found = rows(&mut self.reader(Intent::List), sql, values, table).await?;
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }

    /// Hands the writer a job and waits for its answer. Once handed over it is done, whether anyone waits or not.
    pub(super) async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        self.readers.admits()?;
        let gone = || StoreError::Unavailable("the writer has ended".to_owned());
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}
