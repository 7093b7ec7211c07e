//! Roles, and the permissions they are made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a role holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRequest {
    /// Names of permissions, each of which the caller has.
    pub permissions: BTreeSet<String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub permissions: BTreeSet<String>,
}

/// The roles of a tenant, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleList {
    /// The roles.
    pub roles: Vec<Role>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PermissionView {
    /// Its name.
    pub name: String,
    /// What it lets one do.
    pub summary: String,
}

/// Every permission that a role of this tenant may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Permissions {
    /// The permissions, by name.
    pub permissions: Vec<PermissionView>,
}
