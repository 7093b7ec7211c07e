//! The gateway over real sockets: what is said on one side, and what arrives on the other.

mod bounds;
mod failure;
mod fallbacks;
mod house;
mod keeping;
mod passing;
mod policies;
mod ruled_keeping;
