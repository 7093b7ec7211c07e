#![doc = include_str!("../README.md")]

pub mod analysis;
mod code_key;
mod compile;
mod deletion;
mod format;
pub mod json;
mod lexicon;
mod release;
pub mod search;
pub mod source;
mod text;

pub use compile::{CompileError, compile, compile_part};
pub use format::{FORMAT_VERSION, OpenError};
pub use release::{Concept, ConceptId, Identity, Note, Reference, Release, TermId};
