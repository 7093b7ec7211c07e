//! Where the audit records of reads wait on the disk of this process while the database is away.
//!
//! Whoever is shown a person's data is written down before they are answered. Without the database that record goes to a file
//! which only grows, in a chain of hashes, and is on the disk before the answer leaves; once the database is back it is brought
//! there. A file is one chain: it is removed once all of it is in the database, and what comes meanwhile goes to the next.

mod files;
mod record;
mod relay;
mod standing;
#[cfg(test)]
mod tests;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use medcover_kernel::{Clock, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::{Append, CommitError};
pub use files::{SpoolFile, spool_files};
use record::Spooled;
pub(crate) use relay::{Trail, relay};
use standing::Shared;
use writer::{BATCH, Job, Writer};

/// Where a spool lies, and how large it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolOptions {
    /// Its folder, which is this process's own; made when something has to wait.
    pub folder: PathBuf,
    /// Bytes that may wait. When that is full, what would be shown is refused.
    pub max_bytes: u64,
}

/// What waits in a spool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpoolStatus {
    /// Commits of audit records that are not in the database yet.
    pub waiting: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// When the first that waits was kept.
    pub oldest: Option<Timestamp>,
    /// What is wrong with files that cannot be relayed, or not all of them.
    pub faults: Vec<String>,
}

/// Why something was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SpoolError {
    #[error("the spool of the audit trail is full")]
    Full,
    #[error("the spool of the audit trail cannot be written: {0}")]
    Failed(String),
    #[error("the writer of the spool has ended")]
    Gone,
}

/// The spool of a store.
pub(crate) struct AuditSpool {
    jobs: mpsc::Sender<Job>,
    shared: Arc<Shared>,
}

impl AuditSpool {
    /// What `options` name, with what a process before this one has left there.
    pub(crate) fn open(options: SpoolOptions, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Arc::new(Shared::open(options, clock)?);
        let (jobs, inbox) = mpsc::channel(BATCH);
        tokio::spawn(Writer::new(Arc::clone(&shared)).run(inbox));
        Ok(Self { jobs, shared })
    }

    /// Keeps what `append` says in the audit trail; when this returns, it is on the disk.
    pub(crate) async fn keep(&self, append: &Append) -> Result<Timestamp, SpoolError> {
        let at = self.shared.clock.now();
        let record = Spooled::of(append, at).map_err(|it| SpoolError::Failed(it.to_string()))?;
        let (reply, kept) = oneshot::channel();
        let job = Job::Keep(Box::new(record), reply);
        self.jobs.send(job).await.map_err(|_| SpoolError::Gone)?;
        kept.await.map_err(|_| SpoolError::Gone)??;
        Ok(at)
    }

    pub(crate) fn status(&self) -> SpoolStatus {
        self.shared.status()
    }

    /// Waits until there is something to relay.
    async fn until_waiting(&self) {
        while !self.shared.waits() {
            self.shared.came.notified().await;
        }
    }

    /// Lets nothing more be added to the file that is being written.
    async fn seal(&self) {
        let (reply, sealed) = oneshot::channel();
        if self.jobs.send(Job::Seal(reply)).await.is_ok() {
            // A writer that has ended adds nothing either.
            let _ = sealed.await;
        }
    }
}

impl From<SpoolError> for CommitError {
    fn from(error: SpoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
