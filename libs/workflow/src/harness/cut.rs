//! A node's way to its store, which is cut at a given write: from then on the node is dead to the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use medcover_kernel::TenantId;
use medcover_store::{
    Answer, AnswerScope, Append, AuditRecord, AuditReport, Claim, CommitError, DeadLetter,
    Delivery, Position, QueueDepth, QueuedMessage, Receipt, Recorded, Row, Select, Snapshot, Store,
    StoreError, StreamId, Table, Value, Version,
};
use tokio::sync::watch;
use uuid::Uuid;

use super::trial::Crash;
use crate::saga::SAGA_STREAM;

pub(super) struct CutStore {
    inner: Arc<dyn Store>,
    crash: Option<Crash>,
    writes: AtomicUsize,
    cut: AtomicBool,
}

impl CutStore {
    pub(super) fn new(inner: Arc<dyn Store>, crash: Option<Crash>) -> Self {
        Self {
            inner,
            crash,
            writes: AtomicUsize::new(0),
            cut: AtomicBool::new(false),
        }
    }

    /// Whether the node is dead.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    /// Writes to logs of runs so far.
    pub(super) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    fn open(&self) -> Result<&dyn Store, StoreError> {
        if self.is_cut() {
            return Err(StoreError::Unavailable(CUT.to_owned()));
        }
        Ok(&*self.inner)
    }
}

const CUT: &str = "the node is dead";

#[async_trait]
impl Store for CutStore {
    async fn commit(&self, append: Append) -> Result<Receipt, CommitError> {
        let store = self.open()?;
        let logs = append
            .writes
            .iter()
            .any(|write| write.stream.kind == SAGA_STREAM);
        // The settlement that ends a wake-up counts as well: a node may die there too.
        if !logs && append.settle.is_empty() {
            return store.commit(append).await;
        }
        let write = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        match self.crash {
            Some(crash) if crash.write == write => {
                self.cut.store(true, Ordering::SeqCst);
                if crash.kept {
                    store.commit(append).await?;
                }
                Err(CommitError::Unavailable(CUT.to_owned()))
            }
            _ => store.commit(append).await,
        }
    }

    async fn load(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.open()?.load(tenant, stream, after).await
    }

    async fn version(&self, tenant: TenantId, stream: &StreamId) -> Result<Version, StoreError> {
        self.open()?.version(tenant, stream).await
    }

    async fn read_log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.open()?.read_log(after, limit).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.inner.head()
    }

    fn sent(&self) -> watch::Receiver<u64> {
        self.inner.sent()
    }

    async fn snapshot(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        reducer: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.open()?.snapshot(tenant, stream, reducer).await
    }

    async fn row(
        &self,
        table: &'static Table,
        tenant: TenantId,
        key: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        self.open()?.row(table, tenant, key).await
    }

    async fn select(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        self.open()?.select(select).await
    }

    async fn answer(&self, scope: &AnswerScope) -> Result<Option<Answer>, StoreError> {
        self.open()?.answer(scope).await
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        self.open()?.checkpoint(consumer).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Delivery>, StoreError> {
        self.open()?.claim(claim).await
    }

    async fn queues(&self) -> Result<Vec<QueueDepth>, StoreError> {
        self.open()?.queues().await
    }

    async fn messages(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        self.open()?.messages(tenant, queue, after, limit).await
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.open()?.dead_letters(tenant, queue, after, limit).await
    }

    async fn audit(
        &self,
        tenant: TenantId,
        partition: u16,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.open()?.audit(tenant, partition, after, limit).await
    }

    async fn disclosures(
        &self,
        tenant: TenantId,
        data_subject: Uuid,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.open()?
            .disclosures(tenant, data_subject, after, limit)
            .await
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        self.open()?.verify_audit().await
    }

    async fn anchor_audit(&self) -> Result<(), StoreError> {
        self.open()?.anchor_audit().await
    }

    async fn incomplete(&self) -> Result<Vec<&'static Table>, StoreError> {
        self.open()?.incomplete().await
    }

    async fn clear(&self, tables: &[&'static Table], consumer: &str) -> Result<(), StoreError> {
        self.open()?.clear(tables, consumer).await
    }

    async fn complete(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        self.open()?.complete(tables).await
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        self.open()?.prune().await
    }
}
