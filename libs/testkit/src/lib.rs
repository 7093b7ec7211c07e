#![doc = include_str!("../README.md")]

mod client;
mod edge;
mod fault;
mod postgres;
mod process;
mod server;

pub use client::{Answer, Client};
pub use edge::{edge, edge_with};
pub use fault::{Fault, FaultProxy};
pub use postgres::PostgresServer;
pub use process::{Process, unprivileged};
pub use server::TestServer;
