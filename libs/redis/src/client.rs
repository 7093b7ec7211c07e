//! What the rest of the program asks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use medcover_kernel::{Clock, Error, Result, Rng};
use medcover_resilience::{
    CallResult, CircuitBreaker, CircuitState, FailedAttempt, Repeat, RetryPolicy, SharedBudget,
};
use redis::{FromRedisValue, Script, Value, from_redis_value};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::channel::Channel;
use crate::connection::{Connection, Lineage};
use crate::error::{Fault, RedisError};
use crate::node::Lent;
use crate::request::{Ask, From, Request};
use crate::status::{Counts, RedisStatus, ReplicaStatus};
use crate::supervisor::{Found, supervise, wait_for_change};
use crate::topology::Topology;
use crate::{RedisConfig, sentinel};

/// Redis, whichever servers it is at present. Clones are the same; when the last is gone, nobody follows it any more.
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
    _tasks: Arc<Tasks>,
}

pub(crate) struct Shared {
    pub(crate) config: RedisConfig,
    pub(crate) topology: ArcSwap<Topology>,
    pub(crate) found: ArcSwap<Found>,
    /// Something may have changed.
    pub(crate) news: Arc<Notify>,
    /// The topology has.
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) breaker: CircuitBreaker,
    pub(crate) counts: Counts,
    pub(crate) clock: Arc<dyn Clock>,
    budget: SharedBudget,
    retry: RetryPolicy,
    rng: Arc<dyn Rng>,
}

