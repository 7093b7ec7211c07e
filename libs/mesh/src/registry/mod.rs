//! Which instances a service has.

mod addresses;
mod dns;
mod leases;
mod redis;

pub use addresses::Addresses;
pub use dns::{Resolve, SystemResolver};
pub use leases::LeasedRegistry;
pub use redis::RedisRegistry;

use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::Result;

/// One instance of a service, as a registry knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Where it is: `http://127.0.0.1:3005`. It is also its name.
    pub address: String,
    /// How much it takes beside the others; 1 where all are alike.
    pub weight: u32,
    /// Whether it asks for no new requests, because it is about to stop.
    pub draining: bool,
    /// Which version of the program it runs, without spaces; empty where nobody says.
    pub version: String,
}

impl Instance {
    /// An instance at `address` that is like all others.
    pub fn at(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            weight: 1,
            draining: false,
            version: String::new(),
        }
    }

    /// The same, which says that it runs `version`.
    #[must_use]
    pub fn of_version(self, version: impl Into<String>) -> Self {
        let version = version.into();
        Self { version, ..self }
    }
}

/// Knows the instances of services. Asked again every few seconds, by name: `hospital-service`.
#[async_trait]
pub trait Registry: Send + Sync {
    /// The instances of `service` now. Where it fails, whoever asks goes on with those known before.
    async fn discover(&self, service: &str) -> Result<Vec<Instance>>;
}

/// Names a registration that is held by heartbeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub u64);

/// A registry in which instances register themselves, and stay as long as their heart beats.
#[async_trait]
pub trait Registrar: Registry {
    /// Registers `instance` of `service` for `ttl`. An earlier registration of the same address ends.
    async fn register(&self, service: &str, instance: Instance, ttl: Duration) -> Result<LeaseId>;

    /// Holds the registration for another `ttl`. `NotFound` once it has expired: register anew.
    async fn heartbeat(&self, lease: LeaseId) -> Result<()>;

    /// Asks for no new requests, while those on their way go on. `NotFound` once it has expired.
    async fn drain(&self, lease: LeaseId) -> Result<()>;

    /// Ends the registration; harmless when it has ended.
    async fn leave(&self, lease: LeaseId) -> Result<()>;
}
