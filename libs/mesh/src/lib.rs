#![doc = include_str!("../README.md")]

mod check;
mod config;
mod metrics;
mod registry;
mod status;
mod upstream;

pub use config::UpstreamConfig;
pub use metrics::register;
pub use registry::{
    Addresses, Instance, LeaseId, LeasedRegistry, RedisRegistry, Registrar, Registry, Resolve,
    SystemResolver,
};
pub use status::{InstanceStatus, UpstreamStatus};
pub use upstream::{CIRCUIT_OPEN, Deps, EGRESS_NOT_LISTED, NO_INSTANCE, Upstream};
