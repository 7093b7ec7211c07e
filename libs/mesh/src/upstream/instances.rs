//! The instances of a service, and which of them to ask.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use medcover_http::Way;
use medcover_kernel::{Clock, FieldFault, Result, Rng};
use medcover_resilience::{
    BreakerConfig, CallEnd, CircuitBreaker, CircuitState, InstanceStatus, Mode, Pick, Pool,
    Rejection,
};
use tokio::sync::Notify;

use super::counts::InstanceCounts;
use super::lease::Lease;
use crate::config::UpstreamConfig;
use crate::registry::Instance;

/// How long to wait for the verdict of a probe that is on its way.
const PROBING: Duration = Duration::from_secs(1);
/// Checks in a row without an answer after which an instance counts as away. An answer that says no counts at once.
const MOST_MISSES: u32 = 2;

/// An instance, with what is remembered of it.
pub(crate) struct Target {
    pub(crate) address: Arc<str>,
    pub(crate) way: Way,
    pub(crate) breaker: CircuitBreaker,
    pub(crate) counts: InstanceCounts,
    weight: AtomicU32,
    /// Which version of the program it last said that it runs.
    version: Mutex<String>,
    /// Checks without an answer since the last one with.
    misses: AtomicU32,
}

/// A handle of an instance; equal to itself only.
#[derive(Clone)]
pub(crate) struct Member(Arc<Target>);

/// What a check of an instance found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    NotReady,
    Silent,
}

/// Why there is nobody to ask.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Nobody {
    /// No instance is known.
    Known,
    /// All breakers are open; the first will probe after this time.
    Closed(Duration),
}

pub(crate) struct Instances {
    pub(crate) service: Arc<str>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Told whenever somebody joins, or is ready again.
    pub(crate) changed: Notify,
    rng: Arc<dyn Rng>,
    /// Of new instances.
    breaker: Mutex<BreakerConfig>,
    pool: Mutex<Pool<Member>>,
}

impl Member {
    pub(crate) fn target(&self) -> &Target {
        &self.0
    }
}

impl Target {
    /// Which version of the program it last said that it runs.
    pub(crate) fn version(&self) -> MutexGuard<'_, String> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.address)
    }
}

