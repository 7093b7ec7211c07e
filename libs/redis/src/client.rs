//! What the rest of the program asks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use medcover_kernel::{Clock, Error, Result, Rng};
use medcover_resilience::{CircuitBreaker, CircuitState, RetryPolicy, SharedBudget};
use redis::{FromRedisValue, Value, from_redis_value};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::channel::Channel;
use crate::connection::{Connection, Lineage};
use crate::error::RedisError;
use crate::request::{Ask, From, Request};
use crate::status::{Counts, RedisStatus, ReplicaStatus};
use crate::supervisor::{Found, supervise};
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
    pub(crate) budget: SharedBudget,
    pub(crate) retry: RetryPolicy,
    pub(crate) rng: Arc<dyn Rng>,
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
            let (news, clock) = (Arc::clone(&shared.news), Arc::clone(&shared.clock));
            let listening = sentinel::listen(address.clone(), config.clone(), news, clock);
            tokio::spawn(listening).abort_handle()
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
        let (answer, _) = self.ask_whom(ask, build).await?;
        Ok(answer)
    }

    /// The same, with the lineage of the server that answered.
    pub async fn ask_whom<T: FromRedisValue>(
        &self,
        ask: Ask<'_>,
        build: impl Fn(&Lineage) -> Request + Send + Sync,
    ) -> std::result::Result<(T, Lineage), RedisError> {
        let (value, lineage) = self.shared.ask(ask, &build).await?;
        let read = from_redis_value(value);
        let answer = read.map_err(|cause| RedisError::Refused(cause.to_string()))?;
        Ok((answer, lineage))
    }

    /// A connection to the primary outside the pool, for what blocks it, with `silence` as the bound of each answer.
    pub async fn connect(&self, silence: Duration) -> std::result::Result<Connection, RedisError> {
        let primary = self.shared.topology.load().pick(From::Primary);
        let primary = primary.ok_or_else(nobody)?;
        Ok(primary.open_apart(silence).await?)
    }

    /// A channel to the primary, and the history that it continues. The primary is asked every `every` whether it is there.
    pub async fn channel(
        &self,
        every: Duration,
    ) -> std::result::Result<(Channel, Lineage), RedisError> {
        let primary = self.shared.topology.load().pick(From::Primary);
        let primary = primary.ok_or_else(nobody)?;
        let (bound, clock) = (self.shared.config.connect(), Arc::clone(&self.shared.clock));
        Ok(primary.channel(bound, every, clock).await?)
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

    /// Has the primary put its memory in order while it serves. It refuses where it was built without that.
    pub async fn defragment(&self) -> std::result::Result<(), RedisError> {
        let set = |_: &_| {
            redis::cmd("CONFIG")
                .arg("SET")
                .arg("activedefrag")
                .arg("yes")
                .take()
                .into()
        };
        self.ask(Ask::PRIMARY, set).await
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
