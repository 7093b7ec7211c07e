//! A store in one SQLite file. A commit is acknowledged once it is on the disk (`synchronous=FULL`), and readers never wait
//! for the writer (WAL).

mod copy;
mod lock;
mod open;
mod session;

pub use copy::SqliteCopy;
pub use open::SqliteOptions;

/// A store in one SQLite file, which this process alone may open.
pub type SqliteStore = crate::engine::SqlStore<sqlx::Sqlite>;
