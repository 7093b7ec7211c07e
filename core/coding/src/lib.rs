#![doc = include_str!("../README.md")]

pub mod check;
mod code;
pub mod default;
mod narrowing;
mod period;
mod reference;
pub mod seventh;
pub mod side;

pub use code::{Code, CodeError, normalize_partial};
pub use narrowing::Narrowing;
pub use period::Period;
pub use reference::{Reference, find_references, unread_codes};
