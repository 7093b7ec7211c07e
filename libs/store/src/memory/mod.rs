//! A store in memory, for tests and the simulation.

mod audit;
mod queue;
mod select;
mod world;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use medcover_kernel::{Clock, ManualClock, TenantId, Timestamp};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::cell::RowKey;
use crate::plan::{check, checkpoint, checkpoint_key, stream_key, version};
use crate::rows::{answer, answer_key, snapshot, snapshot_key};
use crate::{
    Answer, AnswerScope, Append, AuditRecord, AuditReport, Claim, CommitError, DeadLetter,
    Delivery, Position, QueueDepth, QueuedMessage, Receipt, Recorded, Row, Schema, Select,
    Snapshot, Store, StoreError, StreamId, Table, Value, Version,
};
use world::World;

/// A store without a disk, of the same meaning as the others.
///
/// Made by [`MemoryStore::new`] it keeps what it is told at once. Made by [`MemoryStore::held`] its disk is in the hands of
/// a simulation: commits and claims wait until [`sync`](Self::sync), and a [`crash`](Self::crash) loses those that still
/// wait. What was acknowledged is synced, as with a real disk.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    held: bool,
    inner: Mutex<Inner>,
    head: watch::Sender<Position>,
    sent: watch::Sender<u64>,
}

struct Inner {
    world: World,
    waiting: VecDeque<Waiting>,
}

/// A change that is not on the disk yet, and whom to tell.
enum Waiting {
    Commit(Box<Append>, oneshot::Sender<Result<Receipt, CommitError>>),
    Claim(Claim, oneshot::Sender<Result<Vec<Delivery>, StoreError>>),
}

impl MemoryStore {
    /// A store of `schema` that keeps everything at once. Panics if the schema contradicts itself.
    pub fn new(schema: Schema, clock: Arc<dyn Clock>) -> Self {
        Self::with(schema, clock, false)
    }

    /// A store whose disk writes only when [`sync`](Self::sync) is called.
    pub fn held(schema: Schema, clock: Arc<dyn Clock>) -> Self {
        Self::with(schema, clock, true)
    }

    /// A store without tables whose clock stands still.
    pub fn for_tests() -> Self {
        let clock = ManualClock::at(Timestamp::from_micros(1_767_225_600_000_000));
        Self::new(Schema::new(), Arc::new(clock))
    }

    fn with(schema: Schema, clock: Arc<dyn Clock>, held: bool) -> Self {
        if let Err(fault) = schema.check() {
            panic!("{fault}");
        }
        Self {
            clock,
            held,
            inner: Mutex::new(Inner {
                world: World::new(schema),
                waiting: VecDeque::new(),
            }),
            head: watch::Sender::new(Position::NONE),
            sent: watch::Sender::new(0),
        }
    }

    /// How many changes wait for the disk.
    pub fn waiting(&self) -> usize {
        self.inner().waiting.len()
    }

    /// Writes all that waits to the disk, in the order in which it came, and acknowledges it.
    pub fn sync(&self) {
        let waiting = self.inner().waiting.len();
        self.sync_some(waiting);
    }

    /// Writes the first `count` of what waits to the disk and acknowledges it.
    pub fn sync_some(&self, count: usize) {
        let mut inner = self.inner();
        for waiting in take(&mut inner.waiting, count) {
            self.write(&mut inner.world, waiting, true);
        }
    }

    /// The power goes. Of what waits, the first `survivors` reach the disk all the same, though nobody is told; the rest is
    /// lost. Everyone who waited learns only that the store is not available.
    pub fn crash(&self, survivors: usize) {
        let mut inner = self.inner();
        for waiting in take(&mut inner.waiting, survivors) {
            self.write(&mut inner.world, waiting, false);
        }
        inner.waiting.clear();
    }

    fn write(&self, world: &mut World, waiting: Waiting, acknowledge: bool) {
        let now = self.clock.now();
        match waiting {
            Waiting::Commit(append, reply) => {
                let (outcome, sent) = world.commit(&append, now);
                if let Ok(receipt) = &outcome {
                    self.announce(receipt.position, sent);
                }
                if acknowledge {
                    // Whoever gave up waiting does not want to know.
                    let _ = reply.send(outcome);
                }
            }
            Waiting::Claim(claim, reply) => {
                let claimed = world.claim(&claim, now);
                if acknowledge {
                    let _ = reply.send(claimed);
                }
            }
        }
    }

    fn announce(&self, position: Position, sent: bool) {
        self.head.send_if_modified(|head| {
            let later = position > *head;
            *head = position.max(*head);
            later
        });
        if sent {
            self.sent.send_modify(|count| *count += 1);
        }
    }

    async fn through<T>(
        &self,
        waiting: Waiting,
        reply: oneshot::Receiver<T>,
    ) -> Result<T, StoreError> {
        {
            let mut inner = self.inner();
            if self.held {
                inner.waiting.push_back(waiting);
            } else {
                self.write(&mut inner.world, waiting, true);
            }
        }
        reply
            .await
            .map_err(|_| StoreError::Unavailable("the power went".to_owned()))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic while the store is held")
    }

    fn stored(&self, key: &RowKey) -> Option<Vec<Value>> {
        self.inner().world.row(key).map(<[_]>::to_vec)
    }
}

fn take(waiting: &mut VecDeque<Waiting>, count: usize) -> Vec<Waiting> {
    let count = count.min(waiting.len());
    waiting.drain(..count).collect()
}

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
        let partition = crate::plan::chain_of(data_subject);
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
