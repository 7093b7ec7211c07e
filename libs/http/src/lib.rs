#![doc = include_str!("../README.md")]

mod body;
mod conditional;
mod config;
mod edge;
mod endpoint;
mod extract;
mod openapi;
mod problem;
mod routes;
mod server;

pub use conditional::{Conditional, ETag};
pub use config::{AccessLog, EdgeConfig, PathDeadline, ServerConfig};
pub use edge::Edge;
pub use endpoint::{Endpoint, Method};
pub use extract::{InCall, Json, Path, Query, RawJson};
pub use openapi::{Info, openapi};
pub use problem::{ApiResult, Problem, ProblemBody};
pub use routes::Routes;
pub use server::{Ended, Server, Stop, Stopper, stop};
