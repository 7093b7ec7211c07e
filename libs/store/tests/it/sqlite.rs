//! The SQLite engine conforms.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::ManualClock;
use medcover_store::conformance::Fixture;
use medcover_store::{Schema, SqliteOptions, SqliteStore, Store, conformance_suite};
use tempfile::TempDir;

struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }
}

#[async_trait]
impl Fixture for Sqlite {
    async fn open(&self, schema: Schema, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        let options = SqliteOptions::new(self.0.path().join("bank.db"));
        let store = SqliteStore::open(options, schema, clock).await;
        Arc::new(store.expect("it opens"))
    }
}

conformance_suite!(Sqlite::new());
