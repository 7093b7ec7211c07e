//! The engines, from outside.

mod crashes;
mod engines;
mod files;
mod golden;
mod memory;
mod postgres;
mod sqlite;
mod tampering;
