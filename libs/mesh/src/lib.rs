#![doc = include_str!("../README.md")]

mod check;
mod config;
mod metrics;
mod registry;
mod status;
pub mod tasks;
mod upstream;

pub use config::UpstreamConfig;
pub use metrics::register;
pub use registry::{
    Addresses, Instance, LeaseId, LeasedRegistry, RedisRegistry, Registrar, Registry, Resolve,
    SystemResolver,
};
pub use status::{InstanceStatus, UpstreamStatus};
pub use tasks::{Leading, Run, Task, TaskRole, TaskRun, TaskStatus, Tasks, TasksConfig};
pub use upstream::{CIRCUIT_OPEN, Deps, EGRESS_NOT_LISTED, NO_INSTANCE, Upstream};
