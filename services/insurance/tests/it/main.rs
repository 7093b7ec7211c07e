//! The whole service, on a store in memory and on SQLite, in this process and over HTTP.

mod at_once;
mod contract;
mod days;
mod doors;
mod house;
mod money;
mod repeats;
mod scrubbing;
mod terminology;
