//! The events of one log, carried to the subscriptions that hear them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, Rng};
use medcover_redis::Redis;
use medcover_store::{Name, Position};
use medcover_workflow::bus::Subscription;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::hearing::{Hearing, Pointers};
use crate::record::{Progress, RecordError};
use crate::status::{ConsumerCounts, GroupStatus, RelayCounts, millis};
use crate::{Checkpoints, Consumer, Relay, StreamsConfig};

/// How often the queue of a subscription is looked at while Redis carries its events: what it has then failed before, waits
/// for its time, or is replayed.
const QUEUE_EVERY: Duration = Duration::from_secs(2);
/// How often it is seen whether Redis carries.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Carries the events of one log over Redis to its subscriptions in this process, which share the work with those of other
/// processes. While Redis does not carry them, the relays of the subscriptions put them into their queues instead.
pub struct Carrier {
    relay: Relay,
    lanes: Vec<Lane>,
    standing: Standing,
    clock: Arc<dyn Clock>,
    /// For how long Redis may be away before its work is done without it.
    patience: Duration,
}

/// One subscription, and the group that it is.
struct Lane {
    subscription: Arc<Subscription>,
    consumer: Consumer,
}

/// How a carrier does. Clones tell of the same.
#[derive(Clone, Debug)]
pub struct Standing {
    stream: Name,
    carried: watch::Sender<bool>,
    relay: Arc<RelayCounts>,
    consumers: Vec<Arc<ConsumerCounts>>,
}

/// The checkpoints of subscriptions, each in its own store.
struct Theirs(Vec<(Name, Checkpoints)>);

impl Standing {
    /// What carries the events: the name of the log.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// Whether Redis carries them; the queues of the subscriptions do while it does not.
    pub fn is_carried(&self) -> bool {
        *self.carried.borrow()
    }

    /// How far each group was when it was last looked at, if it was there.
    pub fn groups(&self) -> Vec<(Name, Option<GroupStatus>)> {
        let groups = self.consumers.iter();
        groups.map(|it| (it.group.clone(), it.group())).collect()
    }

    /// What the relay has done.
    pub fn relay(&self) -> Arc<RelayCounts> {
        Arc::clone(&self.relay)
    }

    /// What the consumers have done.
    pub fn consumers(&self) -> Vec<Arc<ConsumerCounts>> {
        self.consumers.clone()
    }
}

