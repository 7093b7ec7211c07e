//! Where the search log is kept.

use std::sync::Arc;

use medcover_kernel::{Caller, CorrelationId, Purpose, Result, ServiceName, Timestamp};
use medcover_store::{Append, Context, Select, Store, StoreError, limits};
use uuid::Uuid;

use super::table::{OWNER, SEARCH_LOGS, SEARCHES_BY_TIME, delete, put};
use super::{MonthlyLog, Searched};

/// Where the search log is kept.
pub(crate) enum Kept {
    /// A table of the store of this process.
    Store(Arc<dyn Store>),
    /// Partitions on a server, shared by all processes. What is past its time there is retired by a task.
    Months(MonthlyLog),
}

impl Kept {
    /// Writes a batch, each row under its id.
    pub(super) async fn write(&self, batch: &[(Uuid, Searched)]) -> Result<()> {
        match self {
            Self::Store(store) => {
                let rows = batch.iter().map(|(id, searched)| put(*id, searched));
                let append = rows.fold(Append::new(context()), Append::row);
                store.commit(append).await?;
            }
            Self::Months(log) => log.write(batch).await?,
        }
        Ok(())
    }

    /// Hands the queries of the last `most` searches to `take`, so that counts in memory outlive the process. On a server they are
    /// counted there.
    pub(super) async fn recent(
        &self,
        most: usize,
        take: impl Fn(&str),
    ) -> std::result::Result<(), StoreError> {
        let Self::Store(store) = self else {
            return Ok(());
        };
        store.complete(&[&SEARCH_LOGS]).await?;
        let mut page = Select::first(&SEARCHES_BY_TIME, OWNER, Vec::new(), limits::PAGE);
        page.descending = true;
        let mut counted = 0;
        while counted < most {
            let rows = store.select(&page).await?;
            let Some(last) = rows.last() else { break };
            for row in &rows {
                take(row.get("query").as_text().unwrap_or_default());
            }
            counted += rows.len();
            page.after = Some(last.cursor(&SEARCHES_BY_TIME));
        }
        Ok(())
    }

    /// Removes the rows of the store from before `before`; how many.
    pub(super) async fn remove(&self, before: Timestamp) -> Result<usize> {
        let Self::Store(store) = self else {
            return Ok(0);
        };
        let mut old = Select::first(&SEARCHES_BY_TIME, OWNER, Vec::new(), limits::PAGE);
        old.to = Some(before.into());
        let mut removed = 0;
        loop {
            let rows = store.select(&old).await?;
            if rows.is_empty() {
                return Ok(removed);
            }
            removed += rows.len();
            let deletions = rows.iter().filter_map(delete);
            store
                .commit(deletions.fold(Append::new(context()), Append::row))
                .await?;
        }
    }
}

/// The log is the service's own; no request stands behind a batch.
pub(super) fn context() -> Context {
    Context {
        tenant: OWNER,
        actor: Caller::Service(ServiceName::from_static("terminology")),
        purpose: Purpose::Operations,
        correlation: CorrelationId::from_uuid(uuid::Uuid::nil()),
        causation: None,
        traceparent: None,
    }
}
