//! Commits of those who only show what they read: what the audit trail says of it.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::Clock;
use sqlx::Database;
use tokio::sync::{mpsc, oneshot};

use super::job::Job;
use super::{Readers, SqlStore};
use crate::plan::check;
use crate::spool::{AuditSpool, Trail, relay};
use crate::{Append, CommitError, Receipt, Showing, SpoolOptions, StoreError};

impl<D: Database> SqlStore<D> {
    pub(super) async fn hand_over(&self, append: Append) -> Result<Receipt, CommitError> {
        self.ask(|reply| Job::Commit(Box::new(append), reply))
            .await?
    }

    /// Keeps what was shown in the audit trail, or in the spool while that cannot be reached. Nothing else is written on what a
    /// replica said that may be behind.
    pub(super) async fn shown(
        &self,
        append: Append,
        showing: &Showing,
    ) -> Result<Receipt, CommitError> {
        if !append.only_audits() {
            if showing.is_behind() {
                let detail = "what was read may be behind, and nothing is decided on that";
                return Err(CommitError::Unavailable(detail.to_owned()));
            }
            return self.hand_over(append).await;
        }
        let Some(spool) = &self.spool else {
            return self.hand_over(append).await;
        };
        if !self.readers.is_away() {
            match self.hand_over(append.clone()).await {
                Err(CommitError::Unavailable(_)) => {}
                done => return done,
            }
        }
        let recorded_at = spool.keep(&append).await?;
        Ok(Receipt {
            position: *self.head.borrow(),
            versions: Vec::new(),
            recorded_at,
        })
    }

    /// Lets audit records wait at `options` while the server is away; what brings them there afterwards.
    pub(crate) fn spooled(
        &mut self,
        options: SpoolOptions,
        clock: Arc<dyn Clock>,
    ) -> io::Result<impl Future<Output = ()> + Send + use<D>> {
        let spool = Arc::new(AuditSpool::open(options, clock)?);
        self.spool = Some(Arc::clone(&spool));
        let there = There {
            jobs: self.jobs.downgrade(),
            readers: Arc::clone(&self.readers),
        };
        Ok(relay(spool, there))
    }
}

/// The audit trail of a store, for as long as that is open.
struct There<D: Database> {
    jobs: mpsc::WeakSender<Job>,
    readers: Arc<dyn Readers<D>>,
}

#[async_trait]
impl<D: Database> Trail for There<D> {
    fn is_there(&self) -> bool {
        !self.readers.is_away() && self.readers.admits().is_ok()
    }

    async fn commit(&self, append: Append) -> Result<(), CommitError> {
        let gone = || StoreError::Unavailable("the writer has ended".to_owned());
        check(&append)?;
        let (reply, answer) = oneshot::channel();
        let job = Job::Commit(Box::new(append), reply);
        let jobs = self.jobs.upgrade().ok_or_else(gone)?;
        jobs.send(job).await.map_err(|_| gone())?;
        drop(jobs);
        answer.await.map_err(|_| gone())?.map(drop)
    }
}
