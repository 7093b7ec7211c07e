#![doc = include_str!("../README.md")]

pub mod bus;
pub mod harness;
pub mod queue;
pub mod saga;

pub use medcover_saga::{Definition, Direction, Outcome, Phase, Retry, Step, StepId, StepKind};
