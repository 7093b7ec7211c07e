//! Where the services write.

use std::sync::Arc;

use medcover_kernel::ManualClock;
use medcover_store::{MemoryStore, Schema, Store};
use medcover_testkit::Database;

/// What each of the services writes in.
#[derive(Clone)]
pub struct Stores {
    pub(crate) hospital: Arc<dyn Store>,
    pub(crate) insurance: Arc<dyn Store>,
    pub(crate) billing: Arc<dyn Store>,
    pub(crate) journeys: Arc<dyn Store>,
}

impl Stores {
    /// New ones in memory.
    pub fn in_memory(clock: &Arc<ManualClock>) -> Self {
        let memory = |schema: Schema| Arc::new(MemoryStore::new(schema, Arc::clone(clock) as _));
        Self {
            hospital: memory(medcover_hospital::schema()),
            insurance: memory(medcover_insurance::schema()),
            billing: memory(medcover_billing::schema()),
            journeys: memory(medcover_journeys::schema()),
        }
    }

    /// Those of one more process over `database`.
    pub async fn on(database: &Database, clock: &Arc<ManualClock>) -> Self {
        let open = |name, schema| database.open(name, schema, Arc::clone(clock) as _);
        Self {
            hospital: open("hospital", medcover_hospital::schema()).await,
            insurance: open("insurance", medcover_insurance::schema()).await,
            billing: open("billing", medcover_billing::schema()).await,
            journeys: open("journeys", medcover_journeys::schema()).await,
        }
    }
}
