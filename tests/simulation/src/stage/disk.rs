//! The store of a run: in memory, its disk slow and its power not to be relied on.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use medcover_kernel::{Clock, TenantId};
use medcover_store::{
    Answer, AnswerScope, Append, AuditRecord, AuditReport, Claim, CommitError, DeadLetter,
    Delivery, MemoryStore, Position, QueueDepth, QueuedMessage, Receipt, Recorded, Row, Schema,
    Select, Snapshot, Store, StoreError, StreamId, Table, Value, Version,
};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use uuid::Uuid;

use super::fate::Fate;
use super::trace::Trace;

/// What a planted bug does to commits on their way.
#[derive(Clone, Copy)]
pub struct Meddling {
    /// Changes what is to be committed.
    pub spoil: fn(&Fate, &mut Append),
    /// Whether to look past the conflict that somebody else has written to the stream meanwhile.
    pub overlooks: fn(&Fate, &StreamId) -> bool,
}

/// The way of every node to the one store.
pub struct Disk {
    memory: MemoryStore,
    fate: Arc<Fate>,
    trace: Arc<Trace>,
    meddling: Option<Meddling>,
    lost_per_mille: u64,
    asked: Notify,
    // A watch channel wakes its receivers in an order of its own choosing. One for each keeps runs repeatable.
    heads: Mutex<Vec<watch::Sender<Position>>>,
    sents: Mutex<Vec<watch::Sender<u64>>>,
}

impl Disk {
    /// An empty store of `schema`, with a planted bug on the way to it where there is one.
    pub fn new(
        schema: Schema,
        clock: Arc<dyn Clock>,
        fate: Arc<Fate>,
        trace: Arc<Trace>,
        meddling: Option<Meddling>,
    ) -> Self {
        Self {
            memory: MemoryStore::held(schema, clock),
            fate,
            trace,
            meddling,
            lost_per_mille: 0,
            asked: Notify::new(),
            heads: Mutex::default(),
            sents: Mutex::default(),
        }
    }

    /// Of so many of a thousand commits nobody hears that they were kept.
    #[must_use]
    pub fn losing(mut self, per_mille: u64) -> Self {
        self.lost_per_mille = per_mille;
        self
    }

    /// Waits until there is something to write and writes some of it.
    pub async fn write_some(&self) {
        if self.memory.waiting() == 0 {
            self.asked.notified().await;
        }
        sleep(self.fate.time(4)).await;
        let waiting = self.memory.waiting() as u64;
        self.memory
            .sync_some(1 + self.fate.below(waiting.max(1)) as usize);
        self.announce();
    }

    /// The power goes; of what waited, some reaches the disk and nobody hears of it.
    pub fn crash(&self) -> (usize, usize) {
        let waiting = self.memory.waiting();
        let survivors = self.fate.below(waiting as u64 + 1) as usize;
        self.memory.crash(survivors);
        self.announce();
        (waiting, survivors)
    }

    /// What lies on the disk, without the way to it.
    pub const fn on_disk(&self) -> &MemoryStore {
        &self.memory
    }

    fn announce(&self) {
        let (head, sent) = (self.memory.head(), self.memory.sent());
        tell(&self.heads, *head.borrow());
        tell(&self.sents, *sent.borrow());
    }

    async fn keep(&self, append: Append) -> Result<Receipt, CommitError> {
        let kept = self.memory.commit(append);
        self.asked.notify_one();
        kept.await
    }

    /// A commit that may forget to look whether a stream is still as it was.
    async fn keep_blindly(
        &self,
        mut append: Append,
        overlooks: fn(&Fate, &StreamId) -> bool,
    ) -> Result<Receipt, CommitError> {
        loop {
            match self.keep(append.clone()).await {
                Err(CommitError::Conflict { stream, found, .. })
                    if overlooks(&self.fate, &stream) =>
                {
                    for write in &mut append.writes {
                        if write.stream == stream {
                            write.expected = found;
                        }
                    }
                }
                other => return other,
            }
        }
    }
}

