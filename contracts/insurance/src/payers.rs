//! Payers, and how strictly they look at codes.

use medcover_kernel::uuid_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

uuid_id! {
    /// Who pays claims: an insurer, a fund, a state.
    PayerId
}

/// Which findings of scrubbing keep a claim from being sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scrubbing {
    /// None: findings stand on the claim, and it goes out.
    Warn,
    /// Errors.
    #[default]
    BlockErrors,
    /// Errors and warnings.
    BlockWarnings,
}

/// A payer to deal with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayerRequest {
    /// The id, where the caller makes it; the same again is then the same payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PayerId>,
    /// The code under which the payer is known in the trade: unique, 1 to 64 characters.
    #[schema(example = "87726")]
    pub code: String,
    /// The name, for people.
    #[schema(example = "Northern Mutual")]
    pub name: String,
    /// Which findings keep a claim from being sent.
    #[serde(default)]
    pub scrubbing: Scrubbing,
}

/// How strictly codes are looked at from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScrubbingRequest {
    /// The version it was made on; nothing is compared where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Which findings keep a claim from being sent.
    pub scrubbing: Scrubbing,
}

/// A payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payer {
    /// The id.
    pub id: PayerId,
    /// The code under which it is known in the trade.
    pub code: String,
    /// The name.
    pub name: String,
    /// Which findings keep a claim from being sent.
    pub scrubbing: Scrubbing,
    /// How often it was changed.
    pub version: u64,
}

/// A page of payers, by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PayerList {
    /// The payers.
    pub payers: Vec<Payer>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
