#![doc = include_str!("../README.md")]

pub mod bus;
pub mod harness;
mod observe;
pub mod queue;
pub mod saga;

pub use observe::{Observer, RunEnd, Settlement};

pub use medcover_saga::{Definition, Direction, Outcome, Phase, Retry, Step, StepId, StepKind};
