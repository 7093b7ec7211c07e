//! Chains of hashes over audit records.

use medcover_kernel::{CorrelationId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{AuditEntry, AuditOutcome, AuditRecord};
use crate::cell::Cells;
use crate::core_tables::AUDIT_HEAD;
use crate::{CanonicalError, CanonicalJson, Corrupt, Value};

/// The last record of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) sequence: u64,
    pub(crate) hash: [u8; 32],
}

impl Head {
    /// The head that a row of [`AUDIT_HEAD`] states; that of an empty chain where there is none.
    pub(crate) fn read(row: Option<&[Value]>) -> Result<Self, Corrupt> {
        let Some(row) = row else {
            return Ok(Self::default());
        };
        let mut cells = Cells::of(&AUDIT_HEAD, row);
        cells.number::<u16>()?;
        Ok(Self {
            sequence: cells.number()?,
            hash: cells.hash()?,
        })
    }
}

/// The hash of a record that follows the one with the hash `previous`; the first one follows 32 zero bytes.
pub(crate) fn link(previous: &[u8; 32], record: &CanonicalJson) -> [u8; 32] {
    sha256(&[previous, record.as_str().as_bytes()])
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A record as it is hashed. Its fields must not change: chains that exist are read by them.
#[derive(Serialize, Deserialize)]
struct Written {
    tenant: TenantId,
    partition: u16,
    sequence: u64,
    at: Timestamp,
    actor: String,
    purpose: String,
    correlation: CorrelationId,
    action: String,
    subject: String,
    data_subject: Option<Uuid>,
    outcome: AuditOutcome,
    details: serde_json::Value,
}

impl AuditRecord {
    /// The text that is kept and hashed.
    pub(crate) fn canonical(&self) -> CanonicalJson {
        let entry = &self.entry;
        let written = Written {
            tenant: self.tenant,
            partition: self.partition,
            sequence: self.sequence,
            at: self.recorded_at,
            actor: self.actor.to_string(),
            purpose: self.purpose.to_string(),
            correlation: self.correlation,
            action: entry.action.to_string(),
            subject: entry.subject.clone(),
            data_subject: entry.data_subject,
            outcome: entry.outcome,
            details: entry.details.read().expect("canonical JSON is JSON"),
        };
        CanonicalJson::of(&written).expect("its numbers are whole")
    }

    /// The record that such a text holds.
    pub(crate) fn read(text: &CanonicalJson) -> Result<Self, CanonicalError> {
        use serde::de::Error as _;
        let written: Written = text.read()?;
        let named = |what: &str| CanonicalError::Json(serde_json::Error::custom(what));
        Ok(Self {
            tenant: written.tenant,
            partition: written.partition,
            sequence: written.sequence,
            recorded_at: written.at,
            actor: written.actor.parse().map_err(|_| named("unknown actor"))?,
            purpose: written
                .purpose
                .parse()
                .map_err(|_| named("unknown purpose"))?,
            correlation: written.correlation,
            entry: AuditEntry {
                action: written.action.into(),
                subject: written.subject,
                data_subject: written.data_subject,
                outcome: written.outcome,
                details: CanonicalJson::of_value(&written.details)?,
            },
        })
    }
}
