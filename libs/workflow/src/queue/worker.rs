//! The loop that claims messages and has them handled.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, Rng, ServiceName};
use medcover_saga::Retry;
use medcover_store::{Name, Store, StoreError, limits};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Handler;
use super::hand::Hand;
use crate::observe::{self, Observer};

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
    hand: Arc<Hand>,
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
        let hand = Hand {
            store,
            clock,
            rng,
            handler,
            config,
            observer: observe::nobody(),
            gate: watch::channel(true).1,
            waiting: watch::channel(0).0,
            stopping: watch::channel(false).0,
        };
        Self {
            hand: Arc::new(hand),
        }
    }

    /// The same worker, which claims nothing while `gate` is false: the breaker of what its handler depends on.
    #[must_use]
    pub fn gated(self, gate: watch::Receiver<bool>) -> Self {
        let hand = Arc::into_inner(self.hand).expect("a worker is gated before it is shared");
        Self {
            hand: Arc::new(Hand { gate, ..hand }),
        }
    }

    /// The same worker, which tells `observer` what it does.
    #[must_use]
    pub fn observed(self, observer: Arc<dyn Observer>) -> Self {
        let hand = Arc::into_inner(self.hand).expect("a worker is observed before it is shared");
        Self {
            hand: Arc::new(Hand { observer, ..hand }),
        }
    }

    /// The same worker, which looks at the queue this often while nothing wakes it.
    #[must_use]
    pub fn looking_every(self, pause: Duration) -> Self {
        let hand = Arc::into_inner(self.hand).expect("it is said before a worker is shared");
        let config = WorkerConfig {
            look_every: pause,
            ..hand.config
        };
        Self {
            hand: Arc::new(Hand { config, ..hand }),
        }
    }

    /// Works until `stop` is ready, then lets messages in hand end within the drain time; what is left then is dropped
    /// and comes again when its lease has run out.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let hand = &self.hand;
        let mut stop = pin!(stop);
        let mut sent = hand.store.sent();
        let (mut gate, mut waiting) = (hand.gate.clone(), hand.waiting.subscribe());
        let mut hands = JoinSet::new();
        hand.stopping.send_replace(false);
        // A claim is a write. One is made when it is time to look, and, as long as there is more, once a quarter of the
        // hands is free: not for each of them.
        let (mut time_to_look, mut more) = (true, false);
        loop {
            sent.borrow_and_update();
            let room = hand.config.concurrency.saturating_sub(hands.len());
            let room = room.min(limits::CLAIMED);
            let worth_it = more && room * 4 >= hand.config.concurrency.min(limits::CLAIMED);
            if room > 0 && (time_to_look || worth_it) && hand.may_claim() {
                let claimed = hand.claim(room).await;
                more = claimed.len() == room;
                for delivery in claimed {
                    let hand = Arc::clone(hand);
                    hands.spawn(async move { hand.work(delivery).await });
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
                () = tokio::time::sleep(hand.config.look_every) => time_to_look = true,
            }
        }
        hand.stopping.send_replace(true);
        let drained = async { while hands.join_next().await.is_some() {} };
        if tokio::time::timeout(hand.config.drain, drained)
            .await
            .is_err()
        {
            hands.shutdown().await;
        }
    }

    /// Claims what is due now and handles it, one message after the other; returns how many. For tests, simulation, and
    /// commands that empty a queue. It waits only where a handler says that a dependency is away.
    pub async fn tick(&self) -> Result<usize, StoreError> {
        if !self.hand.may_claim() {
            return Ok(0);
        }
        let claim = self.hand.claim_of(self.hand.config.concurrency);
        let deliveries = self.hand.store.claim(claim).await?;
        let count = deliveries.len();
        self.hand.note_claimed(count);
        for delivery in deliveries {
            self.hand.work(delivery).await;
        }
        Ok(count)
    }
}

fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a handler panicked; its message comes again");
    }
}
