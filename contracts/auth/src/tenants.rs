//! Tenants.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Invitation;

/// A tenant that is to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenantRequest {
    /// Its name, which people give when they sign in: `a` to `z`, digits and `-`.
    #[schema(example = "st-anna")]
    pub name: String,
    /// The name of its first user, who is invited as its administrator.
    #[schema(example = "admin")]
    pub administrator: String,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub name: String,
}

/// A new tenant, and the invitation of its administrator.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// The invitation.
    pub administrator: Invitation,
}

/// A page of tenants, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenantList {
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
