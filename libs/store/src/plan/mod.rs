//! What a batch of commits does, decided once for every engine.
//!
//! An engine checks each commit ([`check`]), fetches the rows that a batch depends on ([`needs`]), lets [`plan`] decide in
//! the order of the batch, and writes what the [`Plan`] says. A commit that is refused leaves nothing behind and does not
//! disturb its neighbours; one that relies on an earlier one of the same batch sees what that has done.

mod audit;
mod check;
mod claim;
mod draft;
mod needs;
mod queue;
mod rows;

use std::collections::BTreeMap;

use medcover_kernel::Timestamp;

use crate::cell::{Cells, RowKey, number};
use crate::core_tables::{CHECKPOINT, COUNTER, INBOX, SERVICE, STREAM};
use crate::rows::{answer, answer_key, snapshot_key};
use crate::{
    Answer, AnswerScope, Append, CommitError, Event, InboxMark, Name, Position, Receipt, Recorded,
    Snapshot, StreamId, Value, Version, limits,
};

pub(crate) use audit::chain_of;
pub(crate) use check::{check, value_fault};
pub(crate) use claim::{Candidates, choose};
use draft::Draft;
pub(crate) use draft::Heads;
pub(crate) use needs::{checkpoint_key, needs, stream_key};

/// The counter that gives out positions of the log.
pub(crate) const LOG_COUNTER: &str = "log";
/// The counter that gives out the order of messages.
const MESSAGE_COUNTER: &str = "message";
/// The counter that gives out the tokens of deliveries.
pub(crate) const DELIVERY_COUNTER: &str = "delivery";

/// What an engine has to write, and to answer.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What each commit of the batch is answered, in order.
    pub(crate) outcomes: Vec<Result<Receipt, CommitError>>,
    /// New events, in the order of their positions.
    pub(crate) events: Vec<Recorded>,
    /// The rows that change, as they are afterwards; `None` is gone.
    pub(crate) rows: BTreeMap<RowKey, Option<Vec<Value>>>,
    /// Whether there may be new work in the queues.
    pub(crate) sent: bool,
}

/// Decides about `batch`, one commit after the other, at the moment `now`.
pub(crate) fn plan(batch: &[&Append], heads: &mut Heads, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for append in batch {
        let mut draft = Draft::on(heads);
        let outcome = decide(append, &mut draft, now);
        if outcome.is_ok() {
            let changes = draft.finish();
            plan.events.extend(changes.events);
            plan.sent |= changes.sent;
            heads.take(changes.rows);
        }
        plan.outcomes.push(outcome);
    }
    plan.rows = heads.changed();
    plan
}

fn decide(append: &Append, draft: &mut Draft<'_>, now: Timestamp) -> Result<Receipt, CommitError> {
    let context = &append.context;
    // The answer comes first: who repeats a request must learn of it rather than of the conflict that it would meet.
    if let Some((scope, answer)) = &append.answer {
        keep_answer(scope, answer, draft, now)?;
    }
    for mark in &append.inbox {
        mark_handled(context.tenant, mark, draft, now)?;
    }
    for settlement in &append.settle {
        queue::settle(context.tenant, settlement, draft, now)?;
    }
    for read in &append.reads {
        expect_version(append, &read.stream, read.version, draft)?;
    }
    let versions = write_streams(append, draft, now)?;
    if let Some(step) = &append.checkpoint {
        move_checkpoint(&step.consumer, step.from, step.to, draft)?;
    }
    for change in &append.rows {
        rows::apply(change, draft)?;
    }
    for message in &append.outbox {
        queue::send(context, message, draft, now)?;
    }
    for change in &append.dead_letters {
        queue::change_dead_letter(context.tenant, change, draft, now)?;
    }
    for snapshot in &append.snapshots {
        keep_snapshot(context.tenant, snapshot, draft);
    }
    for entry in &append.audit {
        audit::record(context, entry, draft, now)?;
    }
    let position = Position::new(draft.counter(LOG_COUNTER)?);
    Ok(Receipt {
        position,
        versions,
        recorded_at: now,
    })
}

