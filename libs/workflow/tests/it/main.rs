//! Queue, bus, sagas and harness over a store in memory, and over SQLite where what is durable matters.

mod bus;
mod catalogue;
mod direct;
mod drill;
mod durable;
mod ground;
mod harness;
mod queue;
mod sagas;
mod traces;
mod transfer;
