//! What is to happen once: answers, handled events, steps along the log.

use medcover_kernel::{TenantId, Timestamp};

use super::draft::Draft;
use super::needs::{checkpoint_key, inbox_key};
use crate::cell::{Cells, number};
use crate::core_tables::CHECKPOINT;
use crate::rows::{answer, answer_key};
use crate::{
    Answer, AnswerScope, CheckpointMove, CommitError, Corrupt, InboxMark, Position, Value, limits,
};

pub(super) fn keep_answer(
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

pub(super) fn mark_handled(
    tenant: TenantId,
    mark: &InboxMark,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<(), CommitError> {
    let key = inbox_key(tenant, mark);
    if draft.row(&key).is_some() {
        return Err(CommitError::AlreadyHandled {
            consumer: mark.consumer.clone(),
            event: mark.event,
        });
    }
    let mut row = key.key.clone();
    row.push(now.into());
    draft.put(key, row);
    Ok(())
}

pub(super) fn move_checkpoint(
    step: &CheckpointMove,
    draft: &mut Draft<'_>,
) -> Result<(), CommitError> {
    let key = checkpoint_key(&step.consumer);
    let found = checkpoint(draft.row(&key))?;
    if found != step.from {
        let consumer = step.consumer.clone();
        return Err(CommitError::CheckpointMoved { consumer, found });
    }
    draft.put(
        key,
        vec![step.consumer.as_ref().into(), number(step.to.get())],
    );
    Ok(())
}

/// The position that a row of [`CHECKPOINT`] states.
pub(crate) fn checkpoint(row: Option<&[Value]>) -> Result<Position, Corrupt> {
    let Some(row) = row else {
        return Ok(Position::NONE);
    };
    let mut cells = Cells::of(&CHECKPOINT, row);
    cells.text()?;
    cells.number().map(Position::new)
}
