#![doc = include_str!("../README.md")]

mod asking;
mod channel;
mod client;
mod config;
mod connection;
mod error;
mod info;
mod lease;
mod memory;
mod metrics;
mod node;
mod rate;
mod request;
mod script;
mod sentinel;
mod status;
mod supervisor;
mod topology;

pub use channel::{Channel, Heard};
pub use client::Redis;
pub use config::RedisConfig;
pub use connection::{Connection, Lineage};
pub use error::RedisError;
pub use lease::{Held, Lease};
pub use memory::{MemoryPressure, MemoryStatus};
pub use metrics::register;
pub use rate::{RateAsk, RateCounts, RateCountsConfig, RateTold};
pub use request::{Ask, From, Request};
pub use status::{RedisStatus, ReplicaStatus, SentinelStatus};

/// The client library's own types, to build requests and read answers with.
pub use redis;
