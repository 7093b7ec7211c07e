//! Clients: programs that call with an API key.

use std::collections::BTreeSet;

use medcover_identity::SecretText;
use medcover_kernel::Tier;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A program that is to call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClientRequest {
    /// What it is, for people.
    #[schema(example = "laboratory interface")]
    pub name: String,
    /// How much it may ask for.
    #[serde(default = "authenticated")]
    pub tier: Tier,
    /// What it may do: permissions that the caller has.
    pub permissions: BTreeSet<String>,
    /// The service of medcover in whose name it gets service tokens, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// After how many days the key expires; never where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u32>,
}

const fn authenticated() -> Tier {
    Tier::Authenticated
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Client {
    /// The id.
    pub id: Uuid,
    /// What it is.
    pub name: String,
    /// How much it may ask for.
    pub tier: Tier,
    /// What it may do.
    pub permissions: BTreeSet<String>,
    /// The service that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Whether its key is good no more.
    pub revoked: bool,
    /// When its key expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<String>,
}

/// A client with its key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClientKey {
    /// The client.
    pub client: Client,
    /// The key, for `X-API-Key`. Only its hash is kept: an answer that is repeated under its `Idempotency-Key` comes
    /// without, and a key that was lost is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub key: Option<SecretText>,
}

/// A page of clients, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientList {
    /// The clients.
    pub clients: Vec<Client>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
