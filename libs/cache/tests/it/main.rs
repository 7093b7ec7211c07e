//! The cache from outside.

mod bound;
mod conformance;
mod figures;
mod ground;
mod in_redis;
mod mirror;
mod patterns;
mod reading;
mod single_flight;
mod tiered;
mod together;
mod warming;
mod writing;

/// How long a test waits for what must come, on a busy machine.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
