//! The registry in Redis, for processes on several machines.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Error, Result, Rng};
use medcover_redis::redis::Script;
use medcover_redis::{Redis, RedisError};

use super::leases::MOST_LEASES;
use super::{Instance, LeaseId, Registrar, Registry};

/// Since when Redis has a registry.
const SINCE: &str = "medcover:registry:since";
/// A registry that is younger may lack who was there before Redis lost it. Longer than anybody takes to register anew.
const YOUNG: Duration = Duration::from_mins(1);

static ENTER: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/enter.lua")));
static CHANGE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/change.lua")));
static DISCOVER: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/discover.lua")));

/// Registrations that expire by the clock of Redis. A lease is good in the process that got it. Where Redis has lost it, the
/// next heartbeat says so, and the instance registers anew. Until all had time for that, those who were found before are
/// found still.
pub struct RedisRegistry {
    redis: Redis,
    rng: Arc<dyn Rng>,
    held: Mutex<BTreeMap<LeaseId, Held>>,
    seen: Mutex<BTreeMap<String, Seen>>,
}

/// What was found of a service.
#[derive(Default)]
struct Seen {
    /// Which registry told it: the lineage of its server, and since when it is there.
    of: String,
    /// When that was first asked, in milliseconds of its server's clock.
    from: u64,
    found: Vec<Instance>,
    /// Those of an earlier registry who have not registered in this one.
    lost: Vec<Instance>,
}

impl Seen {
    /// Who is there, as `found` in the registry `of` at the moment `now`.
    ///
    /// A server that has just taken over or started again may have nothing, or what there was when its last copy was made: of
    /// whom it does not know, nothing is known until they had time to register anew.
    fn take(&mut self, of: String, now: u64, found: Vec<Instance>) -> Vec<Instance> {
        if of != self.of {
            (self.of, self.from) = (of, now);
            self.lost.append(&mut self.found);
        }
        let young = now.saturating_sub(self.from) < millis(YOUNG);
        let is_back = |lost: &Instance| found.iter().any(|it| it.address == lost.address);
        self.lost.retain(|it| young && !is_back(it));
        self.found = found;
        self.found.iter().chain(&self.lost).cloned().collect()
    }
}

#[derive(Clone)]
struct Held {
    service: String,
    address: String,
    weight: u32,
    version: String,
    ttl: Duration,
}

impl RedisRegistry {
    /// The registry in `redis`.
    pub fn new(redis: Redis, rng: Arc<dyn Rng>) -> Self {
        Self {
            redis,
            rng,
            held: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<LeaseId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `what` to the registration; whether it has not ended.
    async fn change(&self, what: &str, lease: LeaseId) -> Result<bool> {
        let Some(held) = self.held().get(&lease).cloned() else {
            return Ok(false);
        };
        let keys = keys(&held.service);
        let keys = [&*keys.0, &*keys.1];
        let changed = self.redis.run(&CHANGE, &keys, |call| {
            call.arg(what).arg(lease.0).arg(&held.address);
            call.arg(held.weight).arg(millis(held.ttl));
            call.arg(&held.version);
        });
        let changed: bool = changed.await.map_err(away)?;
        if !changed || what == "leave" {
            self.held().remove(&lease);
        }
        Ok(changed)
    }
}

#[async_trait]
impl Registry for RedisRegistry {
    async fn discover(&self, service: &str) -> Result<Vec<Instance>> {
        let keys = keys(service);
        let keys = [&*keys.0, &*keys.1, SINCE];
        let found = self.redis.run_whom(&DISCOVER, &keys, |_| {});
        let ((since, now, found), lineage): ((u64, u64, Vec<(String, String)>), _) =
            found.await.map_err(away)?;
        let of = format!("{} {since}", lineage.as_str());
        let found = found.into_iter().filter_map(read).collect();
        let mut seen = self.seen();
        let there = seen.entry(service.to_owned()).or_default();
        let there = there.take(of, now, found);
        let age = now.saturating_sub(since);
        if there.is_empty() && age < millis(YOUNG) {
            let why = "The registry has just begun; who is there has not registered yet.";
            return Err(Error::unavailable(why));
        }
        Ok(there)
    }
}

#[async_trait]
impl Registrar for RedisRegistry {
    async fn register(&self, service: &str, instance: Instance, ttl: Duration) -> Result<LeaseId> {
        let lease = LeaseId(self.rng.next_u64());
        let keys = keys(service);
        let keys = [&*keys.0, &*keys.1, SINCE];
        let entered = self.redis.run(&ENTER, &keys, |call| {
            call.arg(MOST_LEASES).arg(lease.0).arg(&instance.address);
            call.arg(instance.weight).arg(millis(ttl));
            call.arg(&instance.version);
        });
        let entered: bool = entered.await.map_err(away)?;
        if !entered {
            return Err(Error::unavailable("The registry is full."));
        }
        let held = Held {
            service: service.to_owned(),
            address: instance.address,
            weight: instance.weight,
            version: instance.version,
            ttl,
        };
        self.held().insert(lease, held);
        Ok(lease)
    }

    async fn heartbeat(&self, lease: LeaseId) -> Result<()> {
        self.change("heartbeat", lease).await.and_then(expired)
    }

    async fn drain(&self, lease: LeaseId) -> Result<()> {
        self.change("drain", lease).await.and_then(expired)
    }

    async fn leave(&self, lease: LeaseId) -> Result<()> {
        self.change("leave", lease).await.map(|_| ())
    }
}

fn keys(service: &str) -> (String, String) {
    let instances = format!("medcover:registry:{service}");
    let until = format!("{instances}:until");
    (instances, until)
}

/// An instance as it is kept: lease, weight, whether it drains, its version. What comes after is a later program's to know.
fn read((address, kept): (String, String)) -> Option<Instance> {
    let mut parts = kept.split(' ').skip(1);
    Some(Instance {
        address,
        weight: parts.next()?.parse().ok()?,
        draining: parts.next()? == "1",
        version: parts.next().unwrap_or_default().to_owned(),
    })
}

fn expired(holds: bool) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::not_found(
        "The registration has expired; register anew.",
    ))
}

fn away(error: RedisError) -> Error {
    Error::unavailable("The registry cannot be reached.").with_source(error)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for RedisRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRegistry")
            .field("leases", &self.held().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_known_stays_until_they_had_time_to_register_anew() {
        let mut seen = Seen::default();
        let mut take = |of: &str, now: u64, found: &[&str]| {
            let found = found.iter().map(|it| Instance::at(*it)).collect();
            let there = seen.take(of.to_owned(), now * 1_000, found);
            let addresses = there.into_iter().map(|it| it.address);
            addresses.collect::<Vec<_>>().concat()
        };
        assert_eq!(take("one", 0, &["a", "b", "c"]), "abc");
        assert_eq!(take("one", 5, &["a", "b"]), "ab", "who leaves is gone");
        assert_eq!(take("two", 100, &[]), "ab");
        assert_eq!(take("two", 110, &["b"]), "ba");
        assert_eq!(take("two", 115, &["b", "a"]), "ba");
        assert_eq!(take("two", 120, &["a"]), "a", "it had come back, and left");
        // Another loss, before the first is over.
        assert_eq!(take("three", 130, &["d"]), "da");
        assert_eq!(take("three", 189, &["d"]), "da");
        assert_eq!(take("three", 190, &["d"]), "d");
    }
}
