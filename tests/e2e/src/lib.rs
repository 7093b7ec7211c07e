#![doc = include_str!("../README.md")]

mod browser;
mod http;
pub mod key;
mod program;
mod schemathesis;
mod server;
mod webdriver;

pub use browser::Browser;
pub use schemathesis::Schemathesis;
pub use server::Server;