impl Instances {
    pub(super) fn new(
        service: &Arc<str>,
        config: &UpstreamConfig,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Result<Self, Vec<FieldFault>> {
        let breaker = config.breaker();
        breaker.check()?;
        Ok(Self {
            service: Arc::clone(service),
            clock: Arc::clone(clock),
            changed: Notify::new(),
            rng: Arc::clone(rng),
            breaker: Mutex::new(breaker),
            pool: Mutex::new(Pool::new(config.pool())?),
        })
    }

    /// Goes on under other settings: who is known, what is remembered of them and what is on its way stay as they are.
    pub(super) fn reconfigure(&self, config: &UpstreamConfig) -> Result<(), Vec<FieldFault>> {
        let breaker = config.breaker();
        breaker.check()?;
        let now = self.clock.elapsed();
        let mut pool = self.pool();
        pool.reconfigure(config.pool())?;
        *self.breaker() = breaker;
        for status in pool.status(now) {
            let of_member = &status.instance.target().breaker;
            of_member.reconfigure(breaker, now)?;
        }
        Ok(())
    }

    /// Leave to ask one of them, none of `tried` unless there is no other.
    ///
    /// Whose breaker rejects is passed over. Only when nobody untried is left are those tried before asked again.
    pub(crate) fn acquire(self: &Arc<Self>, tried: &[Member]) -> Result<Lease, Nobody> {
        let now = self.clock.elapsed();
        let mut rejected: Vec<Member> = Vec::new();
        let mut waits = Duration::MAX;
        let mut avoid = tried.to_vec();
        let mut pool = self.pool();
        loop {
            let pick = pool.select_instance(&avoid, now, &*self.rng);
            let Some(pick) = pick else {
                return Err(Nobody::Known);
            };
            let known = rejected.contains(&pick.instance);
            let leave = (!known).then(|| pick.instance.target().breaker.try_acquire(now));
            let rejection = match leave {
                Some(Ok(ticket)) => {
                    return Ok(Lease::new(Arc::clone(self), pick, ticket, now));
                }
                Some(Err(rejection)) => Some(rejection),
                None => None,
            };
            pool.finish(&pick, CallEnd::Cancelled, Duration::ZERO, now, &*self.rng);
            if let Some(rejection) = rejection {
                waits = waits.min(until_asked(rejection));
                rejected.push(pick.instance.clone());
                avoid.push(pick.instance);
            } else if avoid.len() > rejected.len() {
                avoid.clone_from(&rejected);
            } else {
                return Err(Nobody::Closed(waits));
            }
        }
    }

    /// Whether somebody is fit to be asked who is none of `tried`.
    pub(crate) fn has_other(&self, tried: &[Member]) -> bool {
        let now = self.clock.elapsed();
        let status = self.pool().status(now);
        status.iter().any(|it| {
            let fit = it.healthy && !it.draining && !it.ejected;
            let breaker = it.instance.target().breaker.status(now);
            fit && breaker.state != CircuitState::Open && !tried.contains(&it.instance)
        })
    }

    pub(super) fn finish(&self, pick: &Pick<Member>, end: CallEnd, took: Duration, now: Duration) {
        let ejected = self.pool().finish(pick, end, took, now, &*self.rng);
        if ejected {
            let target = pick.instance.target();
            target.counts.ejected.add();
            let (upstream, instance) = (&*self.service, &*target.address);
            tracing::warn!(upstream, instance, "an instance is put aside: it fails");
        }
    }

    /// Takes in who is `found`, and lets go of who is not: who leaves gets nothing new, and is forgotten once nothing is on
    /// its way there.
    pub(crate) fn reconcile(&self, found: &[Instance]) {
        let now = self.clock.elapsed();
        let mut pool = self.pool();
        for instance in found {
            let known = pool.status(now).into_iter();
            let mut known = known.map(|it| it.instance);
            let known = known.find(|it| *it.target().address == *instance.address);
            let Some(member) = known.or_else(|| self.new_member(instance)) else {
                continue;
            };
            let weight = &member.target().weight;
            weight.store(instance.weight, Ordering::Relaxed);
            // Who comes back at the same address may be another.
            member.target().version().clone_from(&instance.version);
            pool.join(member.clone(), instance.weight);
            if instance.draining {
                pool.drain(&member);
            }
        }
        for status in pool.status(now) {
            let address = &*status.instance.target().address;
            if found.iter().any(|it| it.address == address) {
                continue;
            }
            if status.pending == 0 {
                tracing::info!(
                    upstream = &*self.service,
                    instance = address,
                    "an instance left"
                );
                pool.leave(&status.instance);
            } else {
                pool.drain(&status.instance);
            }
        }
        drop(pool);
        self.changed.notify_waiters();
    }

    fn new_member(&self, instance: &Instance) -> Option<Member> {
        let (upstream, address) = (&*self.service, &*instance.address);
        let way = match Way::over_network(address) {
            Ok(way) => way,
            Err(error) => {
                tracing::warn!(upstream, instance = address, cause = %error, "an instance has no good address");
                return None;
            }
        };
        tracing::info!(upstream, instance = address, "an instance joined");
        Some(Member(Arc::new(Target {
            address: address.into(),
            way,
            breaker: CircuitBreaker::new(*self.breaker()).expect("it was checked"),
            counts: InstanceCounts::default(),
            weight: AtomicU32::new(instance.weight),
            version: Mutex::new(instance.version.clone()),
            misses: AtomicU32::new(0),
        })))
    }

    /// Notes what a check of `member` found. Who was away and is ready again starts afresh: in the pool, and with a closed
    /// breaker. Otherwise the breaker would go on refusing what has been mended.
    pub(crate) fn checked(&self, member: &Member, found: Readiness) {
        let target = member.target();
        let misses = match found {
            Readiness::Silent => target.misses.fetch_add(1, Ordering::Relaxed) + 1,
            Readiness::NotReady | Readiness::Ready => {
                target.misses.store(0, Ordering::Relaxed);
                0
            }
        };
        let now = self.clock.elapsed();
        let mut pool = self.pool();
        let status = pool.status(now).into_iter();
        let Some(status) = status.into_iter().find(|it| it.instance == *member) else {
            return;
        };
        let (upstream, instance) = (&*self.service, &*target.address);
        if found == Readiness::Ready && !status.healthy {
            tracing::info!(upstream, instance, "an instance is ready again");
            pool.leave(member);
            pool.join(member.clone(), target.weight.load(Ordering::Relaxed));
            if status.draining {
                pool.drain(member);
            }
            target.breaker.force(Mode::Automatic);
            drop(pool);
            self.changed.notify_waiters();
        } else if status.healthy && (found == Readiness::NotReady || misses >= MOST_MISSES) {
            tracing::warn!(upstream, instance, ?found, "an instance is not ready");
            pool.set_healthy(member, false);
        }
    }

    /// What there is to see of each.
    pub(crate) fn status(&self) -> Vec<InstanceStatus<Member>> {
        let now = self.clock.elapsed();
        self.pool().status(now)
    }

    /// Whether so few are fit that all are asked.
    pub(crate) fn is_panicking(&self) -> bool {
        let now = self.clock.elapsed();
        self.pool().is_panicking(now)
    }

    pub(crate) fn weight(member: &Member) -> u32 {
        member.target().weight.load(Ordering::Relaxed)
    }

    /// Taken after the pool where both are.
    fn breaker(&self) -> MutexGuard<'_, BreakerConfig> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No code runs under the lock that could leave it half changed.
    fn pool(&self) -> MutexGuard<'_, Pool<Member>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn until_asked(rejection: Rejection) -> Duration {
    match rejection {
        Rejection::Open(after) => after.max(PROBING),
        Rejection::Probing | Rejection::Forced => PROBING,
    }
}