struct Tasks(Vec<AbortHandle>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Redis {
    /// Follows the Redis that `config` names from now on, whether or not it is there now. Fails where no Redis is named, or
    /// a setting cannot work.
    pub fn follow(config: &RedisConfig, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Self> {
        if !config.is_set() {
            return Err(Error::internal("no Redis is configured"));
        }
        let faulty =
            |faults| Error::internal(format!("settings of Redis that cannot work: {faults:?}"));
        let retry = config.retry();
        retry.check().map_err(faulty)?;
        let shared = Arc::new(Shared {
            topology: ArcSwap::default(),
            found: ArcSwap::default(),
            news: Arc::new(Notify::new()),
            changed: watch::Sender::new(0),
            breaker: CircuitBreaker::new(config.breaker()).map_err(faulty)?,
            counts: Counts::default(),
            budget: SharedBudget::new(RedisConfig::budget()).map_err(faulty)?,
            retry,
            config: config.clone(),
            clock,
            rng,
        });
        let listening = config.sentinels.iter().map(|address| {
            let news = Arc::clone(&shared.news);
            tokio::spawn(sentinel::listen(address.clone(), config.clone(), news)).abort_handle()
        });
        let mut tasks: Vec<_> = listening.collect();
        tasks.push(tokio::spawn(supervise(Arc::clone(&shared))).abort_handle());
        Ok(Self {
            shared,
            _tasks: Arc::new(Tasks(tasks)),
        })
    }

    /// Sends what `build` makes for the server that is asked, and reads its answer.
    pub async fn ask<T: FromRedisValue>(
        &self,
        ask: Ask<'_>,
        build: impl Fn(&Lineage) -> Request + Send + Sync,
    ) -> std::result::Result<T, RedisError> {
        let value = self.shared.ask(ask, &build).await?;
        from_redis_value(value).map_err(|cause| RedisError::Refused(cause.to_string()))
    }

    /// A connection to the primary outside the pool, for what blocks it, with `silence` as the bound of each answer.
    pub async fn connect(&self, silence: Duration) -> std::result::Result<Connection, RedisError> {
        let primary = self.shared.topology.load().pick(From::Primary);
        let primary = primary.ok_or_else(nobody)?;
        Ok(primary.open_apart(silence).await?)
    }

    /// A channel to the primary, and the history that it continues. `silence` is the bound of each answer.
    pub async fn channel(
        &self,
        silence: Duration,
    ) -> std::result::Result<(Channel, Lineage), RedisError> {
        let primary = self.shared.topology.load().pick(From::Primary);
        let primary = primary.ok_or_else(nobody)?;
        Ok(primary.channel(silence).await?)
    }

    /// The history that the primary continues, as far as it is known.
    pub fn lineage(&self) -> Option<Lineage> {
        self.shared.topology.load().primary.as_ref()?.lineage()
    }

    /// The monotonic clock.
    pub(crate) fn elapsed(&self) -> Duration {
        self.shared.clock.elapsed()
    }

    /// A number by chance.
    pub(crate) fn random(&self) -> u64 {
        self.shared.rng.next_u64()
    }

    /// Waits until a primary is known, for `at_most`; whether it is.
    pub async fn ready(&self, at_most: Duration) -> bool {
        let mut changed = self.shared.changed.subscribe();
        let known = changed.wait_for(|_| self.shared.topology.load().primary.is_some());
        timeout(at_most, known).await.is_ok_and(|it| it.is_ok())
    }

    /// Writes a key, reads it and deletes it.
    pub async fn check(&self) -> std::result::Result<(), RedisError> {
        let token = format!("{:016x}", self.shared.rng.next_u64());
        let found: (Value, Option<String>, u64) = self
            .ask(Ask::PRIMARY, |_| {
                let key = format!("medcover:check:{token}");
                let mut commands = redis::pipe();
                commands.cmd("SET").arg(&key).arg(&token).arg("EX").arg(60);
                commands.cmd("GET").arg(&key);
                commands.cmd("DEL").arg(&key);
                commands.into()
            })
            .await?;
        if found.1.as_deref() == Some(&*token) && found.2 == 1 {
            return Ok(());
        }
        Err(RedisError::Refused(
            "it did not keep what it was given".into(),
        ))
    }

    /// What there is to see.
    pub fn status(&self) -> RedisStatus {
        self.shared.status()
    }

    /// Whether the breaker is open, so that nobody is asked.
    pub fn is_open(&self) -> bool {
        let status = self.shared.breaker.status(self.shared.clock.elapsed());
        status.state == CircuitState::Open
    }
}

impl Shared {
    async fn ask(
        &self,
        ask: Ask<'_>,
        build: &(dyn Fn(&Lineage) -> Request + Send + Sync),
    ) -> std::result::Result<Value, RedisError> {
        let began = self.clock.elapsed();
        let within = ask.within.unwrap_or(self.config.timeout());
        self.budget.deposit(began);
        let mut number = 1;
        loop {
            let left = within.saturating_sub(self.clock.elapsed().saturating_sub(began));
            let fault = match self.attempt(ask, build, left).await? {
                Ok(value) => {
                    let took = self.clock.elapsed().saturating_sub(began);
                    self.counts.answers(took);
                    return Ok(value);
                }
                Err(fault) => fault,
            };
            let Some(pause) = self.pause(&fault, number, ask.repeatable, began, within) else {
                self.counts.failures.fetch_add(1, Ordering::Relaxed);
                return Err(fault.into());
            };
            self.counts.retries.fetch_add(1, Ordering::Relaxed);
            number += 1;
            wait_for_change(self, pause).await;
        }
    }

    /// Before which pause it is tried again, if it is.
    fn pause(
        &self,
        fault: &Fault,
        number: u32,
        repeatable: bool,
        began: Duration,
        within: Duration,
    ) -> Option<Duration> {
        let repeat = match fault {
            Fault::Refused(_) | Fault::NoScript => return None,
            Fault::NotDone(_) => Repeat::NeverSent,
            Fault::Unknown(_) if repeatable => Repeat::Safe,
            Fault::Unknown(_) => Repeat::Unsafe,
        };
        let now = self.clock.elapsed();
        let failed = FailedAttempt {
            number,
            repeat,
            replayable: true,
            retry_after: None,
            left: within.saturating_sub(now.saturating_sub(began)),
        };
        self.budget
            .decide(&self.retry, &failed, now, &*self.rng)
            .ok()
    }

    /// One attempt; fails at once where nobody is to be asked.
    async fn attempt(
        &self,
        ask: Ask<'_>,
        build: &(dyn Fn(&Lineage) -> Request + Send + Sync),
        left: Duration,
    ) -> std::result::Result<std::result::Result<Value, Fault>, RedisError> {
        let began = self.clock.elapsed();
        let permit = self.breaker.try_acquire(began);
        let permit = permit.map_err(|_| RedisError::Open)?;
        let outcome = self.send(ask, build, left).await;
        let now = self.clock.elapsed();
        let result = match &outcome {
            Ok(_) | Err(Fault::Refused(_) | Fault::NoScript) => CallResult::Success,
            Err(_) => CallResult::Failure,
        };
        if let Some(change) = permit.record(result, now.saturating_sub(began), now) {
            tracing::warn!(breaker = "redis", from = ?change.from, to = ?change.to, "a circuit breaker changed");
        }
        Ok(outcome)
    }

    async fn send(
        &self,
        ask: Ask<'_>,
        build: &(dyn Fn(&Lineage) -> Request + Send + Sync),
        time: Duration,
    ) -> std::result::Result<Value, Fault> {
        let late = |_| Fault::NotDone("no connection was free in time".into());
        let lent = timeout(time, self.lend(ask.from)).await.map_err(late)??;
        let mut connection = lent.connection();
        let request = build(connection.lineage());
        let answered = match timeout(time, send(&mut connection, &request, ask.scripts)).await {
            Ok(answered) => answered,
            Err(_) => Err(Fault::Unknown("it did not answer in time".into())),
        };
        // A link that has fallen silent, or leads to a server that is no primary any more, serves nobody.
        if let Err(Fault::NotDone(_) | Fault::Unknown(_)) = answered {
            lent.discard();
        }
        answered
    }

    /// A connection to whom `from` means; to the primary where a replica cannot be reached.
    async fn lend(&self, from: From) -> std::result::Result<Lent, Fault> {
        let topology = self.topology.load_full();
        let nobody = || Fault::NotDone("no primary is known".into());
        let node = topology.pick(from).ok_or_else(nobody)?;
        match node.lend().await {
            Err(_) if !node.is_primary() => {
                let primary = topology.pick(From::Primary).ok_or_else(nobody)?;
                primary.lend().await
            }
            lent => lent,
        }
    }

    fn status(&self) -> RedisStatus {
        let (topology, found) = (self.topology.load(), self.found.load());
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let replicas: Vec<_> = topology
            .replicas
            .iter()
            .map(|node| ReplicaStatus {
                address: node.address.to_string(),
                lag_bytes: found
                    .lags
                    .iter()
                    .find(|(at, _)| **at == *node.address)
                    .map(|(_, lag)| *lag),
                requests: count(&node.counts.requests),
            })
            .collect();
        let by_replicas: u64 = replicas.iter().map(|it| it.requests).sum();
        let requests: u64 = topology
            .nodes()
            .map(|node| count(&node.counts.requests))
            .sum();
        let breaker = self.breaker.status(self.clock.elapsed());
        RedisStatus {
            primary: topology.primary.as_ref().map(|it| it.address.to_string()),
            replicas,
            replica_share: if requests > 0 {
                by_replicas as f64 / requests as f64
            } else {
                0.0
            },
            sentinels: found.sentinels.clone(),
            failovers: count(&self.counts.failovers),
            connections: topology.nodes().map(|node| node.connections()).sum(),
            pool_size: self.config.pool_size,
            memory: found.memory.clone(),
            requests: count(&self.counts.answered),
            answer_micros: count(&self.counts.micros),
            failures: count(&self.counts.failures),
            retries: count(&self.counts.retries),
            breaker: breaker.state,
            failures_in_a_row: breaker.consecutive_failures,
        }
    }
}

/// Sends `request`; where the server does not know a script, gives it `scripts` and sends it again.
async fn send(
    connection: &mut Connection,
    request: &Request,
    scripts: &[&Script],
) -> std::result::Result<Value, Fault> {
    let sent = connection.send(request).await;
    match sent.map_err(|cause| Fault::of(&cause)) {
        Err(Fault::NoScript) => {}
        answered => return answered,
    }
    for script in scripts {
        let loaded = script.load_async(connection.link()).await;
        loaded.map_err(|cause| Fault::of(&cause))?;
    }
    let sent = connection.send(request).await;
    sent.map_err(|cause| Fault::of(&cause))
}

fn nobody() -> RedisError {
    RedisError::Unavailable("no primary is known".into())
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redis")
            .field(&self.shared.topology.load())
            .finish()
    }
}
