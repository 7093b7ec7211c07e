#![doc = include_str!("../README.md")]

mod decide;
mod definition;
mod event;
mod id;
mod retry;
mod state;

pub use decide::{
    Attempt, Command, Decision, Effect, Input, Outcome, Refusal, Token, command, decide,
};
pub use definition::{
    Definition, DefinitionBuilder, DefinitionError, MAX_STEPS, Step, StepKind, Undo,
};
pub use event::{Cause, Direction, Event};
pub use id::StepId;
pub use retry::Retry;
pub use state::{CorruptLog, MAX_ENTRIES, Phase, Progress, State, Status, StepState};
