//! Any store, with a span of each call in the trace of whoever makes it.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::TenantId;
use medcover_telemetry::{Layer, Outcome, Span, attributes};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Answer, AnswerScope, Append, AuditRecord, AuditReport, Claim, CommitError, DatabaseStatus,
    DeadLetter, Delivery, Inventory, Position, QueueDepth, QueuedMessage, Receipt, Recorded, Row,
    Select, Snapshot, Store, StoreError, StreamId, Table, Value, Version,
};

/// A store whose calls are spans, where the trace is recorded in which they are made. It keeps nothing itself.
///
/// A span says which store, what kind of stream or table, and how much; never a key or a value.
pub struct TracedStore {
    inner: Arc<dyn Store>,
    name: Cow<'static, str>,
}

impl TracedStore {
    /// Over `inner`, which spans call `name`.
    pub fn new(inner: Arc<dyn Store>, name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        Self { inner, name }
    }

    /// The span of the call `what`, of things of a `kind`.
    fn span(&self, what: &'static str, kind: &str) -> Span {
        let mut span = Span::child(Layer::Store, what);
        if span.is_recorded() {
            span.set(attributes::STORE, self.name.clone());
            if !kind.is_empty() {
                span.set(attributes::COLLECTION, kind.to_owned());
            }
        }
        span
    }
}

/// Notes that the answer did not come.
fn failed(span: &mut Span, error: &StoreError) -> Outcome {
    let name = match error {
        StoreError::Unavailable(_) => "unavailable",
        StoreError::Corrupt(_) => "corrupt",
        _ => "store",
    };
    span.set(attributes::ERROR, name);
    Outcome::Failed
}

fn ended<T>(span: &mut Span, answer: &Result<T, StoreError>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Done,
        Err(error) => failed(span, error),
    }
}

/// The same for a list, of which the length is said.
fn listed<T>(span: &mut Span, answer: &Result<Vec<T>, StoreError>) -> Outcome {
    if let Ok(list) = answer {
        span.set(attributes::COUNT, list.len());
    }
    ended(span, answer)
}

fn committed(span: &mut Span, answer: &Result<Receipt, CommitError>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Done,
        Err(CommitError::Unavailable(_)) => {
            span.set(attributes::ERROR, "unavailable");
            Outcome::Failed
        }
        Err(CommitError::Conflict { .. }) => {
            span.set(attributes::ERROR, "conflict");
            Outcome::Refused
        }
        Err(_) => {
            span.set(attributes::ERROR, "refused");
            Outcome::Refused
        }
    }
}

#[async_trait]
impl Store for TracedStore {
    async fn commit(&self, append: Append) -> Result<Receipt, CommitError> {
        let mut span = self.span("store.commit", "");
        if span.is_recorded() {
            let events: usize = append.writes.iter().map(|it| it.events.len()).sum();
            span.set(attributes::COUNT, events);
        }
        span.around(self.inner.commit(append), committed).await
    }

    async fn load(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError> {
        let load = self.inner.load(tenant, stream, after);
        self.span("store.load", &stream.kind)
            .around(load, listed)
            .await
    }

    async fn version(&self, tenant: TenantId, stream: &StreamId) -> Result<Version, StoreError> {
        let version = self.inner.version(tenant, stream);
        self.span("store.version", &stream.kind)
            .around(version, ended)
            .await
    }

    async fn read_log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let read = self.inner.read_log(after, limit);
        self.span("store.read_log", "").around(read, listed).await
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
        let snapshot = self.inner.snapshot(tenant, stream, reducer);
        self.span("store.snapshot", &stream.kind)
            .around(snapshot, ended)
            .await
    }

    async fn row(
        &self,
        table: &'static Table,
        tenant: TenantId,
        key: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        let row = self.inner.row(table, tenant, key);
        self.span("store.row", table.name).around(row, ended).await
    }

    async fn select(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        self.span("store.select", select.listing.table.name)
            .around(self.inner.select(select), listed)
            .await
    }

    async fn answer(&self, scope: &AnswerScope) -> Result<Option<Answer>, StoreError> {
        self.span("store.answer", "")
            .around(self.inner.answer(scope), ended)
            .await
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        self.inner.checkpoint(consumer).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Delivery>, StoreError> {
        self.inner.claim(claim).await
    }

    async fn queues(&self) -> Result<Vec<QueueDepth>, StoreError> {
        self.span("store.queues", "")
            .around(self.inner.queues(), listed)
            .await
    }

    async fn messages(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        let messages = self.inner.messages(tenant, queue, after, limit);
        self.span("store.messages", queue)
            .around(messages, listed)
            .await
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let letters = self.inner.dead_letters(tenant, queue, after, limit);
        self.span("store.dead_letters", queue)
            .around(letters, listed)
            .await
    }

    async fn audit(
        &self,
        tenant: TenantId,
        partition: u16,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let audit = self.inner.audit(tenant, partition, after, limit);
        self.span("store.audit", "").around(audit, listed).await
    }

    async fn disclosures(
        &self,
        tenant: TenantId,
        data_subject: Uuid,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let disclosures = self.inner.disclosures(tenant, data_subject, after, limit);
        self.span("store.disclosures", "")
            .around(disclosures, listed)
            .await
    }

    async fn anchor_audit(&self) -> Result<(), StoreError> {
        self.inner.anchor_audit().await
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        self.span("store.verify_audit", "")
            .around(self.inner.verify_audit(), ended)
            .await
    }

    async fn incomplete(&self) -> Result<Vec<&'static Table>, StoreError> {
        self.inner.incomplete().await
    }

    async fn clear(&self, tables: &[&'static Table], consumer: &str) -> Result<(), StoreError> {
        self.inner.clear(tables, consumer).await
    }

    async fn complete(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        self.inner.complete(tables).await
    }

    async fn catch_up(&self) -> Result<u64, StoreError> {
        self.inner.catch_up().await
    }

    async fn drop_unused(&self) -> Result<Vec<String>, StoreError> {
        self.inner.drop_unused().await
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        self.inner.prune().await
    }

    async fn inventory(&self) -> Result<Option<Inventory>, StoreError> {
        self.inner.inventory().await
    }

    fn database(&self) -> Option<DatabaseStatus> {
        self.inner.database()
    }
}
