#![doc = include_str!("../README.md")]

mod collector;
mod encode;
mod grpc;
mod http;
mod messages;

pub use collector::BadAddress;
pub use encode::Source;
pub use grpc::OtlpGrpc;
pub use http::OtlpHttp;
