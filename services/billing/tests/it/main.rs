//! The whole service over its contract, on a store in memory, on SQLite and on PostgreSQL, by one process and by two.

mod doors;
mod house;
mod journey;
mod races;
mod random;
mod replays;
