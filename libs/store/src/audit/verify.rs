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

#[cfg(test)]
mod tests {
    use medcover_kernel::{Caller, CorrelationId, Purpose, Timestamp};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{AuditEntry, AuditOutcome};

    fn entry(number: u64) -> AuditEntry {
        AuditEntry {
            action: "record.read".into(),
            subject: format!("record/{number}"),
            data_subject: Some(Uuid::from_u128(u128::from(number % 3))),
            outcome: AuditOutcome::Done,
            details: CanonicalJson::of_value(&json!({ "number": number })).expect("whole"),
        }
    }

    /// A chain of `length` records and its head.
    fn chain(length: u64, salt: u64) -> (Vec<AuditRow>, Head) {
        let mut head = Head::default();
        let rows = (1..=length).map(|sequence| {
            let record = AuditRecord {
                tenant: TenantId::DEFAULT,
                partition: 2,
                sequence,
                recorded_at: Timestamp::from_micros(9),
                actor: Caller::Operator,
                purpose: Purpose::Treatment,
                correlation: CorrelationId::from_uuid(Uuid::nil()),
                entry: entry(sequence + salt),
            };
            let text = record.canonical();
            let hash = link(&head.hash, &text);
            head = Head { sequence, hash };
            AuditRow {
                sequence,
                data_subject: record.entry.data_subject,
                record: text,
                hash,
            }
        });
        (rows.collect(), head)
    }

    fn faults(
        rows: &[AuditRow],
        head: &Head,
        anchors: &[(u64, [u8; 32])],
    ) -> Vec<(u64, AuditFaultKind)> {
        let anchors = anchors.iter().copied().collect();
        let mut check = ChainCheck::new(TenantId::DEFAULT, 2, anchors);
        for row in rows {
            check.follow(row);
        }
        let faults = check.finish(head);
        faults.iter().map(|it| (it.sequence, it.kind)).collect()
    }

    proptest! {
        #[test]
        fn an_untouched_chain_has_no_fault(length in 0_u64..20, anchored in 1_u64..20) {
            let (rows, head) = chain(length, 0);
            let anchors: Vec<_> = rows
                .iter()
                .filter(|row| row.sequence <= anchored)
                .map(|row| (row.sequence, row.hash))
                .collect();
            prop_assert_eq!(faults(&rows, &head, &anchors), []);
        }

        #[test]
        fn every_changed_byte_is_named_where_it_is(length in 1_u64..12, at in any::<prop::sample::Index>(), place in any::<prop::sample::Index>()) {
            let (mut rows, head) = chain(length, 0);
            let row = &mut rows[at.index(length as usize)];
            let mut bytes = row.record.as_str().as_bytes().to_vec();
            let place = place.index(bytes.len());
            bytes[place] ^= 1;
            row.record = CanonicalJson::from_stored(String::from_utf8(bytes).expect("ASCII"));
            let sequence = row.sequence;
            let found = faults(&rows, &head, &[]);
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].0, sequence);
        }

        #[test]
        fn a_removed_record_is_named_by_its_place(length in 1_u64..12, at in any::<prop::sample::Index>()) {
            let (mut rows, head) = chain(length, 0);
            let gone = rows.remove(at.index(length as usize)).sequence;
            let kind = if gone == length { AuditFaultKind::CutOff } else { AuditFaultKind::Deleted };
            prop_assert_eq!(faults(&rows, &head, &[]), [(gone, kind)]);
        }

        #[test]
        fn swapped_records_are_named_by_their_places(length in 2_u64..12, at in any::<prop::sample::Index>()) {
            let (mut rows, head) = chain(length, 0);
            let at = at.index(length as usize - 1);
            rows.swap(at, at + 1);
            for (row, sequence) in rows.iter_mut().zip(1..) {
                row.sequence = sequence;
            }
            let found = faults(&rows, &head, &[]);
            let first = at as u64 + 1;
            prop_assert_eq!(&found[..2], [(first, AuditFaultKind::Moved), (first + 1, AuditFaultKind::Moved)]);
        }

        #[test]
        fn a_tail_that_is_cut_off_is_missed_by_the_last_anchor(length in 2_u64..12, kept in any::<prop::sample::Index>()) {
            let (rows, head) = chain(length, 0);
            let kept = kept.index(length as usize);
            let rest = &rows[..kept];
            // The head is cut back too, so that only the anchor knows.
            let short = rest.last().map_or_else(Head::default, |row| Head { sequence: row.sequence, hash: row.hash });
            let anchors = [(head.sequence, head.hash)];
            prop_assert_eq!(faults(rest, &short, &anchors), [(kept as u64 + 1, AuditFaultKind::CutOff)]);
        }
    }

    #[test]
    fn a_chain_written_anew_contradicts_its_anchors() {
        let (_, old) = chain(6, 0);
        let (rows, head) = chain(8, 1);
        let anchors = [(old.sequence, old.hash)];
        assert_eq!(
            faults(&rows, &head, &anchors),
            [(6, AuditFaultKind::Rewritten)]
        );
    }

    #[test]
    fn the_head_tells_of_records_that_were_added_or_exchanged() {
        let (rows, _) = chain(4, 0);
        let (_, shorter) = chain(3, 0);
        assert_eq!(faults(&rows, &shorter, &[]), [(4, AuditFaultKind::Added)]);
        let (_, other) = chain(4, 1);
        assert_eq!(faults(&rows, &other, &[]), [(4, AuditFaultKind::Rewritten)]);
    }

    #[test]
    fn who_is_found_by_their_records_cannot_be_exchanged() {
        let (mut rows, head) = chain(4, 0);
        rows[1].data_subject = None;
        assert_eq!(faults(&rows, &head, &[]), [(2, AuditFaultKind::Changed)]);
    }
}
