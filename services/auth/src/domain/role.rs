//! A role.

use std::collections::BTreeSet;

use medcover_contract_auth::events::{RoleRemoved, RoleSet};
use medcover_kernel::Timestamp;
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a role.
    pub(crate) RoleEvent { Set(RoleSet), Removed(RoleRemoved), }
}

/// A role; where there is none it holds nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) exists: bool,
    pub(crate) permissions: BTreeSet<String>,
}

impl Aggregate for Role {
    const KIND: &'static str = "role";
    type Event = RoleEvent;
    fn evolve(&mut self, event: &RoleEvent, _: Timestamp) {
        match event {
            RoleEvent::Set(set) => {
                self.exists = true;
                self.permissions.clone_from(&set.permissions);
            }
            RoleEvent::Removed(_) => *self = Self::default(),
        }
    }
}