fn expect_version(
    append: &Append,
    stream: &StreamId,
    expected: Version,
    draft: &Draft<'_>,
) -> Result<(), CommitError> {
    let found = version(draft.row(&stream_key(append.context.tenant, stream)))?;
    if found == expected {
        return Ok(());
    }
    let stream = stream.clone();
    Err(CommitError::Conflict {
        stream,
        expected,
        found,
    })
}

/// The version that a row of [`STREAM`] states.
pub(crate) fn version(row: Option<&[Value]>) -> Result<Version, crate::Corrupt> {
    let Some(row) = row else {
        return Ok(Version::NONE);
    };
    let mut cells = Cells::of(&STREAM, row);
    cells.text()?;
    cells.id()?;
    cells.number().map(Version::new)
}

fn write_streams(
    append: &Append,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<Vec<Version>, CommitError> {
    let mut versions = Vec::with_capacity(append.writes.len());
    for write in &append.writes {
        expect_version(append, &write.stream, write.expected, draft)?;
        let reached = write.expected.plus(write.events.len() as u64);
        let row = vec![
            write.stream.kind.as_ref().into(),
            write.stream.id.into(),
            number(reached.get()),
        ];
        draft.put(stream_key(append.context.tenant, &write.stream), row);
        versions.push(reached);
    }
    for event in append.events() {
        record(event, draft, now)?;
    }
    Ok(versions)
}

fn record(event: Event, draft: &mut Draft<'_>, now: Timestamp) -> Result<(), CommitError> {
    let position = Position::new(draft.count(LOG_COUNTER)?);
    draft.record(Recorded {
        position,
        recorded_at: now,
        event,
    });
    Ok(())
}

fn keep_answer(
    scope: &AnswerScope,
    new: &Answer,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<(), CommitError> {
    let key = answer_key(scope);
    if let Some(row) = draft.row(&key)
        && answer(row, now)?.is_some()
    {
        return Err(CommitError::AnswerTaken);
    }
    let mut row = key.key.clone();
    row.extend([
        new.fingerprint.to_vec().into(),
        Value::Integer(new.status.into()),
        new.body.clone().into(),
        now.plus(limits::ANSWER_KEPT).into(),
    ]);
    draft.put(key, row);
    Ok(())
}

fn mark_handled(
    tenant: medcover_kernel::TenantId,
    mark: &InboxMark,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<(), CommitError> {
    let key = needs::inbox_key(tenant, mark);
    if draft.row(&key).is_some() {
        return Err(CommitError::AlreadyHandled {
            consumer: mark.consumer.clone(),
            event: mark.event,
        });
    }
    let mut row = key.key.clone();
    row.push(now.into());
    debug_assert_eq!(row.len(), INBOX.all().count());
    draft.put(key, row);
    Ok(())
}

fn move_checkpoint(
    consumer: &Name,
    from: Position,
    to: Position,
    draft: &mut Draft<'_>,
) -> Result<(), CommitError> {
    let key = checkpoint_key(consumer);
    let found = checkpoint(draft.row(&key))?;
    if found != from {
        let consumer = consumer.clone();
        return Err(CommitError::CheckpointMoved { consumer, found });
    }
    draft.put(key, vec![consumer.as_ref().into(), number(to.get())]);
    Ok(())
}

/// The position that a row of [`CHECKPOINT`] states.
pub(crate) fn checkpoint(row: Option<&[Value]>) -> Result<Position, crate::Corrupt> {
    let Some(row) = row else {
        return Ok(Position::NONE);
    };
    let mut cells = Cells::of(&CHECKPOINT, row);
    cells.text()?;
    cells.number().map(Position::new)
}

fn keep_snapshot(tenant: medcover_kernel::TenantId, snapshot: &Snapshot, draft: &mut Draft<'_>) {
    let key = snapshot_key(tenant, &snapshot.stream, snapshot.reducer);
    let mut row = key.key.clone();
    row.extend([
        number(snapshot.version.get()),
        snapshot.state.clone().into(),
    ]);
    draft.put(key, row);
}

/// Where a counter stands.
pub(crate) fn counter_key(name: &str) -> RowKey {
    RowKey::new(&COUNTER, SERVICE, vec![name.into()])
}

#[cfg(test)]
mod tests;
