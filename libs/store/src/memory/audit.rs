//! The audit trail of the memory engine.

use std::collections::BTreeSet;

use medcover_kernel::{TenantId, Timestamp};
use uuid::Uuid;

use super::world::World;
use crate::audit::anchor::{Anchors, anchor_rows, line};
use crate::audit::chain::Head;
use crate::audit::verify::{AuditRow, ChainCheck};
use crate::cell::{Cells, RowKey};
use crate::core_tables::{AUDIT, AUDIT_HEAD};
use crate::{AuditRecord, AuditReport, Corrupt, StoreError, Value, limits};

impl World {
    pub(super) fn audit(
        &self,
        tenant: TenantId,
        partition: u16,
        data_subject: Option<Uuid>,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let mut found = Vec::new();
        for row in self.chain(tenant, partition) {
            let read = AuditRow::read(row)?;
            let asked = data_subject.is_none() || read.data_subject == data_subject;
            if asked && read.sequence > after && found.len() < limit.min(limits::PAGE) {
                found.push(AuditRow::record(row)?);
            }
        }
        Ok(found)
    }

    fn chain(&self, tenant: TenantId, partition: u16) -> impl Iterator<Item = &Vec<Value>> {
        let partition = Value::Integer(partition.into());
        self.rows(&AUDIT)
            .filter(move |(of, row)| *of == tenant && row[0] == partition)
            .map(|(_, row)| row)
    }

    pub(super) fn anchor(&mut self, now: Timestamp) {
        let heads = self.anchoring.take();
        if heads.is_empty() {
            return;
        }
        let last = Anchors::read(&self.anchors).last;
        self.anchors += &line(&heads, last, now).0;
        for (key, row) in anchor_rows(&heads, now) {
            self.put(key, Some(row));
        }
    }

    pub(super) fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        let anchors = Anchors::read(&self.anchors);
        let mut chains: BTreeSet<_> = anchors.heads.keys().copied().collect();
        for (tenant, row) in self.rows(&AUDIT).chain(self.rows(&AUDIT_HEAD)) {
            chains.insert((tenant, partition(row)?));
        }
        let mut report = AuditReport {
            anchors: anchors.count,
            faults: anchors.faults,
            ..AuditReport::default()
        };
        for (tenant, partition) in chains {
            let anchored = anchors.heads.get(&(tenant, partition));
            let mut check =
                ChainCheck::new(tenant, partition, anchored.cloned().unwrap_or_default());
            for row in self.chain(tenant, partition) {
                check.follow(&AuditRow::read(row)?);
                report.records += 1;
            }
            let head = RowKey::new(&AUDIT_HEAD, tenant, vec![Value::Integer(partition.into())]);
            let head = Head::read(self.row(&head))?;
            report.faults.extend(check.finish(&head));
            report.chains += 1;
        }
        Ok(report)
    }
}

fn partition(row: &[Value]) -> Result<u16, Corrupt> {
    Cells::of(&AUDIT, row).number()
}
