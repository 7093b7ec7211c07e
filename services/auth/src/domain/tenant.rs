//! A tenant.

use medcover_contract_auth::events::TenantCreated;
use medcover_kernel::Timestamp;
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a tenant.
    pub(crate) TenantEvent { Created(TenantCreated), }
}

/// A tenant; without a name it does not exist.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) name: String,
}

impl Aggregate for Tenant {
    const KIND: &'static str = "tenant";
    type Event = TenantEvent;
    fn evolve(&mut self, event: &TenantEvent, _: Timestamp) {
        let TenantEvent::Created(created) = event;
        self.name.clone_from(&created.name);
    }
}
