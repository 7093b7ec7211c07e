//! Where the bank's data is kept.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Clock;
use medcover_store::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore, Store};

use crate::bank::tables::schema;

/// On one machine or on a server.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The file of SQLite, or the anchors of the audit trail, which are never where the trail is.
    pub folder: PathBuf,
    /// The PostgreSQL server, when there is one.
    pub postgres: Option<String>,
}

/// The data, open.
pub(super) enum Opened {
    File(Arc<SqliteStore>),
    Server(Arc<PostgresStore>),
}

impl Kept {
    pub(super) async fn open(&self, clock: Arc<dyn Clock>) -> Result<Opened, String> {
        let Some(url) = &self.postgres else {
            let options = SqliteOptions::new(self.folder.join("bank.sqlite"));
            let store = SqliteStore::open(options, schema(), clock).await;
            let store = store.map_err(|error| error.to_string())?;
            return Ok(Opened::File(Arc::new(store)));
        };
        let options = PostgresOptions {
            // Short, so that a server that was away does not hold the drill up.
            recovery: Duration::from_secs(1),
            ..PostgresOptions::new(url, "bank", self.folder.join("bank.anchors"))
        };
        let store = PostgresStore::open(options, schema(), clock).await;
        let store = store.map_err(|error| error.to_string())?;
        Ok(Opened::Server(Arc::new(store)))
    }
}

impl Opened {
    pub(super) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::File(store) => Arc::clone(store) as _,
            Self::Server(store) => Arc::clone(store) as _,
        }
    }

    /// Closes it, when nobody has it any more.
    pub(super) async fn close(self) {
        match self {
            Self::File(store) => {
                if let Some(store) = Arc::into_inner(store) {
                    store.close().await;
                }
            }
            Self::Server(store) => {
                if let Some(store) = Arc::into_inner(store) {
                    store.close().await;
                }
            }
        }
    }
}
