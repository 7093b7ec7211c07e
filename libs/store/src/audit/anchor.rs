//! Anchors: what the heads of chains have been, written where a change to the database does not reach.
//!
//! The file has one line of canonical JSON per anchoring. Each names the hash of the line before it, so that a line that was
//! changed or removed shows. A last line without its end was being written when the power went; it is passed over.

use std::collections::BTreeMap;

use medcover_kernel::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::chain::{Head, sha256};
use super::{AuditFault, AuditFaultKind};
use crate::cell::{RowKey, number};
use crate::core_tables::{AUDIT_ANCHOR, AUDIT_HEAD};
use crate::{CanonicalJson, Value, limits};

/// A chain: its tenant and partition.
pub(crate) type ChainId = (TenantId, u16);

/// Heads that no anchor covers yet.
#[derive(Debug, Default)]
pub(crate) struct Anchoring {
    uncovered: BTreeMap<ChainId, Head>,
    since: Option<Timestamp>,
}

impl Anchoring {
    /// Notes the heads among the rows that a batch changes.
    pub(crate) fn note<'a>(
        &mut self,
        rows: impl IntoIterator<Item = (&'a RowKey, &'a Option<Vec<Value>>)>,
        now: Timestamp,
    ) {
        for (key, row) in rows {
            if key.table == &AUDIT_HEAD
                && let Ok(head) = Head::read(row.as_deref())
                && let Some(Value::Integer(chain)) = key.key.first()
            {
                self.add((key.tenant, *chain as u16), head, now);
            }
        }
    }

    /// Whether some record has waited long enough.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.since
            .is_some_and(|since| now.since(since) >= limits::ANCHOR_AFTER)
    }

    /// Whether some record waits.
    pub(crate) const fn is_open(&self) -> bool {
        self.since.is_some()
    }

    /// The heads that no anchor covers.
    pub(crate) const fn heads(&self) -> &BTreeMap<ChainId, Head> {
        &self.uncovered
    }

    /// Adds heads that are known from elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        self.uncovered.extend(other.uncovered);
        self.since = self.since.or(other.since);
    }

    /// Every head is covered now.
    pub(crate) fn clear(&mut self) {
        self.take();
    }

    /// Notes the head of one chain.
    pub(crate) fn add(&mut self, chain: ChainId, head: Head, now: Timestamp) {
        self.uncovered.insert(chain, head);
        self.since.get_or_insert(now);
    }

    /// The heads to anchor now.
    pub(crate) fn take(&mut self) -> BTreeMap<ChainId, Head> {
        self.since = None;
        std::mem::take(&mut self.uncovered)
    }
}

/// The rows of [`AUDIT_ANCHOR`] for an anchoring.
pub(crate) fn anchor_rows(
    heads: &BTreeMap<ChainId, Head>,
    now: Timestamp,
) -> impl Iterator<Item = (RowKey, Vec<Value>)> {
    heads.iter().map(move |((tenant, chain), head)| {
        let key = vec![Value::Integer((*chain).into()), number(head.sequence)];
        let mut row = key.clone();
        row.extend([head.hash.to_vec().into(), now.into()]);
        (RowKey::new(&AUDIT_ANCHOR, *tenant, key), row)
    })
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: Timestamp,
    heads: Vec<LineHead>,
    previous: String,
}

#[derive(Serialize, Deserialize)]
struct LineHead {
    tenant: TenantId,
    partition: u16,
    sequence: u64,
    hash: String,
}

/// The line for an anchoring that follows the line whose hash is `previous`, and its own hash.
pub(crate) fn line(
    heads: &BTreeMap<ChainId, Head>,
    previous: [u8; 32],
    at: Timestamp,
) -> (String, [u8; 32]) {
    let heads = heads.iter().map(|((tenant, partition), head)| LineHead {
        tenant: *tenant,
        partition: *partition,
        sequence: head.sequence,
        hash: hex(&head.hash),
    });
    let line = Line {
        at,
        heads: heads.collect(),
        previous: hex(&previous),
    };
    let text = CanonicalJson::of(&line).expect("its numbers are whole");
    let hash = sha256(&[text.as_str().as_bytes()]);
    (format!("{text}\n"), hash)
}

