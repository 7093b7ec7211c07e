#![doc = include_str!("../README.md")]

mod browser;
mod http;
pub mod key;
mod node;
mod program;
mod schemathesis;
mod server;
mod webdriver;

pub use browser::Browser;
pub use http::Answer;
pub use node::Node;
pub use schemathesis::Schemathesis;
pub use server::Server;
