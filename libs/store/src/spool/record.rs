//! What stands in a file of the spool, as bytes.
//!
//! A record is a head of eight bytes (the length of its body and a check of that, both big-endian), the hash of its body after
//! the hash of the record before it, and the body, which is canonical JSON. Whoever is killed while writing leaves a beginning
//! of what was to be written, so a record without its end is one that nobody was told of; anything else that does not fit was
//! changed.

use medcover_kernel::{Caller, CorrelationId, Purpose, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit::chain::sha256;
use crate::{Append, AuditEntry, AuditOutcome, CanonicalError, CanonicalJson, Context, StreamId};

/// The longest body: far more than the audit of a page of records takes.
pub(super) const RECORD_BYTES: usize = 1024 * 1024;
/// The consumer under whose name the database remembers what has come from a spool.
pub(super) const CONSUMER: &str = "audit-spool";

const HEAD_BYTES: usize = 8;
const HASH_BYTES: usize = 32;

/// A hash of a record, of all zeros before the first.
pub(super) type Hash = [u8; HASH_BYTES];

/// A record as it is hashed. Its fields must not change: files that wait are read by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spooled {
    /// Which file it was written to.
    pub(super) spool: Uuid,
    /// Its place there, from 1.
    pub(super) sequence: u64,
    /// When.
    pub(super) at: Timestamp,
    pub(super) tenant: TenantId,
    actor: String,
    purpose: String,
    correlation: CorrelationId,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    action: String,
    subject: String,
    data_subject: Option<Uuid>,
    outcome: AuditOutcome,
    details: Value,
}

/// What a file has.
#[derive(Debug, PartialEq)]
pub(super) struct Contents {
    /// What is whole, in order.
    pub(super) records: Vec<Spooled>,
    /// How many bytes that is.
    pub(super) whole: usize,
    /// What comes after it.
    pub(super) end: End,
}

/// What comes after the last whole record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing.
    Clean,
    /// The beginning of a record that was being written.
    Torn,
    /// What no process has written so: this is why.
    Damaged(String),
}

impl Spooled {
    /// What `append` says in the audit trail, at a place that is not given yet.
    pub(super) fn of(append: &Append, at: Timestamp) -> Result<Self, CanonicalError> {
        let Context {
            tenant,
            actor,
            purpose,
            correlation,
            ..
        } = &append.context;
        let entries = append.audit.iter().map(|entry| {
            Ok(Entry {
                action: entry.action.to_string(),
                subject: entry.subject.clone(),
                data_subject: entry.data_subject,
                outcome: entry.outcome,
                details: entry.details.read()?,
            })
        });
        Ok(Self {
            spool: Uuid::nil(),
            sequence: 0,
            at,
            tenant: *tenant,
            actor: actor.to_string(),
            purpose: purpose.to_string(),
            correlation: *correlation,
            entries: entries.collect::<Result<_, CanonicalError>>()?,
        })
    }

    /// The same at this place.
    pub(super) fn placed(self, spool: Uuid, sequence: u64) -> Self {
        Self {
            spool,
            sequence,
            ..self
        }
    }

    /// The same in the audit trail of the database: as of its own moment, with a word about where it comes from, and once.
    pub(super) fn append(&self) -> Result<Append, String> {
        let actor: Caller = self.actor.parse().map_err(|_| "an unknown actor")?;
        let purpose: Purpose = self.purpose.parse().map_err(|_| "an unknown purpose")?;
        let number = self.sequence.to_string();
        let mark = StreamId::of_key(CONSUMER, &[&self.spool.to_string(), &number]);
        let mut append = Append::new(Context {
            tenant: self.tenant,
            actor,
            purpose,
            correlation: self.correlation,
            causation: None,
            traceparent: None,
        })
        .handled(CONSUMER, medcover_kernel::EventId::from_uuid(mark.id));
        append.audited_at = Some(self.at);
        for entry in &self.entries {
            append.audit.push(AuditEntry {
                action: entry.action.clone().into(),
                subject: entry.subject.clone(),
                data_subject: entry.data_subject,
                outcome: entry.outcome,
                details: self
                    .explained(&entry.details)
                    .map_err(|it| it.to_string())?,
            });
        }
        Ok(append)
    }

    fn explained(&self, details: &Value) -> Result<CanonicalJson, CanonicalError> {
        let mut details = details.clone();
        let from = json!({"id": self.spool, "sequence": self.sequence});
        match details.as_object_mut() {
            Some(members) => {
                members.insert("spool".to_owned(), from);
            }
            None => details = json!({"details": details, "spool": from}),
        }
        CanonicalJson::of_value(&details)
    }

    /// Its bytes after the record whose hash is `previous`, and its own hash.
    pub(super) fn frame(&self, previous: &Hash) -> Result<(Vec<u8>, Hash), String> {
        let body = CanonicalJson::of(self).map_err(|error| error.to_string())?;
        let body = body.as_str().as_bytes();
        if body.len() > RECORD_BYTES {
            return Err(format!(
                "a record has {} bytes, more than {RECORD_BYTES}",
                body.len()
            ));
        }
        let hash = sha256(&[previous, body]);
        let length = (body.len() as u32).to_be_bytes();
        let frame = [&length[..], &check(length), &hash, body].concat();
        Ok((frame, hash))
    }
}

