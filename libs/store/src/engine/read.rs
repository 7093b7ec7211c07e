//! Reading, beside the writer.

use medcover_kernel::TenantId;
use sqlx::Database;
use tokio::sync::oneshot;

use super::job::{Job, Reply};
use super::readers::{Intent, Reader};
use super::session::{Fetch, Gated, cells, gated_rows, rows, tenant_value};
use super::{Core, SqlStore, generations, unavailable, write};
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

    /// The rows of `table` that a gated statement returns, once they know of everything that the log had when it was asked for
    /// the first time.
    pub(super) async fn gated(
        &self,
        intent: Intent,
        sql: &Sql,
        values: &[Value],
        table: &Table,
    ) -> Result<Vec<(TenantId, Vec<Value>)>, StoreError> {
        let mut floor = i64::MAX;
        for _ in 0..limits::DECISIONS {
            let values = values.iter().cloned().chain([Value::Integer(floor)]);
            let asked = gated_rows(&mut self.reader(intent), sql, values.collect(), table).await?;
            match asked {
                Ok(Gated::Rows(rows)) => return Ok(rows),
                Ok(Gated::Behind(log)) => floor = log,
                // Nobody has used this generation for so long that it was dropped.
                Err(error) if generations::is_missing(&error) => {}
                Err(error) => return Err(unavailable(&error)),
            }
            self.take_along().await?;
        }
        let told = "the rows of read models do not come up to the log";
        Err(StoreError::Unavailable(told.to_owned()))
    }

    /// Takes the rows of read models along the log to its end; how many events that took. Others write after each step.
    pub(super) async fn take_along(&self) -> Result<u64, StoreError> {
        let mut taken = 0;
        loop {
            let step = self.ask(Job::CatchUp).await??;
            taken += step.taken;
            if step.left == 0 {
                return Ok(taken);
            }
        }
    }

    /// Under which name the consumer `name` has its checkpoint, where it makes tables that other versions have of their own.
    pub(super) fn own_consumer(&self, name: &str) -> Option<String> {
        self.core.generation.as_ref()?.consumer(name)
    }

    /// Says again and again that the generation of read models is used, for as long as the store is open.
    pub(crate) fn claiming(&self) -> impl Future<Output = ()> + Send + use<D> {
        let jobs = self.jobs.downgrade();
        async move {
            loop {
                tokio::time::sleep(limits::GENERATION_CLAIMED).await;
                let Some(jobs) = jobs.upgrade() else { return };
                let (reply, claimed) = oneshot::channel();
                if jobs.send(Job::ClaimGeneration(reply)).await.is_err() {
                    return;
                }
                drop(jobs);
                if let Ok(Err(error)) = claimed.await {
                    tracing::warn!(%error, "the tables of read models are not claimed");
                }
            }
        }
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
