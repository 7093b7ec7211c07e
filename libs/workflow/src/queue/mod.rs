//! Work from a queue: claimed under a lease, tried again with growing pauses, once in effect.

mod dead_letters;
mod hand;
mod handler;
mod worker;

pub use dead_letters::{DeadLetters, LetterPage};
pub use handler::{Failure, Handled, Handler};
pub use worker::{Worker, WorkerConfig};
