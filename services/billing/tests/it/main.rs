//! The whole service over its contract, on a store in memory and on SQLite.

mod doors;
mod house;
mod journey;
mod races;
mod random;
mod replays;
