//! Where a store stands, and keeping it there for a moment.

use medcover_kernel::TenantId;
use sqlx::{Connection as _, Database};
use tokio::sync::oneshot;

use super::job::Job;
use super::session::Session;
use super::{SqlStore, audit, read, unavailable};
use crate::{Position, StoreError};

/// The writer of a store stands still until this is dropped, or for [`limits::HELD`](crate::limits::HELD).
#[derive(Debug)]
pub struct Held(oneshot::Sender<()>);

impl Held {
    pub(super) const fn new(released: oneshot::Sender<()>) -> Self {
        Self(released)
    }

    /// Whether the writer has stood still ever since.
    pub fn stands(&self) -> bool {
        !self.0.is_closed()
    }
}

/// Where a store stands at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The position of the last event.
    pub position: Position,
    /// The last record of each chain of the audit trail, in the order of tenant and partition.
    pub chains: Vec<AuditHead>,
}

/// The last record of a chain of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// Whose trail.
    pub tenant: TenantId,
    /// Which of its chains.
    pub partition: u16,
    /// How many records the chain has.
    pub sequence: u64,
    /// The hash of the last one, which follows from all before it.
    pub hash: [u8; 32],
}

impl<D: Database> SqlStore<D>
where
    D::Connection: Session,
{
    /// Lets the writer of this process finish what it is at, and then stand still while what is returned is kept: what comes
    /// meanwhile waits. On a server other processes go on writing.
    pub async fn hold(&self) -> Result<Held, StoreError> {
        self.ask(Job::Hold).await?
    }

    /// Where the store stands, all of it at one moment.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let mut reader = self.readers.connection().await?;
        let snapshot = reader.begin_with(self.core.dialect.snapshot()).await;
        let mut snapshot = snapshot.map_err(|error| unavailable(&error))?;
        let position = read::head(&self.core, &mut *snapshot).await?;
        let heads = audit::heads(&self.core, &mut *snapshot).await?;
        let ended = snapshot.rollback().await;
        ended.map_err(|error| unavailable(&error))?;
        let chains = heads
            .into_iter()
            .map(|((tenant, partition), head)| AuditHead {
                tenant,
                partition,
                sequence: head.sequence,
                hash: head.hash,
            });
        Ok(Standing {
            position,
            chains: chains.collect(),
        })
    }
}
