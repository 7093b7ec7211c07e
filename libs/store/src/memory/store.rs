//! The store that callers see.

use async_trait::async_trait;
use medcover_kernel::TenantId;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use super::{MemoryStore, Waiting};
use crate::cell::RowKey;
use crate::plan::{chain_of, check, check_claim, checkpoint, checkpoint_key, stream_key, version};
use crate::rows::{answer, answer_key, snapshot, snapshot_key};
use crate::{
    Answer, AnswerScope, Append, AuditRecord, AuditReport, Claim, CommitError, DeadLetter,
    Delivery, Position, QueueDepth, QueuedMessage, Receipt, Recorded, Row, Select, Snapshot, Store,
    StoreError, StreamId, Table, Value, Version,
};

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, append: Append) -> Result<Receipt, CommitError> {
        check(&append)?;
        let (reply, answer) = oneshot::channel();
        self.through(Waiting::Commit(Box::new(append), reply), answer)
            .await?
    }

    async fn load(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.inner().world.load(tenant, stream, after)
    }

    async fn version(&self, tenant: TenantId, stream: &StreamId) -> Result<Version, StoreError> {
        Ok(version(
            self.stored(&stream_key(tenant, stream)).as_deref(),
        )?)
    }

    async fn read_log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.inner().world.read_log(after, limit)
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    fn sent(&self) -> watch::Receiver<u64> {
        self.sent.subscribe()
    }

    async fn snapshot(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        reducer: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        let row = self.stored(&snapshot_key(tenant, stream, reducer));
        Ok(row.as_deref().map(snapshot).transpose()?)
    }

    async fn row(
        &self,
        table: &'static Table,
        tenant: TenantId,
        key: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        let key = RowKey::new(table, tenant, key.to_vec());
        Ok(self.stored(&key).map(|values| Row { table, values }))
    }

    async fn select(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        select.check()?;
        Ok(self.inner().world.select(select))
    }

    async fn answer(&self, scope: &AnswerScope) -> Result<Option<Answer>, StoreError> {
        match self.stored(&answer_key(scope)) {
            Some(row) => Ok(answer(&row, self.clock.now())?),
            None => Ok(None),
        }
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        Ok(checkpoint(
            self.stored(&checkpoint_key(consumer)).as_deref(),
        )?)
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Delivery>, StoreError> {
        check_claim(&claim)?;
        let (reply, answer) = oneshot::channel();
        self.through(Waiting::Claim(claim, reply), answer).await?
    }

    async fn queues(&self) -> Result<Vec<QueueDepth>, StoreError> {
        self.inner().world.queues(self.clock.now())
    }

    async fn messages(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        self.inner().world.messages(tenant, queue, after, limit)
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.inner().world.dead_letters(tenant, queue, after, limit)
    }

    async fn audit(
        &self,
        tenant: TenantId,
        partition: u16,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.inner()
            .world
            .audit(tenant, partition, None, after, limit)
    }

    async fn disclosures(
        &self,
        tenant: TenantId,
        data_subject: Uuid,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let partition = chain_of(data_subject);
        self.inner()
            .world
            .audit(tenant, partition, Some(data_subject), after, limit)
    }

    async fn anchor_audit(&self) -> Result<(), StoreError> {
        self.inner().world.anchor(self.clock.now());
        Ok(())
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        self.inner().world.verify_audit()
    }

    async fn incomplete(&self) -> Result<Vec<&'static Table>, StoreError> {
        Ok(self.inner().world.incomplete())
    }

    async fn clear(&self, tables: &[&'static Table], consumer: &str) -> Result<(), StoreError> {
        self.inner().world.clear(tables, consumer);
        Ok(())
    }

    async fn complete(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        self.inner().world.complete(tables);
        Ok(())
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        Ok(self.inner().world.prune(self.clock.now()))
    }
}
