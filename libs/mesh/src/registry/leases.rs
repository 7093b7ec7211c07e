//! The registry in this process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, Error, Result};

use super::{Instance, LeaseId, Registrar, Registry};

/// So many registrations at most.
pub(super) const MOST_LEASES: usize = 10_000;

/// Registrations that expire by the clock.
pub struct LeasedRegistry {
    clock: Arc<dyn Clock>,
    leases: Mutex<Leases>,
}

#[derive(Default)]
struct Leases {
    last: u64,
    held: BTreeMap<LeaseId, Held>,
}

struct Held {
    service: String,
    instance: Instance,
    ttl: Duration,
    until: Duration,
}

impl LeasedRegistry {
    /// An empty one, whose leases are on `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let leases = Mutex::default();
        Self { clock, leases }
    }

    /// Those that hold now.
    fn living(&self) -> (MutexGuard<'_, Leases>, Duration) {
        let now = self.clock.elapsed();
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        leases.held.retain(|_, held| now < held.until);
        (leases, now)
    }

    fn change(&self, lease: LeaseId, change: impl FnOnce(&mut Held, Duration)) -> Result<()> {
        let (mut leases, now) = self.living();
        let held = leases.held.get_mut(&lease);
        let held =
            held.ok_or_else(|| Error::not_found("The registration has expired; register anew."))?;
        change(held, now);
        Ok(())
    }
}

#[async_trait]
impl Registry for LeasedRegistry {
    async fn discover(&self, service: &str) -> Result<Vec<Instance>> {
        let (leases, _) = self.living();
        let held = leases.held.values().filter(|held| held.service == service);
        Ok(held.map(|held| held.instance.clone()).collect())
    }
}

#[async_trait]
impl Registrar for LeasedRegistry {
    async fn register(&self, service: &str, instance: Instance, ttl: Duration) -> Result<LeaseId> {
        let (mut leases, now) = self.living();
        let is_same =
            |held: &Held| held.service == service && held.instance.address == instance.address;
        leases.held.retain(|_, held| !is_same(held));
        if leases.held.len() >= MOST_LEASES {
            return Err(Error::unavailable("The registry is full."));
        }
        leases.last += 1;
        let lease = LeaseId(leases.last);
        let held = Held {
            service: service.to_owned(),
            instance,
            ttl,
            until: now.saturating_add(ttl),
        };
        leases.held.insert(lease, held);
        Ok(lease)
    }

    async fn heartbeat(&self, lease: LeaseId) -> Result<()> {
        self.change(lease, |held, now| held.until = now.saturating_add(held.ttl))
    }

    async fn drain(&self, lease: LeaseId) -> Result<()> {
        self.change(lease, |held, _| held.instance.draining = true)
    }

    async fn leave(&self, lease: LeaseId) -> Result<()> {
        self.living().0.held.remove(&lease);
        Ok(())
    }
}

impl fmt::Debug for LeasedRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (leases, _) = self.living();
        f.debug_struct("LeasedRegistry")
            .field("leases", &leases.held.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_kernel::{ErrorKind, ManualClock, Timestamp};

    const SERVICE: &str = "hospital-service";
    const TTL: Duration = Duration::from_secs(10);

    struct World {
        clock: Arc<ManualClock>,
        registry: LeasedRegistry,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
            let registry = LeasedRegistry::new(Arc::<ManualClock>::clone(&clock));
            Self { clock, registry }
        }

        async fn register(&self, address: &str) -> LeaseId {
            let instance = Instance::at(address);
            let lease = self.registry.register(SERVICE, instance, TTL).await;
            lease.expect("there is room")
        }

        async fn found(&self) -> Vec<String> {
            let found = self.registry.discover(SERVICE).await.expect("it answers");
            found.into_iter().map(|it| it.address).collect()
        }
    }

    #[tokio::test]
    async fn a_registration_lives_as_long_as_its_heart_beats() {
        let world = World::new();
        let (a, _) = (world.register("a").await, world.register("b").await);
        for _ in 0..3 {
            world.clock.advance(TTL / 2);
            world.registry.heartbeat(a).await.expect("it holds");
        }
        assert_eq!(world.found().await, ["a"]);
        world.clock.advance(TTL);
        assert!(world.found().await.is_empty());
        let late = world.registry.heartbeat(a).await;
        assert_eq!(
            late.expect_err("it has expired").kind(),
            ErrorKind::NotFound
        );
    }

    #[tokio::test]
    async fn who_drains_is_listed_so_until_it_leaves() {
        let world = World::new();
        let a = world.register("a").await;
        world.registry.drain(a).await.expect("it holds");
        let found = world.registry.discover(SERVICE).await.expect("it answers");
        assert!(found[0].draining);
        for _ in 0..2 {
            world.registry.leave(a).await.expect("harmless");
        }
        assert!(world.found().await.is_empty());
        let other = world.registry.discover("auth-service").await;
        assert!(other.expect("it answers").is_empty());
    }

    #[tokio::test]
    async fn who_comes_back_takes_the_place_of_what_it_was() {
        let world = World::new();
        let before = world.register("a").await;
        world.register("a").await;
        assert_eq!(world.found().await, ["a"]);
        assert!(world.registry.heartbeat(before).await.is_err());
    }
}
