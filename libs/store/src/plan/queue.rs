//! What commits do to messages.

use medcover_kernel::{TenantId, Timestamp};

use super::draft::Draft;
use super::needs::{dead_letter_key, message_key};
use super::{MESSAGE_COUNTER, check::shown};
use crate::rows::{dead_letter, dead_letter_row, message, message_row};
use crate::{
    CommitError, Context, DeadLetter, DeadLetterChange, NewMessage, Outcome, QueuedMessage,
    Settlement,
};

pub(super) fn send(
    context: &Context,
    new: &NewMessage,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<(), CommitError> {
    let key = message_key(context.tenant, new.id);
    let known = draft.row(&key).is_some()
        || draft
            .row(&dead_letter_key(context.tenant, new.id))
            .is_some();
    if known {
        return Ok(());
    }
    let message = QueuedMessage {
        id: new.id,
        queue: new.queue.clone(),
        sequence: draft.count(MESSAGE_COUNTER)?,
        key: new.key.clone(),
        payload: new.payload.clone(),
        context: context.clone(),
        sent_at: now,
        available_at: new.not_before.unwrap_or(now),
        attempts: 0,
        token: 0,
        worker: None,
        failure: None,
    };
    draft.put(key, message_row(&message));
    draft.work_is_due();
    Ok(())
}

pub(super) fn settle(
    tenant: TenantId,
    settlement: &Settlement,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<(), CommitError> {
    let key = message_key(tenant, settlement.message);
    let held = match draft.row(&key) {
        Some(row) => Some(message(tenant, row)?),
        None => None,
    };
    // A lease that has run out still counts as long as nobody else has claimed the message.
    let Some(mut held) = held.filter(|held| held.token == settlement.token && held.token > 0)
    else {
        return Err(CommitError::StaleDelivery {
            message: settlement.message,
        });
    };
    match &settlement.outcome {
        Outcome::Done => {
            // Another message of the same key may be next.
            draft.work_is_due();
            draft.delete(key);
        }
        Outcome::Extended { until } => {
            held.available_at = *until;
            draft.put(key, message_row(&held));
        }
        Outcome::Retry { at, reason } => {
            give_back(&mut held, *at, reason);
            draft.put(key, message_row(&held));
            draft.work_is_due();
        }
        Outcome::Left { at, reason } => {
            give_back(&mut held, *at, reason);
            held.attempts = held.attempts.saturating_sub(1);
            draft.put(key, message_row(&held));
            draft.work_is_due();
        }
        Outcome::Dead { reason } => {
            held.worker = None;
            let letter = DeadLetter {
                message: held,
                reason: shown(reason),
                died_at: now,
            };
            draft.put(
                dead_letter_key(tenant, settlement.message),
                dead_letter_row(&letter),
            );
            draft.delete(key);
            draft.work_is_due();
        }
    }
    Ok(())
}

fn give_back(held: &mut QueuedMessage, at: Timestamp, reason: &str) {
    held.available_at = at;
    held.worker = None;
    held.failure = Some(shown(reason));
    // What this delivery was given settles it once.
    held.token = 0;
}

pub(super) fn change_dead_letter(
    tenant: TenantId,
    change: &DeadLetterChange,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<(), CommitError> {
    let (DeadLetterChange::Replay(id) | DeadLetterChange::Discard(id)) = *change;
    let key = dead_letter_key(tenant, id);
    let Some(row) = draft.row(&key) else {
        return Err(CommitError::NoDeadLetter { message: id });
    };
    let letter = dead_letter(tenant, row)?;
    draft.delete(key);
    if matches!(change, DeadLetterChange::Replay(_)) {
        let again = QueuedMessage {
            available_at: now,
            attempts: 0,
            token: 0,
            failure: Some(letter.reason),
            ..letter.message
        };
        draft.put(message_key(tenant, id), message_row(&again));
        draft.work_is_due();
    }
    Ok(())
}
