//! The engines, from outside.

mod memory;
mod sqlite;
