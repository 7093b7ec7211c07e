//! Users.

use std::collections::BTreeSet;

use medcover_identity::SecretText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Who is invited.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteUserRequest {
    /// The name to sign in with: letters, digits and `.`, `-`, `_`, `@`. Its case does not count.
    #[schema(example = "maria.rossi")]
    pub name: String,
    /// The first roles.
    #[serde(default)]
    pub roles: BTreeSet<String>,
}

/// An invitation, for the person invited and for nobody else. It is shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// The user.
    pub user: User,
    /// What the person shows when they choose a password.
    #[schema(value_type = String)]
    pub invitation: SecretText,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: String,
}

/// Roles, all of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesRequest {
    /// The names.
    pub roles: BTreeSet<String>,
}

/// In which state a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// Has not chosen a password yet.
    Invited,
    /// May sign in.
    Active,
    /// May not sign in for a while, after too many wrong passwords.
    Locked,
    /// May not sign in until somebody says otherwise.
    Disabled,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The id.
    pub id: Uuid,
    /// The name to sign in with.
    pub name: String,
    /// The state.
    pub status: UserStatus,
    /// The end of the lock, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub locked_until: Option<String>,
    /// The roles.
    pub roles: BTreeSet<String>,
}

/// A page of users, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserList {
    /// The users.
    pub users: Vec<User>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
