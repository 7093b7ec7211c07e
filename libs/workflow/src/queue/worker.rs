//! The loop that claims messages and has them handled.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Caller, Clock, Rng, ServiceName};
use medcover_saga::Retry;
use medcover_store::{
    Append, Claim, CommitError, Context, Delivery, Name, Outcome, Store, StoreError, limits,
};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::{Failure, Handled, Handler};

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// The queue, which is also the consumer group: its workers share the messages.
    pub queue: Name,
    /// Who claims, shown when the queue is inspected; unique per start of a process.
    pub worker: Name,
    /// In whose name messages are settled.
    pub service: ServiceName,
    /// How long a claimed message stays with the worker unless renewed, which happens three times within it. After a
    /// crash the message lies still for as long.
    pub lease: Duration,
    /// Messages handled at once, at most [`limits::CLAIMED`].
    pub concurrency: usize,
    /// Attempts at a message before it is set aside, and the pauses between them.
    pub retry: Retry,
    /// The longest time between two looks at the queue; delayed messages are late by at most this.
    pub look_every: Duration,
    /// How long messages in hand may take when the worker is asked to stop.
    pub drain: Duration,
}

impl WorkerConfig {
    /// Sixteen messages at once, leases of 30 s, a dozen attempts over about two minutes.
    pub fn new(queue: impl Into<Name>, worker: impl Into<Name>, service: ServiceName) -> Self {
        Self {
            queue: queue.into(),
            worker: worker.into(),
            service,
            lease: Duration::from_secs(30),
            concurrency: 16,
            retry: Retry::times(12),
            look_every: Duration::from_millis(500),
            drain: Duration::from_secs(20),
        }
    }
}

/// One consumer of a queue. Cheap to clone; clones share one pause.
#[derive(Clone)]
pub struct Worker {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    handler: Arc<dyn Handler>,
    config: WorkerConfig,
    /// Whether what the handler depends on is there; true where nobody watches it.
    gate: watch::Receiver<bool>,
    /// Messages in hand that wait for a dependency.
    waiting: watch::Sender<usize>,
    stopping: watch::Sender<bool>,
}

impl Worker {
    /// A worker that hands messages to `handler`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        handler: Arc<dyn Handler>,
        config: WorkerConfig,
    ) -> Self {
        let inner = Inner {
            store,
            clock,
            rng,
            handler,
            config,
            gate: watch::channel(true).1,
            waiting: watch::channel(0).0,
            stopping: watch::channel(false).0,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The same worker, which claims nothing while `gate` is false: the breaker of what its handler depends on.
    #[must_use]
    pub fn gated(self, gate: watch::Receiver<bool>) -> Self {
        let inner = Arc::into_inner(self.inner).expect("a worker is gated before it is shared");
        Self {
            inner: Arc::new(Inner { gate, ..inner }),
        }
    }

    /// Works until `stop` is ready, then lets messages in hand end within the drain time; what is left then is dropped
    /// and comes again when its lease has run out.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let inner = &self.inner;
        let mut stop = pin!(stop);
        let mut sent = inner.store.sent();
        let (mut gate, mut waiting) = (inner.gate.clone(), inner.waiting.subscribe());
        let mut hands = JoinSet::new();
        inner.stopping.send_replace(false);
        // A claim is a write. One is made when it is time to look, and, as long as there is more, once a quarter of the
        // hands is free: not for each of them.
        let (mut time_to_look, mut more) = (true, false);
        loop {
            sent.borrow_and_update();
            let room = inner.config.concurrency.saturating_sub(hands.len());
            let worth_it = more && room * 4 >= inner.config.concurrency;
            if room > 0 && (time_to_look || worth_it) && inner.may_claim() {
                let claimed = inner.claim(room).await;
                more = claimed.len() == room;
                for delivery in claimed {
                    let inner = Arc::clone(inner);
                    hands.spawn(async move { inner.work(delivery).await });
                }
            }
            time_to_look = false;
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(ended) = hands.join_next(), if !hands.is_empty() => {
                    note_panic(ended);
                    while let Some(ended) = hands.try_join_next() {
                        note_panic(ended);
                    }
                }
                Ok(()) = sent.changed() => more = true,
                Ok(()) = gate.changed() => time_to_look = true,
                Ok(()) = waiting.changed() => more = true,
                () = tokio::time::sleep(inner.config.look_every) => time_to_look = true,
            }
        }
        inner.stopping.send_replace(true);
        let drained = async { while hands.join_next().await.is_some() {} };
        if tokio::time::timeout(inner.config.drain, drained)
            .await
            .is_err()
        {
            hands.shutdown().await;
        }
    }

    /// Claims what is due now and handles it, one message after the other; returns how many. For tests, simulation, and
    /// commands that empty a queue. It waits only where a handler says that a dependency is away.
    pub async fn tick(&self) -> Result<usize, StoreError> {
        if !self.inner.may_claim() {
            return Ok(0);
        }
        let claim = self.inner.claim_of(self.inner.config.concurrency);
        let deliveries = self.inner.store.claim(claim).await?;
        let count = deliveries.len();
        for delivery in deliveries {
            self.inner.work(delivery).await;
        }
        Ok(count)
    }
}

