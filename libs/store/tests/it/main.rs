//! The engines, from outside.

mod copies;
mod crashes;
mod engines;
mod files;
mod generations;
mod golden;
mod inventory;
mod later;
mod long_states;
mod memory;
mod outages;
mod postgres;
mod replicas;
mod shown;
mod sqlite;
mod tampering;
