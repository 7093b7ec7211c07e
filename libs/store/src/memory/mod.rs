//! A store in memory, for tests and the simulation.

mod audit;
mod queue;
mod select;
mod store;
mod world;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use medcover_kernel::{Clock, ManualClock, Timestamp};
use tokio::sync::{oneshot, watch};

use crate::cell::RowKey;
use crate::{Append, Claim, CommitError, Delivery, Position, Receipt, Schema, StoreError, Value};
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
