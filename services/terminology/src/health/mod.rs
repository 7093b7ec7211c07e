//! How well the process can do its work: checks, run together, and what they come to.
//!
//! Nothing here but [`DataIntegrity`] knows the terminology; whatever else a process depends on joins as another
//! [`Check`].

mod check;
mod data_integrity;
mod report;
mod routes;
mod service;

pub use check::{Check, Finding, Status};
pub use data_integrity::DataIntegrity;
pub use report::{CheckReport, HealthReport, LiveReport, SystemInformation};
pub use routes::{HEALTH, LIVE, READY, health_router};
pub use service::HealthService;
