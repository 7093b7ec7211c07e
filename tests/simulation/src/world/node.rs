//! Nodes: the bank and its workers, which can be struck down at any await.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, Rng};
use medcover_store::{Append, Delivery, Recorded, Store};
use medcover_workflow::bus::Subscriber;
use medcover_workflow::queue::{Failure, Handled, Handler, Worker, WorkerConfig};
use medcover_workflow::saga::{Saga, StepAction, StepCall};
use medcover_workflow::{Outcome, Retry};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::bug::{Bug, Forgetful, Hasty};
use crate::bank::tables::Statements;
use crate::bank::{Bank, NOTICES_QUEUE, Notices, SERVICE, STATEMENTS_QUEUE, statements};
use crate::stage::Fate;

/// What a node is started with.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) fate: Arc<Fate>,
    pub(super) bug: Option<Bug>,
}

/// A running node.
pub(super) struct Node {
    pub(super) bank: Arc<Bank>,
    /// Its workers and the requests that it answers.
    pub(super) tasks: JoinSet<()>,
}

impl Ground {
    /// Starts the node called `name`.
    pub(super) fn start(&self, name: &str) -> Node {
        let bank = Bank::new(&self.store, &self.clock, &self.rng, |saga| {
            self.shaken(&saga)
        });
        let bank = bank.expect("the saga is whole");
        let mut tasks = JoinSet::new();
        let sagas = bank.sagas().worker(format!("{name}-sagas"));
        tasks.spawn(async move { sagas.run(std::future::pending()).await });
        let notices = self.notices(name);
        tasks.spawn(async move { notices.run(std::future::pending()).await });
        let subscription = statements(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            Arc::clone(&self.rng),
            Arc::new(Shaken::of(&self.fate, Statements)),
            config(STATEMENTS_QUEUE, name),
        );
        tasks.spawn(async move { subscription.run(std::future::pending()).await });
        Node { bank, tasks }
    }

    fn notices(&self, name: &str) -> Worker {
        let mut handler: Arc<dyn Handler> = Arc::new(Shaken::of(&self.fate, Notices));
        if self.bug == Some(Bug::DoubledHandler) {
            let store = Arc::clone(&self.store);
            let inner = handler;
            handler = Arc::new(Hasty { store, inner });
        }
        Worker::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            Arc::clone(&self.rng),
            handler,
            config(NOTICES_QUEUE, name),
        )
    }

    fn shaken(&self, saga: &Saga) -> Saga {
        let forgets = self.bug == Some(Bug::ForgottenCompensation);
        saga.wrapped(|name, mut action| {
            if forgets && name == "hold" {
                action = Arc::new(Forgetful(action));
            }
            Arc::new(Shaken::of(&self.fate, action))
        })
    }
}

/// Few attempts and short leases, so that messages are given up and given to others within a run.
fn config(queue: &'static str, name: &str) -> WorkerConfig {
    WorkerConfig {
        lease: Duration::from_secs(5),
        concurrency: 16,
        retry: Retry::times(4),
        look_every: Duration::from_secs(2),
        ..WorkerConfig::new(queue, format!("{name}-{queue}"), SERVICE)
    }
}

/// What works slowly at times, and fails at times: before it did anything, or after, so that nobody hears of it.
struct Shaken<T> {
    fate: Arc<Fate>,
    inner: T,
}

impl<T> Shaken<T> {
    fn of(fate: &Arc<Fate>, inner: T) -> Self {
        Self {
            fate: Arc::clone(fate),
            inner,
        }
    }

    async fn slow(&self) {
        self.fate.hesitate().await;
        if self.fate.strikes(15) {
            sleep(self.fate.time(3_000)).await;
        }
    }
}

const LOST: &str = "the simulation lost it";

#[async_trait]
impl Handler for Shaken<Notices> {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        self.slow().await;
        if self.fate.strikes(100) {
            return Err(Failure::retry(LOST));
        }
        self.inner.handle(delivery).await
    }
}

#[async_trait]
impl Subscriber for Shaken<Statements> {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        self.slow().await;
        if self.fate.strikes(50) {
            return Err(Failure::retry(LOST));
        }
        self.inner.on(event).await
    }
}

#[async_trait]
impl StepAction for Shaken<Arc<dyn StepAction>> {
    async fn act(&self, call: &StepCall<'_>) -> Outcome {
        self.slow().await;
        match self.fate.below(100) {
            0..20 if self.fate.strikes(1_000) => Outcome::Failed(LOST.to_owned()),
            20..40 if self.fate.strikes(1_000) => {
                // It took effect, and nobody hears of it.
                let _ = self.inner.act(call).await;
                Outcome::Failed(LOST.to_owned())
            }
            40..45 if self.fate.strikes(1_000) && call.attempt == 1 => {
                Outcome::Refused("the simulation says no".to_owned())
            }
            _ => self.inner.act(call).await,
        }
    }

    async fn undo(&self, call: &StepCall<'_>) -> Outcome {
        self.slow().await;
        let outcome = self.inner.undo(call).await;
        if self.fate.strikes(300) {
            return Outcome::Failed(LOST.to_owned());
        }
        outcome
    }
}
