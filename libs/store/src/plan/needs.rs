//! Which rows a batch depends on.

use std::collections::BTreeSet;

use medcover_kernel::{MessageId, TenantId};

use super::{LOG_COUNTER, MESSAGE_COUNTER, audit, counter_key};
use crate::cell::RowKey;
use crate::core_tables::{CHECKPOINT, DEAD_LETTER, INBOX, MESSAGE, SERVICE, STREAM};
use crate::rows::answer_key;
use crate::{Append, Change, DeadLetterChange, InboxMark, StreamId};

/// The rows that an engine has to fetch before [`plan`](super::plan). One that is not there is left out of the answer.
pub(crate) fn needs(batch: &[&Append]) -> BTreeSet<RowKey> {
    let mut needs = BTreeSet::from([counter_key(LOG_COUNTER)]);
    for append in batch {
        add(append, &mut needs);
    }
    needs
}

fn add(append: &Append, needs: &mut BTreeSet<RowKey>) {
    let tenant = append.context.tenant;
    needs.extend(append.answer.iter().map(|(scope, _)| answer_key(scope)));
    needs.extend(append.inbox.iter().map(|mark| inbox_key(tenant, mark)));
    let read = append.reads.iter().map(|read| &read.stream);
    let written = append.writes.iter().map(|write| &write.stream);
    needs.extend(read.chain(written).map(|it| stream_key(tenant, it)));
    needs.extend(
        append
            .checkpoint
            .iter()
            .map(|step| checkpoint_key(&step.consumer)),
    );
    // A row that is put or removed as a whole does not depend on what it was.
    let patched = append
        .rows
        .iter()
        .filter(|row| matches!(row.change, Change::Patch { .. }));
    needs.extend(patched.map(|row| RowKey::new(row.table, row.tenant, row.key.clone())));
    needs.extend(
        append
            .settle
            .iter()
            .map(|it| message_key(tenant, it.message)),
    );
    for message in append.outbox.iter().map(|message| message.id) {
        needs.extend([
            message_key(tenant, message),
            dead_letter_key(tenant, message),
        ]);
    }
    for change in &append.dead_letters {
        let (DeadLetterChange::Replay(id) | DeadLetterChange::Discard(id)) = change;
        needs.insert(dead_letter_key(tenant, *id));
    }
    if !append.outbox.is_empty() {
        needs.insert(counter_key(MESSAGE_COUNTER));
    }
    needs.extend(
        append
            .audit
            .iter()
            .map(|entry| audit::head_key(tenant, audit::chain_of_entry(entry))),
    );
}

/// Where the version of a stream stands.
pub(crate) fn stream_key(tenant: TenantId, stream: &StreamId) -> RowKey {
    let key = vec![stream.kind.as_ref().into(), stream.id.into()];
    RowKey::new(&STREAM, tenant, key)
}

/// Where the checkpoint of a consumer stands.
pub(crate) fn checkpoint_key(consumer: &str) -> RowKey {
    RowKey::new(&CHECKPOINT, SERVICE, vec![consumer.into()])
}

pub(super) fn inbox_key(tenant: TenantId, mark: &InboxMark) -> RowKey {
    let key = vec![mark.consumer.as_ref().into(), mark.event.as_uuid().into()];
    RowKey::new(&INBOX, tenant, key)
}

pub(super) fn message_key(tenant: TenantId, message: MessageId) -> RowKey {
    RowKey::new(&MESSAGE, tenant, vec![message.as_uuid().into()])
}

pub(super) fn dead_letter_key(tenant: TenantId, message: MessageId) -> RowKey {
    RowKey::new(&DEAD_LETTER, tenant, vec![message.as_uuid().into()])
}
