//! A store in one schema of a PostgreSQL server, which any number of processes may open.
//!
//! Whoever writes takes an advisory lock of the schema for the length of a transaction, so positions of the log are given out
//! in the order of commits and without gaps, and one who follows the log misses nothing. What it costs is shared by all the
//! commits that wait meanwhile: they go into one transaction. A commit is acknowledged once the server has it on its disk.
//! What other processes have written is noticed by asking again and again.

mod fault;
mod following;
mod guard;
mod open;
mod options;
mod primary;
mod reading;
mod reference;
mod replica;
mod session;
mod writing;

pub use options::PostgresOptions;
pub use reference::{
    Bulk, CopyText, Migration, PartitionedIndex, ReferenceSchema, ReferenceTables,
};

/// A store in one schema of a PostgreSQL server.
pub type PostgresStore = crate::engine::SqlStore<sqlx::Postgres>;
