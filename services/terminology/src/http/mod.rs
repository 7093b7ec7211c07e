//! The service over HTTP: a file for each group of addresses.

mod analysis;
mod codes;
mod degraded;
mod relatives;
mod releases;
pub(crate) mod router;
mod search;
mod statistics;
