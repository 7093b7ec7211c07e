//! A store in one SQLite file.
//!
//! One task writes. It takes the commits that wait into one transaction, lets the planner decide about them in order, and
//! writes what is accepted with few statements of many rows; only what conflicts is refused. Readers have connections of
//! their own and never wait for it (WAL). A commit is acknowledged once it is on the disk (`synchronous=FULL`).

mod anchor_file;
mod audit;
mod cells;
mod claim;
mod depth;
mod job;
mod lock;
mod migrate;
mod open;
mod read;
mod store;
mod write;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use medcover_kernel::Clock;
use sqlx::SqlitePool;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::sql::Statements;
use crate::{Position, Schema, StoreError};
use job::Job;
pub use open::{OpenError, SqliteOptions};

/// A store in one SQLite file, which this process alone may open.
pub struct SqliteStore {
    core: Arc<Core>,
    readers: SqlitePool,
    jobs: mpsc::Sender<Job>,
    writer: JoinHandle<()>,
    head: watch::Receiver<Position>,
    sent: watch::Receiver<u64>,
}

/// What writer and readers share.
struct Core {
    schema: Schema,
    statements: Statements,
    clock: Arc<dyn Clock>,
    anchor_path: PathBuf,
}

impl SqliteStore {
    /// Waits until everything that was handed over is on the disk, then closes the file and gives up its lock.
    pub async fn close(self) {
        // Readers first: the last one to leave moves what is in the WAL to the file, and readers may not write.
        self.readers.close().await;
        drop(self.jobs);
        // The writer ends with the last sender. If it has panicked, the file is closed all the same.
        let _ = self.writer.await;
    }
}

fn unavailable(error: &sqlx::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
