#![doc = include_str!("../README.md")]

mod dump;
mod fault;
mod file;
mod layers;
mod secret;
mod section;
mod tree;

pub use dump::{Entry, Loaded};
pub use fault::{Fault, Faults, Origin};
pub use layers::Layers;
pub use secret::Secret;
pub use section::{Check, Section};
