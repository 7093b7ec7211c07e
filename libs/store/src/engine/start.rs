//! From open connections to a running store.

use std::sync::Arc;

use sqlx::Database;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::anchor_file::AnchorFile;
use super::claim::Turns;
use super::session::{Session, WriteSession};
use super::writer::Writer;
use super::{Core, Readers, SqlStore, audit, migrate, read};
use crate::{Position, StoreError, limits};

/// What a store is made of.
pub(crate) struct Start<D: Database> {
    pub(crate) core: Arc<Core>,
    pub(crate) session: Box<dyn WriteSession>,
    pub(crate) readers: Arc<dyn Readers<D>>,
    pub(crate) anchors: AnchorFile,
    /// Commits that go into one transaction at most.
    pub(crate) batch: usize,
    /// What is given up when the writer has ended.
    pub(crate) held: Box<dyn Send>,
}

/// Where those who follow a store learn that something is new.
#[derive(Debug)]
pub(crate) struct Announcements {
    head: watch::Sender<Position>,
    sent: watch::Sender<u64>,
}

impl Announcements {
    /// Tells that the log has reached `position`, if nobody has yet.
    pub(crate) fn reached(&self, position: Position) -> bool {
        self.head.send_if_modified(|head| {
            let later = position > *head;
            *head = position.max(*head);
            later
        })
    }

    /// Tells that there may be work in the queues.
    pub(crate) fn work_is_due(&self) {
        self.sent.send_modify(|count| *count += 1);
    }
}

impl<D: Database> Start<D>
where
    D::Connection: Session,
{
    /// Brings the tables of read models to the versions of the schema, and begins to write. The core tables are there.
    pub(crate) async fn run(mut self) -> Result<(SqlStore<D>, Arc<Announcements>), StoreError> {
        let core = &self.core;
        migrate::read_models(core, &mut *self.session).await?;
        let mut reader = self.readers.connection().await?;
        let at = read::head(core, &mut *reader).await?;
        let anchoring = audit::unanchored(core, &mut *reader, &self.anchors).await?;
        drop(reader);
        let (head, sent) = (watch::Sender::new(at), watch::Sender::new(0));
        let (head_seen, sent_seen) = (head.subscribe(), sent.subscribe());
        let announcements = Arc::new(Announcements { head, sent });
        let (jobs, inbox) = mpsc::channel(limits::WAITING);
        let writer = Writer {
            core: Arc::clone(core),
            session: self.session,
            inbox,
            batch: self.batch.max(1),
            announcements: Arc::clone(&announcements),
            anchors: self.anchors,
            anchoring,
            turns: Turns::default(),
            sent_in_batch: false,
            far_behind: false,
            holding: Vec::new(),
            _held: self.held,
        };
        let store = SqlStore {
            core: self.core,
            readers: self.readers,
            jobs,
            writer: tokio::spawn(writer.run()),
            head: head_seen,
            sent: sent_seen,
            watching: JoinSet::new(),
            spool: None,
        };
        Ok((store, announcements))
    }
}

impl<D: Database> SqlStore<D> {
    /// Ends `watching` with this store.
    pub(crate) fn watched_by(self, watching: JoinSet<()>) -> Self {
        Self { watching, ..self }
    }

    /// Where the answers to readers come from.
    pub(crate) fn readers(&self) -> &dyn Readers<D> {
        &*self.readers
    }
}
