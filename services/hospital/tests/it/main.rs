//! The whole service over its contract and its router, on a store in memory and on SQLite.

mod appointments;
mod concurrency;
mod contract;
mod doors;
mod encounters;
mod guide;
mod house;
mod model;
mod patients;
mod schedules;
mod terminology;
