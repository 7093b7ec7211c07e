#![doc = include_str!("../README.md")]

mod client;
mod database;
mod edge;
mod fault;
mod postgres;
mod process;
mod redis;
mod server;
mod turns;

pub use client::{Answer, Client};
pub use database::Database;
pub use edge::{edge, edge_with};
pub use fault::{Fault, FaultProxy};
pub use postgres::PostgresServer;
pub use process::{Process, give_to_unprivileged, unprivileged};
pub use redis::{RedisSentinel, RedisServer};
pub use server::TestServer;
pub use turns::by_turns;
