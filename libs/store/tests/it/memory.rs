//! The memory engine conforms.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::ManualClock;
use medcover_store::conformance::Fixture;
use medcover_store::{MemoryStore, Schema, Store, conformance_suite};

struct Memory;

#[async_trait]
impl Fixture for Memory {
    async fn open(&self, schema: Schema, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        Arc::new(MemoryStore::new(schema, clock))
    }
}

conformance_suite!(Memory);
