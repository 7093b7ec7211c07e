//! Signing in, staying in, signing out.

use std::collections::BTreeSet;

use medcover_identity::SecretText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A name and a password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The name of the tenant; `default` where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "default")]
    pub tenant: Option<String>,
    /// The name of the user, in either case.
    #[schema(example = "maria.rossi")]
    pub name: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub password: SecretText,
}

/// What a sign-in or a refresh gives.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// The token to show with each request: `Authorization: Bearer …`.
    #[schema(value_type = String)]
    pub access_token: SecretText,
    /// `Bearer`
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u64,
    /// The token to exchange for the next pair. It is good once: shown again, it ends the session.
    #[schema(value_type = String)]
    pub refresh_token: SecretText,
    /// Seconds until the session ends, whatever is refreshed.
    pub session_expires_in: u64,
    /// The permissions that the access token carries, separated by spaces.
    pub scope: String,
}

/// A refresh token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token of the last answer.
    #[schema(value_type = String)]
    pub refresh_token: SecretText,
}

/// An invitation and the password chosen upon it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitationRequest {
    /// The invitation as it was handed over.
    #[schema(value_type = String)]
    pub invitation: SecretText,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub password: SecretText,
}

/// What is signed out.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOutRequest {
    /// Every session of the user rather than this one.
    #[serde(default)]
    pub everywhere: bool,
}

/// The old password and the new one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The password until now.
    #[schema(value_type = String, format = Password)]
    pub current: SecretText,
    /// The password from now on.
    #[schema(value_type = String, format = Password)]
    pub new: SecretText,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The subject, as tokens name it: `user:018f…`.
    pub sub: String,
    /// The tenant.
    pub tenant: Uuid,
    /// The name.
    pub name: String,
    /// The roles.
    pub roles: BTreeSet<String>,
    /// What the token that was shown allows.
    pub scopes: BTreeSet<String>,
    /// Why it was issued: `operations`, or `emergency`.
    pub purpose: String,
}
