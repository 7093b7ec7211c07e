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
mod once;
mod queue;
mod rows;
mod streams;

use std::collections::BTreeMap;

use medcover_kernel::Timestamp;

use crate::cell::RowKey;
use crate::core_tables::{COUNTER, SERVICE};
use crate::{Append, CommitError, Position, Receipt, Recorded, Value};

pub(crate) use audit::chain_of;
pub(crate) use check::{check, check_claim, value_fault};
pub(crate) use claim::{Candidates, choose};
use draft::Draft;
pub(crate) use draft::Heads;
pub(crate) use needs::{checkpoint_key, needs, stream_key};
pub(crate) use once::checkpoint;
pub(crate) use streams::version;

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
        once::keep_answer(scope, answer, draft, now)?;
    }
    for mark in &append.inbox {
        once::mark_handled(context.tenant, mark, draft, now)?;
    }
    for settlement in &append.settle {
        queue::settle(context.tenant, settlement, draft, now)?;
    }
    for read in &append.reads {
        streams::expect_version(append, &read.stream, read.version, draft)?;
    }
    let versions = streams::write(append, draft, now)?;
    if let Some(step) = &append.checkpoint {
        once::move_checkpoint(step, draft)?;
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
        streams::keep_snapshot(context.tenant, snapshot, draft);
    }
    for entry in &append.audit {
        audit::record(context, entry, draft, append.audited_at.unwrap_or(now))?;
    }
    let position = Position::new(draft.counter(LOG_COUNTER)?);
    Ok(Receipt {
        position,
        versions,
        recorded_at: now,
    })
}

/// Where a counter stands.
pub(crate) fn counter_key(name: &str) -> RowKey {
    RowKey::new(&COUNTER, SERVICE, vec![name.into()])
}

#[cfg(test)]
mod tests;