impl Contents {
    /// Reads the bytes of the file that is called `spool`.
    pub(super) fn read(spool: Uuid, bytes: &[u8]) -> Self {
        let mut contents = Self {
            records: Vec::new(),
            whole: 0,
            end: End::Clean,
        };
        let mut hash = [0; HASH_BYTES];
        while let Some(rest) = bytes.get(contents.whole..).filter(|rest| !rest.is_empty()) {
            let place = contents.records.len() as u64 + 1;
            match next(spool, place, &hash, rest) {
                Ok((record, record_hash, length)) => {
                    contents.records.push(record);
                    contents.whole += length;
                    hash = record_hash;
                }
                Err(end) => {
                    contents.end = end;
                    break;
                }
            }
        }
        contents
    }
}

/// The record at the beginning of `bytes`, its hash and its length with all that belongs to it.
fn next(
    spool: Uuid,
    place: u64,
    previous: &Hash,
    bytes: &[u8],
) -> Result<(Spooled, Hash, usize), End> {
    let damaged = |what: &str| End::Damaged(format!("record {place} {what}"));
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(End::Torn)?;
    let (checked, rest) = rest.split_first_chunk::<4>().ok_or(End::Torn)?;
    if *checked != check(*length) {
        return Err(damaged("has a length that was changed"));
    }
    let length = u32::from_be_bytes(*length) as usize;
    let (hash, rest) = rest.split_first_chunk::<HASH_BYTES>().ok_or(End::Torn)?;
    let body = rest.get(..length).ok_or(End::Torn)?;
    if sha256(&[previous, body]) != *hash {
        return Err(damaged("or the one before it was changed"));
    }
    let record: Spooled =
        serde_json::from_slice(body).map_err(|_| damaged("is not one of this program's"))?;
    if (record.spool, record.sequence) != (spool, place) {
        return Err(damaged("was written for another place"));
    }
    Ok((record, *hash, HEAD_BYTES + HASH_BYTES + length))
}

/// What shows that a length is what was written.
fn check(length: [u8; 4]) -> [u8; 4] {
    let [one, two, three, four, ..] = sha256(&[&length]);
    [one, two, three, four]
}

#[cfg(test)]
mod tests {
    use medcover_kernel::Call;

    use super::*;

    const SPOOL: Uuid = Uuid::from_u128(7);

    fn entry(number: u64) -> AuditEntry {
        AuditEntry {
            action: "patient.read".into(),
            subject: format!("patient/{number}"),
            data_subject: Some(Uuid::from_u128(u128::from(number))),
            outcome: AuditOutcome::Done,
            details: CanonicalJson::of_value(&json!({"number": number})).expect("whole"),
        }
    }

    /// A file of three records, and where each ends.
    fn file() -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends, mut hash) = (Vec::new(), Vec::new(), [0; HASH_BYTES]);
        for sequence in 1..=3 {
            let append = Append::new(Context::of(&Call::for_tests())).audit(entry(sequence));
            let record = Spooled::of(&append, Timestamp::from_micros(5)).expect("canonical");
            let record = record.placed(SPOOL, sequence);
            let (frame, next) = record.frame(&hash).expect("short");
            bytes.extend(frame);
            ends.push(bytes.len());
            hash = next;
        }
        (bytes, ends)
    }

    #[test]
    fn a_file_that_ends_at_any_byte_keeps_each_whole_record_and_is_torn() {
        let (bytes, ends) = file();
        for length in 0..=bytes.len() {
            let contents = Contents::read(SPOOL, &bytes[..length]);
            let whole = ends.iter().filter(|end| **end <= length).count();
            assert_eq!(contents.records.len(), whole, "{length}");
            let clean = length == 0 || ends.contains(&length);
            let end = if clean { End::Clean } else { End::Torn };
            assert_eq!(contents.end, end, "{length}");
            assert_eq!(contents.whole, if whole == 0 { 0 } else { ends[whole - 1] });
        }
    }

    #[test]
    fn a_byte_that_was_changed_is_damage_wherever_it_stands() {
        let (bytes, ends) = file();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let contents = Contents::read(SPOOL, &changed);
            assert!(
                matches!(contents.end, End::Damaged(_)),
                "{place}: {contents:?}"
            );
            // All before it is read, and nothing after it.
            let before = ends.iter().filter(|end| **end <= place).count();
            assert_eq!(contents.records.len(), before, "{place}");
        }
    }

    #[test]
    fn a_record_that_was_left_out_or_written_for_another_file_is_damage() {
        let (bytes, ends) = file();
        let left_out = [&bytes[..ends[0]], &bytes[ends[1]..]].concat();
        let contents = Contents::read(SPOOL, &left_out);
        assert_eq!(contents.records.len(), 1);
        assert!(matches!(contents.end, End::Damaged(_)));
        let other = Contents::read(Uuid::from_u128(8), &bytes);
        assert!(other.records.is_empty());
        assert!(matches!(other.end, End::Damaged(_)));
    }

    #[test]
    fn what_is_relayed_tells_of_its_moment_and_place_and_is_marked_alike_each_time() {
        let (bytes, _) = file();
        let records = Contents::read(SPOOL, &bytes).records;
        let append = records[1].append().expect("it is known");
        assert_eq!(append, records[1].append().expect("again"));
        assert_ne!(append.inbox, records[2].append().expect("another").inbox);
        assert_eq!(append.audited_at, Some(Timestamp::from_micros(5)));
        assert_eq!(
            append.audit[0].details.as_str(),
            format!(r#"{{"number":2,"spool":{{"id":"{SPOOL}","sequence":2}}}}"#)
        );
        let call = Call::for_tests();
        assert_eq!(
            (append.context.tenant, append.context.actor),
            (call.tenant, call.caller)
        );
    }
}