/// What became of a delivery that the worker still holds.
enum Next {
    /// Nothing is left to do with it.
    Over,
    /// Handle it again, as the same attempt.
    Again,
}

impl Inner {
    fn may_claim(&self) -> bool {
        *self.gate.borrow() && *self.waiting.borrow() == 0
    }

    fn claim_of(&self, max: usize) -> Claim {
        Claim {
            queue: self.config.queue.clone(),
            worker: self.config.worker.clone(),
            lease: self.config.lease,
            max: max.min(limits::CLAIMED),
        }
    }

    async fn claim(&self, max: usize) -> Vec<Delivery> {
        match self.store.claim(self.claim_of(max)).await {
            Ok(deliveries) => deliveries,
            Err(error) => {
                tracing::warn!(queue = %self.config.queue, %error, "the queue cannot be read");
                Vec::new()
            }
        }
    }

    /// Sees one delivery to its end.
    async fn work(&self, delivery: Delivery) {
        let span = tracing::info_span!(
            "queue.work",
            queue = %delivery.queue,
            message = %delivery.id,
            attempt = delivery.attempt,
            correlation_id = %delivery.context.correlation,
        );
        self.see_to(delivery).instrument(span).await;
    }

    async fn see_to(&self, delivery: Delivery) {
        if delivery.attempt > self.config.retry.attempts {
            let reason = "attempts used up; the last ones ended without a word";
            self.set_aside(&delivery, reason.to_owned()).await;
            return;
        }
        for _ in 0..limits::DECISIONS {
            let handled = self.renewing(&delivery, self.handled(&delivery)).await;
            let next = match handled {
                // Somebody else has it by now.
                None | Some(Ok(Handled::Acknowledged)) => Next::Over,
                Some(Ok(Handled::Effects(effects))) => self.keep(&delivery, *effects).await,
                Some(Err(failure)) => self.fail(&delivery, failure).await,
            };
            if matches!(next, Next::Over) {
                return;
            }
        }
        let reason = "it met a conflict each time it was decided anew";
        self.fail(&delivery, Failure::retry(reason)).await;
    }

    /// The handler's answer; while it says that a dependency is away, waits and asks again.
    async fn handled(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let mut pauses = 0;
        loop {
            let (reason, after) = match self.handler.handle(delivery).await {
                Err(Failure::DependencyDown { reason, after }) => (reason, after),
                other => return other,
            };
            pauses += 1;
            if pauses == 1 {
                tracing::warn!(%reason, "paused: a dependency is away");
            }
            let after = after.unwrap_or_else(|| self.config.retry.jittered(pauses, &*self.rng));
            if self.wait_for_dependency(after).await {
                let reason = format!("stopped while waiting: {reason}");
                return Err(Failure::Retry {
                    reason,
                    after: Some(Duration::ZERO),
                });
            }
        }
    }

