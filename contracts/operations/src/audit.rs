//! Audit trails.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What checking the trails found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditVerification {
    /// Whether every trail is whole.
    pub whole: bool,
    /// Each service's trail.
    pub trails: Vec<TrailReport>,
}

/// What checking one service's trail found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrailReport {
    /// The service.
    pub service: String,
    /// Chains that were read.
    pub chains: u64,
    /// Records that were read.
    pub records: u64,
    /// Anchors that were compared.
    pub anchors: u64,
    /// What is wrong, by tenant, partition and sequence; empty when all is well.
    pub faults: Vec<AuditFault>,
}

/// One place where a trail is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditFault {
    /// Whose trail.
    pub tenant: Uuid,
    /// Which of its chains.
    pub partition: u16,
    /// At which record, from 1.
    pub sequence: u64,
    /// `changed`, `deleted`, `moved`, `cut-off`, `rewritten`, `added` or `anchor-changed`.
    pub kind: String,
    /// The same in a sentence.
    pub what: String,
}

/// A page of the accounting of disclosures, the first first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Disclosures {
    /// The records.
    pub disclosures: Vec<Disclosure>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// That somebody touched a person's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Disclosure {
    /// Its place in the chain.
    pub sequence: u64,
    /// When.
    pub at: String,
    /// Who, such as `user:018f…`.
    pub actor: String,
    /// Why, such as `treatment`.
    pub purpose: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// The undertaking it belongs to.
    pub correlation: Uuid,
    /// What else is known of it.
    pub details: Value,
}
