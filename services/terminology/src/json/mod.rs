//! Answers written straight from the mapped release, for the paths that are asked most.
//!
//! Building the owned types of the contract and serialising them costs more than finding what they hold. These writers
//! copy each string once, from the release into the body. The tests hold that what they write is, byte for byte once
//! parsed, what the typed use case returns.

mod details;
mod hits;
mod writer;

pub(crate) use details::details;
pub(crate) use hits::answer;
