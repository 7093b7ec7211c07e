#![doc = include_str!("../README.md")]

mod browser;
pub mod key;
mod program;
mod server;
mod webdriver;

pub use browser::Browser;
pub use server::Server;
