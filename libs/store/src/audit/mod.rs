//! The audit trail: who did what to whose data, and why.

pub(crate) mod anchor;
pub(crate) mod chain;
pub(crate) mod verify;

use medcover_kernel::{Caller, CorrelationId, Purpose, TenantId, Timestamp};
use uuid::Uuid;

use crate::{CanonicalJson, Name};

/// One thing to be kept in the audit trail; who, why and in what undertaking come from the commit's context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// What was done or tried: `token.refused`, `record.read`.
    pub action: Name,
    /// What it was done to, such as `account/018f…`.
    pub subject: String,
    /// Whose data was touched or disclosed, where it is a person's: the accounting of disclosures lists by it.
    pub data_subject: Option<Uuid>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// What else a reader of the trail needs to know; at most
    /// [`limits::EVENT_BYTES`](crate::limits::EVENT_BYTES).
    pub details: CanonicalJson,
}

/// How an audited action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It was allowed and failed.
    Failed,
}

/// A record of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Whose trail.
    pub tenant: TenantId,
    /// Which of its chains.
    pub partition: u16,
    /// Its place in the chain, from 1, without gaps.
    pub sequence: u64,
    /// When it was kept, by the store's clock; where the server was away, when the process kept it in its
    /// [spool](crate::SpoolOptions).
    pub recorded_at: Timestamp,
    /// Who acted.
    pub actor: Caller,
    /// Why.
    pub purpose: Purpose,
    /// In the course of what.
    pub correlation: CorrelationId,
    /// What was done.
    pub entry: AuditEntry,
}

/// What [`Store::verify_audit`](crate::Store::verify_audit) found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Chains that were read.
    pub chains: u64,
    /// Records that were read.
    pub records: u64,
    /// Anchors that were compared.
    pub anchors: u64,
    /// What is wrong, in the order of tenant, partition and sequence; empty when all is well.
    pub faults: Vec<AuditFault>,
}

/// One place where the audit trail is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFault {
    /// Whose trail.
    pub tenant: TenantId,
    /// Which chain.
    pub partition: u16,
    /// At which record.
    pub sequence: u64,
    /// What is wrong there.
    pub kind: AuditFaultKind,
}

/// What is wrong at a place of the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditFaultKind {
    /// The hash does not follow from the record here and the one before it: one of the two was changed.
    Changed,
    /// There is no record here, but later ones.
    Deleted,
    /// The record here was written for another place.
    Moved,
    /// An anchor or the head of the chain knows of this record, and the chain ends before it.
    CutOff,
    /// An anchor or the head of the chain knows another record at this place: the chain was written anew.
    Rewritten,
    /// There are records from here on that the head of the chain does not know of.
    Added,
    /// The anchors before this one were changed; the record here is the first that this one names.
    AnchorChanged,
}