/// What the anchor file says.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    /// What the hashes of records were.
    pub(crate) heads: BTreeMap<ChainId, BTreeMap<u64, [u8; 32]>>,
    /// How many there are.
    pub(crate) count: u64,
    /// Where the file was changed.
    pub(crate) faults: Vec<AuditFault>,
    /// The hash of the last line, which the next one names.
    pub(crate) last: [u8; 32],
    /// The length of what is whole.
    pub(crate) whole: usize,
}

impl Anchors {
    /// Reads the text of an anchor file.
    pub(crate) fn read(text: &str) -> Self {
        let mut anchors = Self::default();
        for text in text.split_inclusive('\n') {
            let Some(written) = text.strip_suffix('\n') else {
                break;
            };
            anchors.whole += text.len();
            anchors.take(written);
        }
        anchors
    }

    fn take(&mut self, text: &str) {
        let line = serde_json::from_str::<Line>(text).ok();
        let follows = line
            .as_ref()
            .is_some_and(|line| unhex(&line.previous) == Some(self.last));
        if !follows {
            let first = line.as_ref().and_then(|line| line.heads.first());
            self.faults.push(AuditFault {
                tenant: first.map_or(TenantId::DEFAULT, |it| it.tenant),
                partition: first.map_or(0, |it| it.partition),
                sequence: first.map_or(0, |it| it.sequence),
                kind: AuditFaultKind::AnchorChanged,
            });
        }
        self.last = sha256(&[text.as_bytes()]);
        for head in line.into_iter().flat_map(|line| line.heads) {
            let Some(hash) = unhex(&head.hash) else {
                continue;
            };
            let chain = self.heads.entry((head.tenant, head.partition));
            // The first word about a place counts: a later one that differs is about a chain that was written anew.
            let place = chain.or_default().entry(head.sequence);
            place.or_insert(hash);
            self.count += 1;
        }
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).map(|value| value as u8))
        .collect();
    let bytes: Vec<u8> = digits?
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> String {
        let mut text = String::new();
        let mut last = [0; 32];
        for sequence in 1..=3 {
            let hash = [sequence as u8; 32];
            let head = Head { sequence, hash };
            let heads = BTreeMap::from([((TenantId::DEFAULT, 1), head)]);
            let (line, hash) = line(&heads, last, Timestamp::from_micros(5));
            text += &line;
            last = hash;
        }
        text
    }

    #[test]
    fn reads_what_it_wrote() {
        let anchors = Anchors::read(&file());
        assert_eq!((anchors.count, anchors.faults.len()), (3, 0));
        assert_eq!(anchors.heads[&(TenantId::DEFAULT, 1)][&2], [2; 32]);
        assert_eq!(anchors.whole, file().len());
    }

    #[test]
    fn a_line_that_was_not_finished_is_passed_over() {
        let torn = format!("{}{{\"at\":5,\"hea", file());
        let anchors = Anchors::read(&torn);
        assert_eq!((anchors.count, anchors.faults.len()), (3, 0));
        assert_eq!(anchors.whole, file().len());
    }

    #[test]
    fn a_changed_or_removed_line_shows_in_the_next() {
        let text = file();
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        let changed = text.replacen("\"sequence\":2", "\"sequence\":9", 1);
        for damaged in [lines[1..].concat(), [lines[0], lines[2]].concat(), changed] {
            let faults = Anchors::read(&damaged).faults;
            assert!(!faults.is_empty(), "{damaged}");
            assert_eq!(faults[0].kind, AuditFaultKind::AnchorChanged);
        }
    }
}