/// Tells those who still listen.
fn tell<T: PartialEq + Copy>(listeners: &Mutex<Vec<watch::Sender<T>>>, value: T) {
    let mut listeners = guard(listeners);
    listeners.retain(|listener| !listener.is_closed());
    for listener in &*listeners {
        listener.send_if_modified(|known| std::mem::replace(known, value) != value);
    }
}

fn listen<T>(listeners: &Mutex<Vec<watch::Sender<T>>>, value: T) -> watch::Receiver<T> {
    let (sender, receiver) = watch::channel(value);
    guard(listeners).push(sender);
    receiver
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no code panics under it")
}

#[async_trait]
impl Store for Disk {
    async fn commit(&self, mut append: Append) -> Result<Receipt, CommitError> {
        self.fate.hesitate().await;
        let kept = match self.meddling {
            None => self.keep(append).await,
            Some(Meddling { spoil, overlooks }) => {
                spoil(&self.fate, &mut append);
                self.keep_blindly(append, overlooks).await
            }
        };
        match &kept {
            Ok(receipt) => self.trace.note(format_args!("kept {}", receipt.position)),
            Err(error) => self.trace.note(format_args!("not kept: {error}")),
        }
        self.fate.hesitate().await;
        if kept.is_ok() && self.lost_per_mille > 0 && self.fate.strikes(self.lost_per_mille) {
            self.trace.note("and nobody hears of it");
            let lost = StoreError::Unavailable("the simulation lost the answer".to_owned());
            return Err(lost.into());
        }
        kept
    }

    async fn load(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.fate.hesitate().await;
        self.memory.load(tenant, stream, after).await
    }

    async fn version(&self, tenant: TenantId, stream: &StreamId) -> Result<Version, StoreError> {
        self.memory.version(tenant, stream).await
    }

    async fn read_log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.memory.read_log(after, limit).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        listen(&self.heads, *self.memory.head().borrow())
    }

    fn sent(&self) -> watch::Receiver<u64> {
        listen(&self.sents, *self.memory.sent().borrow())
    }

    async fn snapshot(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        reducer: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.memory.snapshot(tenant, stream, reducer).await
    }

    async fn row(
        &self,
        table: &'static Table,
        tenant: TenantId,
        key: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        self.memory.row(table, tenant, key).await
    }

    async fn select(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        self.memory.select(select).await
    }

    async fn answer(&self, scope: &AnswerScope) -> Result<Option<Answer>, StoreError> {
        self.fate.hesitate().await;
        self.memory.answer(scope).await
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        self.memory.checkpoint(consumer).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Delivery>, StoreError> {
        let claimed = self.memory.claim(claim);
        self.asked.notify_one();
        let claimed = claimed.await;
        self.fate.hesitate().await;
        claimed
    }

    async fn queues(&self) -> Result<Vec<QueueDepth>, StoreError> {
        self.memory.queues().await
    }

    async fn messages(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        self.memory.messages(tenant, queue, after, limit).await
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.memory.dead_letters(tenant, queue, after, limit).await
    }

    async fn audit(
        &self,
        tenant: TenantId,
        partition: u16,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.memory.audit(tenant, partition, after, limit).await
    }

    async fn disclosures(
        &self,
        tenant: TenantId,
        data_subject: Uuid,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.memory
            .disclosures(tenant, data_subject, after, limit)
            .await
    }

    async fn anchor_audit(&self) -> Result<(), StoreError> {
        self.memory.anchor_audit().await
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        self.memory.verify_audit().await
    }

    async fn incomplete(&self) -> Result<Vec<&'static Table>, StoreError> {
        self.memory.incomplete().await
    }

    async fn clear(&self, tables: &[&'static Table], consumer: &str) -> Result<(), StoreError> {
        self.memory.clear(tables, consumer).await
    }

    async fn complete(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        self.memory.complete(tables).await
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        self.memory.prune().await
    }
}
