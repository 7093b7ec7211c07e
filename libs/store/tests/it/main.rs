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
mod shown;
mod sqlite;
mod tampering;
