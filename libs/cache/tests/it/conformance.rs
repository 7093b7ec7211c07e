//! The engine of one process conforms.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_cache::conformance::Fixture;
use medcover_cache::{CacheEngine, InProcess, conformance_suite};
use medcover_kernel::ManualClock;

struct OfProcess;

#[async_trait]
impl Fixture for OfProcess {
    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn CacheEngine> {
        Arc::new(InProcess::new(1 << 20, clock))
    }
}

conformance_suite!(OfProcess);
