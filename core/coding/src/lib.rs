#![doc = include_str!("../README.md")]

mod code;
pub mod default;
mod reference;
pub mod seventh;

pub use code::{Code, CodeError, normalize_partial};
pub use reference::{Reference, find_references, unread_code};
