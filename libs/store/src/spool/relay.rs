//! What brings the records of a spool into the audit trail of the database.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::AuditSpool;
use super::files::{self, FileName};
use super::record::Contents;
use super::standing::Shared;
use crate::{Append, CommitError};

/// How long is waited before the database is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Where records are brought.
#[async_trait]
pub(crate) trait Trail: Send + Sync {
    /// Whether it is any use to try.
    fn is_there(&self) -> bool;
    /// Keeps `append`.
    async fn commit(&self, append: Append) -> Result<(), CommitError>;
}

/// Brings what waits to `trail`, in order, for as long as the store is open. A file is removed once all of it is there; what
/// was brought before a crash is known by its marks.
pub(crate) async fn relay(spool: Arc<AuditSpool>, trail: impl Trail) {
    loop {
        spool.until_waiting().await;
        if !trail.is_there() || all(&spool, &trail).await.is_err() {
            sleep(PAUSE).await;
        }
    }
}

/// All that was in the spool when this began, unless the database goes away again.
async fn all(spool: &AuditSpool, trail: &impl Trail) -> Result<(), CommitError> {
    spool.seal().await;
    for (name, relayed) in spool.shared.to_relay() {
        let shared = Arc::clone(&spool.shared);
        let read = blocking(move || files::read(&shared.folder, name)).await;
        let fault = match read {
            Ok(contents) => records(spool, trail, name, &contents, relayed).await?,
            Err(error) => Some(format!("cannot be read: {error}")),
        };
        finish(&spool.shared, name, fault).await;
    }
    Ok(())
}

/// Brings the records of a file; what is wrong with it, if anything.
async fn records(
    spool: &AuditSpool,
    trail: &impl Trail,
    name: FileName,
    contents: &Contents,
    relayed: u64,
) -> Result<Option<String>, CommitError> {
    let relayed = usize::try_from(relayed).unwrap_or(usize::MAX);
    for record in contents.records.iter().skip(relayed) {
        let append = match record.append() {
            Ok(append) => append,
            Err(fault) => return Ok(Some(format!("record {} has {fault}", record.sequence))),
        };
        match trail.commit(append).await {
            Ok(()) | Err(CommitError::AlreadyHandled { .. }) => spool.shared.relayed(name),
            Err(error @ (CommitError::Unavailable(_) | CommitError::Conflict { .. })) => {
                return Err(error);
            }
            Err(error) => return Ok(Some(format!("record {}: {error}", record.sequence))),
        }
    }
    Ok(contents.end.clone().fault())
}

async fn finish(shared: &Arc<Shared>, name: FileName, fault: Option<String>) {
    let at = Arc::clone(shared);
    let damaged = fault.is_some();
    let done = blocking(move || {
        if damaged {
            files::set_aside(&at.folder, name)
        } else {
            files::remove(&at.folder, name)
        }
    });
    let fault = match (done.await, fault) {
        (Ok(()), fault) => fault,
        (Err(error), None) => Some(format!("was relayed and cannot be removed: {error}")),
        (Err(error), Some(fault)) => Some(format!("{fault}; it cannot be set aside: {error}")),
    };
    if fault.is_none() {
        tracing::info!(file = name.text(), "a spool is in the audit trail now");
    }
    shared.forget(name, fault.as_deref());
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error)))
}
