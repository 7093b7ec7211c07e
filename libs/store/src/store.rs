//! The door to a service's state.

use async_trait::async_trait;
use medcover_kernel::TenantId;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Answer, AnswerScope, Append, AuditRecord, AuditReport, Claim, CommitError, DatabaseStatus,
    DeadLetter, Delivery, Inventory, Position, QueueDepth, QueuedMessage, Receipt, Recorded, Row,
    Select, Snapshot, StoreError, StreamId, Table, Value, Version,
};

/// A service's state. Every engine passes the same suite.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps all of `append`, or nothing. When this returns a receipt, it is on disk. A future that is dropped leaves
    /// either all or nothing behind.
    async fn commit(&self, append: Append) -> Result<Receipt, CommitError>;

    /// The events of a stream after version `after`, in order.
    async fn load(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError>;

    /// The version of a stream; [`Version::NONE`] if nothing was ever written to it.
    async fn version(&self, tenant: TenantId, stream: &StreamId) -> Result<Version, StoreError>;

    /// Up to `limit` (at most [`limits::PAGE`](crate::limits::PAGE)) events of all tenants after `after`, in the order of
    /// the log, without gaps.
    async fn read_log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The position of the last event, and of each later one. To subscribe: read the log up to it, then wait for it to
    /// change.
    fn head(&self) -> watch::Receiver<Position>;

    /// Changes whenever messages were sent, returned or replayed, so that workers need not poll for those due at once.
    fn sent(&self) -> watch::Receiver<u64>;

    /// The last snapshot of a stream that this version of the reducer made.
    async fn snapshot(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        reducer: u32,
    ) -> Result<Option<Snapshot>, StoreError>;

    /// The row with this key.
    async fn row(
        &self,
        table: &'static Table,
        tenant: TenantId,
        key: &[Value],
    ) -> Result<Option<Row>, StoreError>;

    /// A page of rows.
    async fn select(&self, select: &Select) -> Result<Vec<Row>, StoreError>;

    /// The answer kept under `scope`, until it expires.
    async fn answer(&self, scope: &AnswerScope) -> Result<Option<Answer>, StoreError>;

    /// How far a consumer of the log has come.
    async fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError>;

    /// Takes messages that are due, tenants in turn, one after the other within a key. Each is on lease to the worker
    /// from now on.
    async fn claim(&self, claim: Claim) -> Result<Vec<Delivery>, StoreError>;

    /// How full each queue is. It counts, so it is for people and gauges rather than for workers.
    async fn queues(&self) -> Result<Vec<QueueDepth>, StoreError>;

    /// Messages of a queue and tenant after the sequence `after`, in the order of sending.
    async fn messages(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, StoreError>;

    /// Messages of a queue and tenant that were set aside, after the sequence `after`, in the order of sending.
    async fn dead_letters(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError>;

    /// Records of one chain after `after`, in order.
    async fn audit(
        &self,
        tenant: TenantId,
        partition: u16,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError>;

    /// The accounting of disclosures: records about one person's data after `after`, in order. All records about one
    /// person are in one chain.
    async fn disclosures(
        &self,
        tenant: TenantId,
        data_subject: Uuid,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError>;

    /// Anchors the heads of the chains now. Engines do so by themselves within
    /// [`limits::ANCHOR_AFTER`](crate::limits::ANCHOR_AFTER); this is for what must not wait.
    async fn anchor_audit(&self) -> Result<(), StoreError>;

    /// Checks every chain against itself, its head and its anchors.
    async fn verify_audit(&self) -> Result<AuditReport, StoreError>;

    /// The read-model tables that are not complete, because they are new or of a new version.
    async fn incomplete(&self) -> Result<Vec<&'static Table>, StoreError>;

    /// Empties `tables`, which are incomplete from then on, and takes the checkpoint of `consumer` back to the start.
    async fn clear(&self, tables: &[&'static Table], consumer: &str) -> Result<(), StoreError>;

    /// Declares `tables` complete.
    async fn complete(&self, tables: &[&'static Table]) -> Result<(), StoreError>;

    /// Takes the rows that commits make along the log to its end, where another version of the program has written what is not
    /// in them, or they are new; how many events that took. Reading and writing does so by itself: this is for a start, so that
    /// nobody waits for it later.
    async fn catch_up(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Drops the tables of other versions of the program that no process has used for
    /// [`limits::GENERATION_UNUSED`](crate::limits::GENERATION_UNUSED); the names of what is gone.
    async fn drop_unused(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// Removes answers and inbox marks whose time has passed; returns how many.
    async fn prune(&self) -> Result<u64, StoreError>;

    /// What of the declared tables and indexes is there, where the state is in a database. It costs a look at the catalogue.
    async fn inventory(&self) -> Result<Option<Inventory>, StoreError> {
        Ok(None)
    }

    /// What there is to see of the server that keeps the state, where there is one.
    fn database(&self) -> Option<DatabaseStatus> {
        None
    }
}
