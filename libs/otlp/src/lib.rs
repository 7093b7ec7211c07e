#![doc = include_str!("../README.md")]

mod collector;
mod encode;
mod grpc;
mod http;
mod messages;
mod tls;

pub use collector::{BadCollector, Target};
pub use encode::Source;
pub use grpc::OtlpGrpc;
pub use http::OtlpHttp;