    /// Waits for `pause`, and for the gate where it is shut; true when the worker is to stop instead.
    async fn wait_for_dependency(&self, pause: Duration) -> bool {
        self.waiting.send_modify(|waiting| *waiting += 1);
        let _waits = Waits(&self.waiting);
        let (mut gate, mut stopping) = (self.gate.clone(), self.stopping.subscribe());
        let back = async {
            let shut = !*gate.borrow_and_update();
            if !shut {
                tokio::time::sleep(pause).await;
            }
            // A gate whose owner is gone says nothing more: do not wait for it.
            let _ = gate.wait_for(|open| *open).await;
        };
        tokio::select! {
            () = back => false,
            _ = stopping.wait_for(|stopping| *stopping) => true,
        }
    }

    /// Does `work` while renewing the lease; `None` when the lease was lost, with `work` dropped where it stood.
    async fn renewing<T>(&self, delivery: &Delivery, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = tokio::time::sleep(self.config.lease / 3) => {
                    let until = self.clock.now().plus(self.config.lease);
                    let kept = self.settle(delivery, Outcome::Extended { until }).await;
                    if matches!(kept, Err(CommitError::StaleDelivery { .. })) {
                        return None;
                    }
                }
            }
        }
    }

    /// Commits what the handler did, and the acknowledgement with it.
    async fn keep(&self, delivery: &Delivery, effects: Append) -> Next {
        match self
            .store
            .commit(effects.settle(delivery.settled(Outcome::Done)))
            .await
        {
            Ok(_) | Err(CommitError::StaleDelivery { .. }) => Next::Over,
            Err(CommitError::Conflict { .. }) => Next::Again,
            Err(CommitError::AlreadyHandled { .. }) => self.settled(delivery, Outcome::Done).await,
            // Whether it was kept is not known. The lease brings the message back if it was not.
            Err(CommitError::Unavailable(reason)) => {
                tracing::warn!(%reason, "the outcome of a commit is unknown");
                Next::Over
            }
            Err(error) => self.set_aside(delivery, error.to_string()).await,
        }
    }

    async fn fail(&self, delivery: &Delivery, failure: Failure) -> Next {
        let (reason, after) = match failure {
            Failure::Reject { reason } => return self.set_aside(delivery, reason).await,
            Failure::Retry { reason, after } | Failure::DependencyDown { reason, after } => {
                (reason, after)
            }
        };
        let Some(pause) = self.config.retry.pause_after(delivery.attempt, &*self.rng) else {
            let reason = format!("attempts used up: {reason}");
            return self.set_aside(delivery, reason).await;
        };
        let at = self.clock.now().plus(after.unwrap_or(pause));
        self.settled(delivery, Outcome::Retry { at, reason }).await
    }

    async fn set_aside(&self, delivery: &Delivery, reason: String) -> Next {
        tracing::error!(%reason, "a message is set aside");
        self.settled(delivery, Outcome::Dead { reason }).await
    }

    /// Settles without further effects. If that cannot be kept the lease runs out, and the message comes again.
    async fn settled(&self, delivery: &Delivery, outcome: Outcome) -> Next {
        if let Err(error) = self.settle(delivery, outcome).await
            && !matches!(error, CommitError::StaleDelivery { .. })
        {
            tracing::warn!(%error, "a message cannot be settled");
        }
        Next::Over
    }

    async fn settle(&self, delivery: &Delivery, outcome: Outcome) -> Result<(), CommitError> {
        let actor = Caller::Service(self.config.service.clone());
        let append = Append::new(Context::handling(delivery, actor));
        let append = append.settle(delivery.settled(outcome));
        self.store.commit(append).await.map(drop)
    }
}

/// Counts a waiting message off again, also when its task is dropped.
struct Waits<'a>(&'a watch::Sender<usize>);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a handler panicked; its message comes again");
    }
}
