//! The engines, from outside.

mod copies;
mod crashes;
mod engines;
mod files;
mod golden;
mod memory;
mod outages;
mod postgres;
mod replicas;
mod sqlite;
mod tampering;
