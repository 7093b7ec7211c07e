//! How records are added to the audit chains.

use medcover_kernel::{TenantId, Timestamp};
use uuid::Uuid;

use super::draft::Draft;
use crate::audit::chain::{self, Head};
use crate::cell::{RowKey, number};
use crate::core_tables::{AUDIT, AUDIT_HEAD};
use crate::{AuditEntry, AuditRecord, CommitError, Context, Value, limits};

/// The chain that holds the records about a person.
pub(crate) fn chain_of(data_subject: Uuid) -> u16 {
    place(data_subject.as_bytes())
}

/// The chain that an entry goes to: that of the person it is about, else that of its subject.
pub(super) fn chain_of_entry(entry: &AuditEntry) -> u16 {
    entry
        .data_subject
        .map_or_else(|| place(entry.subject.as_bytes()), chain_of)
}

fn place(bytes: &[u8]) -> u16 {
    let hash = chain::sha256(&[bytes]);
    u16::from_be_bytes([hash[0], hash[1]]) % limits::AUDIT_PARTITIONS
}

pub(super) fn head_key(tenant: TenantId, chain: u16) -> RowKey {
    RowKey::new(&AUDIT_HEAD, tenant, vec![Value::Integer(chain.into())])
}

pub(super) fn record(
    context: &Context,
    entry: &AuditEntry,
    draft: &mut Draft<'_>,
    at: Timestamp,
) -> Result<(), CommitError> {
    let tenant = context.tenant;
    let partition = chain_of_entry(entry);
    let head_key = head_key(tenant, partition);
    let head = Head::read(draft.row(&head_key))?;
    let record = AuditRecord {
        tenant,
        partition,
        sequence: head.sequence + 1,
        recorded_at: at,
        actor: context.actor.clone(),
        purpose: context.purpose,
        correlation: context.correlation,
        entry: entry.clone(),
    };
    let text = record.canonical();
    let hash = chain::link(&head.hash, &text);
    let place = vec![Value::Integer(partition.into()), number(record.sequence)];
    let row = [
        &place[..],
        &[entry.data_subject.into(), text.into(), hash.to_vec().into()],
    ]
    .concat();
    draft.put(RowKey::new(&AUDIT, tenant, place), row);
    let new_head = vec![
        Value::Integer(partition.into()),
        number(record.sequence),
        hash.to_vec().into(),
    ];
    draft.put(head_key, new_head);
    Ok(())
}
