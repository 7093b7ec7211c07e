//! A role: the key stream of its name.

use std::collections::BTreeSet;

use super::sample::names;
use medcover_store::event;

event! {
    /// The role holds these permissions and no others.
    pub RoleSet = "role.set", 1 {
        /// Its name.
        name: String = "nurse".to_owned(),
        /// What it holds.
        permissions: BTreeSet<String> = names(&["patients.read"]),
    }
}
event! {
    /// The role is no more.
    pub RoleRemoved = "role.removed", 1 {
        /// Its name.
        name: String = "nurse".to_owned(),
    }
}
