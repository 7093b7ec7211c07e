//! Reading a chain again, to find what is no longer as it was written.

use std::collections::BTreeMap;

use medcover_kernel::TenantId;
use uuid::Uuid;

use super::chain::{Head, link};
use super::{AuditFault, AuditFaultKind, AuditRecord};
use crate::cell::Cells;
use crate::core_tables::AUDIT;
use crate::{CanonicalJson, Corrupt, Value};

/// A row of [`AUDIT`].
pub(crate) struct AuditRow {
    pub(crate) sequence: u64,
    pub(crate) data_subject: Option<Uuid>,
    pub(crate) record: CanonicalJson,
    pub(crate) hash: [u8; 32],
}

impl AuditRow {
    pub(crate) fn read(row: &[Value]) -> Result<Self, Corrupt> {
        let mut cells = Cells::of(&AUDIT, row);
        cells.number::<u16>()?;
        Ok(Self {
            sequence: cells.number()?,
            data_subject: cells.maybe(Cells::id)?,
            record: cells.json()?,
            hash: cells.hash()?,
        })
    }

    /// The record, for those who read the trail.
    pub(crate) fn record(row: &[Value]) -> Result<AuditRecord, Corrupt> {
        let text = Self::read(row)?.record;
        AuditRecord::read(&text).map_err(|error| Cells::of(&AUDIT, row).corrupt(error.to_string()))
    }
}

/// Follows one chain from its first record to its last.
pub(crate) struct ChainCheck {
    tenant: TenantId,
    partition: u16,
    /// The last place that was looked at.
    reached: u64,
    /// The hash there; unknown after a gap.
    hash: Option<[u8; 32]>,
    anchors: BTreeMap<u64, [u8; 32]>,
    faults: Vec<AuditFault>,
}

impl ChainCheck {
    /// A chain whose head has been at `anchors`.
    pub(crate) fn new(tenant: TenantId, partition: u16, anchors: BTreeMap<u64, [u8; 32]>) -> Self {
        Self {
            tenant,
            partition,
            reached: 0,
            hash: Some([0; 32]),
            anchors,
            faults: Vec::new(),
        }
    }

    /// Looks at the next record.
    pub(crate) fn follow(&mut self, row: &AuditRow) {
        if row.sequence > self.reached + 1 {
            self.fault(self.reached + 1, AuditFaultKind::Deleted);
            self.hash = None;
        }
        self.reached = row.sequence;
        if let Some(kind) = self.judge(row) {
            self.fault(row.sequence, kind);
        }
        // Going on from the hash that is stored, a fault is named once, where it is.
        self.hash = Some(row.hash);
    }

    fn judge(&self, row: &AuditRow) -> Option<AuditFaultKind> {
        let Ok(record) = AuditRecord::read(&row.record) else {
            return Some(AuditFaultKind::Changed);
        };
        let place = (record.tenant, record.partition, record.sequence);
        if place != (self.tenant, self.partition, row.sequence) {
            return Some(AuditFaultKind::Moved);
        }
        let linked = self
            .hash
            .is_none_or(|previous| link(&previous, &row.record) == row.hash);
        if !linked || record.entry.data_subject != row.data_subject {
            return Some(AuditFaultKind::Changed);
        }
        let anchored = self.anchors.get(&row.sequence);
        anchored
            .is_some_and(|hash| *hash != row.hash)
            .then_some(AuditFaultKind::Rewritten)
    }

    /// Compares the end of the chain with its head and with the last anchor.
    pub(crate) fn finish(mut self, head: &Head) -> Vec<AuditFault> {
        let known = self.anchors.keys().next_back().copied().unwrap_or(0);
        let known = known.max(head.sequence);
        if known > self.reached {
            self.fault(self.reached + 1, AuditFaultKind::CutOff);
        } else if head.sequence < self.reached {
            self.fault(head.sequence + 1, AuditFaultKind::Added);
        } else if self.reached > 0 && self.hash != Some(head.hash) {
            self.fault(self.reached, AuditFaultKind::Rewritten);
        }
        self.faults
    }

    fn fault(&mut self, sequence: u64, kind: AuditFaultKind) {
        self.faults.push(AuditFault {
            tenant: self.tenant,
            partition: self.partition,
            sequence,
            kind,
        });
    }
}