impl Carrier {
    /// Carries the log that `subscriptions` listen to, all of them the same, as `stream`; nothing where there are none. In
    /// every process that does so these must be all that there are. Redis may be away for `patience` before the queues do its
    /// work.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one thing that it works with"
    )]
    pub fn new(
        redis: &Redis,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
        stream: impl Into<Name>,
        worker: &str,
        subscriptions: Vec<Subscription>,
        config: &StreamsConfig,
        patience: Duration,
    ) -> Option<Self> {
        let stream = stream.into();
        let source = Arc::clone(subscriptions.first()?.source());
        let checkpoints = |it: &Subscription| {
            let (clock, rng) = (Arc::clone(clock), Arc::clone(rng));
            let theirs = Checkpoints::new(Arc::clone(it.store()), clock, rng, it.caller().clone());
            (it.consumer().clone(), theirs.of_subscriptions())
        };
        let progress = Arc::new(Theirs(subscriptions.iter().map(checkpoints).collect()));
        let relay = Relay::new(
            redis.clone(),
            Arc::clone(clock),
            Arc::new(Pointers(source)),
            Arc::clone(&progress) as Arc<dyn Progress>,
            stream.clone(),
            subscriptions.iter().map(|it| it.consumer().clone()),
            config.clone(),
        );
        let lane = |subscription: Subscription| {
            let subscription = Arc::new(subscription.looking_every(QUEUE_EVERY));
            let consumer = Consumer::new(
                redis.clone(),
                Arc::clone(clock),
                Arc::clone(rng),
                Arc::new(Hearing(Arc::clone(&subscription))),
                Arc::clone(&progress) as Arc<dyn Progress>,
                stream.clone(),
                subscription.consumer().clone(),
                worker,
                config.clone(),
            );
            Lane {
                consumer: consumer.gated(subscription.gate()),
                subscription,
            }
        };
        let lanes: Vec<_> = subscriptions.into_iter().map(lane).collect();
        let standing = Standing {
            consumers: lanes.iter().map(|it| it.consumer.counts()).collect(),
            carried: watch::channel(true).0,
            relay: relay.counts(),
            stream,
        };
        Some(Self {
            relay,
            lanes,
            standing,
            clock: Arc::clone(clock),
            patience,
        })
    }

    /// How it does.
    pub fn standing(&self) -> Standing {
        self.standing.clone()
    }

    /// Carries until `stop` is ready. Dropped, it leaves what is in hand to others.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let (stopped, told) = watch::channel(false);
        let Self {
            relay,
            lanes,
            standing,
            clock,
            patience,
        } = self;
        let mut work = JoinSet::new();
        let (until, begun) = (told.clone(), relay.begun());
        work.spawn(async move { relay.run(said(until)).await });
        for Lane {
            subscription,
            consumer,
        } in lanes
        {
            let (until, begun) = (told.clone(), begun.clone());
            work.spawn(async move {
                // How far a group is of a stream of another history would be taken for how far this one is.
                tokio::select! {
                    () = said(until.clone()) => return,
                    () = said(begun) => {}
                }
                consumer.run(said(until)).await;
            });
            let (until, queue) = (told.clone(), Arc::clone(&subscription));
            work.spawn(async move { queue.run_queue(said(until)).await });
            let (until, carried) = (told.clone(), standing.carried.subscribe());
            work.spawn(async move {
                tokio::select! {
                    () = said(until) => {}
                    () = stand_in(&subscription, carried) => {}
                }
            });
        }
        work.spawn(async move {
            tokio::select! {
                () = said(told) => {}
                () = standing.watch(&*clock, patience) => {}
            }
        });
        stop.await;
        stopped.send_replace(true);
        while work.join_next().await.is_some() {}
    }
}

impl Standing {
    /// Sees whether Redis carries: whether within `patience` the relay and every consumer were answered.
    async fn watch(&self, clock: &dyn Clock, patience: Duration) {
        let (begun, patience) = (millis(clock.elapsed()), millis(patience));
        loop {
            let consumers = self.consumers.iter().map(|it| &it.reached);
            let all = consumers.chain([&self.relay.reached]);
            let oldest = all.map(|it| it.load(Ordering::Relaxed).max(begun)).min();
            let since = millis(clock.elapsed()).saturating_sub(oldest.unwrap_or(begun));
            let carried = since <= patience;
            if self
                .carried
                .send_if_modified(|it| std::mem::replace(it, carried) != carried)
            {
                self.tell(carried);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    fn tell(&self, carried: bool) {
        if carried {
            tracing::info!(stream = %self.stream, "Redis carries messages again");
        } else {
            tracing::warn!(stream = %self.stream, "Redis carries no messages; the queues in the store do");
        }
    }
}

/// Relays to the queue of the subscription whenever Redis does not carry. It does no harm where somebody carries still: an
/// event has its effect once, whichever way it came.
async fn stand_in(subscription: &Subscription, mut carried: watch::Receiver<bool>) {
    while carried.wait_for(|it| !*it).await.is_ok() {
        let mut again = carried.clone();
        let back = async {
            // Whoever watches is gone when the process stops.
            let _ = again.wait_for(|it| *it).await;
        };
        subscription.run_relay(back).await;
    }
}

/// Waits until it was said, or nobody is left to say it.
async fn said(mut told: watch::Receiver<bool>) {
    let _ = told.wait_for(|it| *it).await;
}

impl Theirs {
    fn of(&self, group: &str) -> Result<&Checkpoints, RecordError> {
        let found = self.0.iter().find(|(name, _)| name == group);
        let missing = || RecordError(format!("nobody knows how far {group} is"));
        found.map(|(_, it)| it).ok_or_else(missing)
    }
}

#[async_trait]
impl Progress for Theirs {
    async fn applied(&self, group: &str) -> Result<Position, RecordError> {
        self.of(group)?.applied(group).await
    }

    async fn advance(&self, group: &str, to: Position) -> Result<(), RecordError> {
        self.of(group)?.advance(group, to).await
    }
}
