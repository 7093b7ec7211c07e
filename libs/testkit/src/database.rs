//! Stores on a PostgreSQL server of the test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use medcover_kernel::Clock;
use medcover_store::{PostgresOptions, PostgresStore, Schema, Store};
use tempfile::TempDir;

use crate::PostgresServer;

/// A server with one database, in which as many processes keep as many services as the test needs; stopped when dropped.
#[derive(Debug)]
pub struct Database {
    server: PostgresServer,
    folder: TempDir,
    opened: AtomicUsize,
}

impl Database {
    /// Starts the server. It takes about a second.
    ///
    /// # Panics
    /// If PostgreSQL is not installed, or does not start.
    pub fn start() -> Self {
        let server = PostgresServer::start().expect("PostgreSQL: apt-get install postgresql-15");
        Self {
            server,
            folder: tempfile::tempdir().expect("a folder"),
            opened: AtomicUsize::new(0),
        }
    }

    /// The store of one more process of `service`, beside those that were opened before.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn open(
        &self,
        service: &str,
        schema: Schema,
        clock: Arc<dyn Clock>,
    ) -> Arc<dyn Store> {
        let process = self.opened.fetch_add(1, Ordering::Relaxed);
        let anchors = self.folder.path().join(format!("{process}.anchors"));
        let options = PostgresOptions::new(self.server.url(), service, anchors);
        let store = PostgresStore::open(options, schema, clock).await;
        Arc::new(store.expect("the store opens"))
    }
}
