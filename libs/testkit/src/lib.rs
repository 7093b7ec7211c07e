#![doc = include_str!("../README.md")]

mod client;
mod edge;
mod fault;
mod postgres;
mod process;
mod redis;
mod server;

pub use client::{Answer, Client};
pub use edge::{edge, edge_with};
pub use fault::{Fault, FaultProxy};
pub use postgres::PostgresServer;
pub use process::{Process, give_to_unprivileged, unprivileged};
pub use redis::{RedisSentinel, RedisServer};
pub use server::TestServer;
