//! Names that are taken: a stream for each, whose first event says who has it.

use medcover_contract_auth::events::{TenantNameTaken, UserNameTaken};
use medcover_kernel::{TenantId, Timestamp, UserId};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to the name of a user.
    pub(crate) UserNameEvent { Taken(UserNameTaken), }
}

/// Who is called so.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct UserName(pub(crate) Option<UserId>);

impl Aggregate for UserName {
    const KIND: &'static str = "user-name";
    type Event = UserNameEvent;
    fn evolve(&mut self, event: &UserNameEvent, _: Timestamp) {
        let UserNameEvent::Taken(taken) = event;
        self.0 = Some(taken.user);
    }
}

events! {
    /// What can happen to the name of a tenant.
    pub(crate) TenantNameEvent { Taken(TenantNameTaken), }
}

/// Which tenant is called so.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct TenantName(pub(crate) Option<TenantId>);

impl Aggregate for TenantName {
    const KIND: &'static str = "tenant-name";
    type Event = TenantNameEvent;
    fn evolve(&mut self, event: &TenantNameEvent, _: Timestamp) {
        let TenantNameEvent::Taken(taken) = event;
        self.0 = Some(taken.tenant);
    }
}
