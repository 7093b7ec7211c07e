//! What the engines on SQL share: everything but how a connection is made and how values pass through it.
//!
//! One task of a process writes. It takes the commits that wait into one transaction, lets the planner decide about them in
//! order, and writes what is accepted with few statements of many rows; only what conflicts is refused. Readers have
//! connections of their own and never wait for it.

pub(crate) mod anchor_file;
mod audit;
mod claim;
mod depth;
mod generations;
mod inventory;
mod job;
mod migrate;
mod open_error;
mod read;
mod readers;
pub(crate) mod session;
mod shown;
mod standing;
mod start;
mod store;
mod write;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use medcover_kernel::Clock;
use sqlx::Database;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::generation::Generation;
use crate::spool::AuditSpool;
use crate::sql::{Dialect, Statements};
use crate::{Position, Schema, StoreError};
use job::Job;
pub(crate) use migrate::{MigrationError, core as migrate_core};
pub use open_error::OpenError;
pub(crate) use readers::{Intent, Readers};
pub use standing::{AuditHead, Held, Standing};
pub(crate) use start::{Announcements, Start};

/// A store in a database that speaks SQL: a file of SQLite's ([`SqliteStore`](crate::SqliteStore)) or a schema on a server of
/// PostgreSQL's ([`PostgresStore`](crate::PostgresStore)).
pub struct SqlStore<D: Database> {
    core: Arc<Core>,
    readers: Arc<dyn Readers<D>>,
    jobs: mpsc::Sender<Job>,
    writer: JoinHandle<()>,
    head: watch::Receiver<Position>,
    sent: watch::Receiver<u64>,
    /// What looks after the server.
    watching: JoinSet<()>,
    /// Where the audit records of reads wait while the server is away.
    spool: Option<Arc<AuditSpool>>,
}

/// What writer and readers share.
pub(crate) struct Core {
    pub(crate) schema: Schema,
    pub(crate) statements: Statements,
    /// The read models that are kept beside those of other versions of the program, on a server.
    pub(crate) generation: Option<Generation>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) anchor_path: PathBuf,
    pub(crate) dialect: Dialect,
}

impl<D: Database> SqlStore<D> {
    /// Waits until everything that was handed over is on the disk, then closes the connections, and the file where there is
    /// one.
    pub async fn close(mut self) {
        self.watching.shutdown().await;
        // Readers first: the last one to leave moves what is in SQLite's WAL to the file, and readers may not write.
        self.readers.close().await;
        let Self { jobs, writer, .. } = &mut self;
        drop(std::mem::replace(jobs, mpsc::channel(1).0));
        // The writer ends with the last sender. If it has panicked, the file is closed all the same.
        let _ = writer.await;
    }
}

pub(crate) fn unavailable(error: &sqlx::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
