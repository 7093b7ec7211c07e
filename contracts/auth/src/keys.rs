//! Signing keys, service tokens, and what is told of them to whoever checks tokens.

use medcover_identity::SecretText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a key does at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SigningKeyState {
    /// It is published and will sign.
    Next,
    /// It signs.
    Signing,
    /// It signs no more; what it has signed may still live.
    Retired,
}

/// A signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SigningKeyInfo {
    /// Its name, as tokens give it in their head.
    pub kid: String,
    /// What it does at present.
    pub state: SigningKeyState,
    /// From when it signs.
    #[schema(format = DateTime)]
    pub not_before: String,
    /// From when it signs no more.
    #[schema(format = DateTime)]
    pub retire_at: String,
}

/// The signing keys of the installation, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SigningKeyList {
    /// The keys.
    pub keys: Vec<SigningKeyInfo>,
}

/// For whom a service token is to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceTokenRequest {
    /// The service to which it will be shown.
    #[schema(example = "billing")]
    pub audience: String,
    /// The tenant for which the work is done; the caller's own where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uuid>,
}

/// A token that one service shows to another, once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceToken {
    /// The token.
    #[schema(value_type = String)]
    pub token: SecretText,
    /// Seconds until it expires.
    pub expires_in: u64,
}

/// What `OpenID` Connect Discovery tells, as far as there is anything to tell: tokens are had by the service's own sign-in,
/// so no authorisation or token endpoint is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Discovery {
    /// The issuer, as tokens name it.
    pub issuer: String,
    /// Where the public keys are.
    pub jwks_uri: String,
    /// Who am I.
    pub userinfo_endpoint: String,
    /// The scopes: every permission.
    pub scopes_supported: Vec<String>,
    /// Nothing: there is no authorisation endpoint.
    pub response_types_supported: Vec<String>,
    /// A user has one subject for all.
    pub subject_types_supported: Vec<String>,
    /// The one algorithm.
    pub id_token_signing_alg_values_supported: Vec<String>,
}
