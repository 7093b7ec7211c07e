//! How events, messages, answers and snapshots stand in their tables.

use std::borrow::Cow;

use medcover_kernel::{CorrelationId, EventId, MessageId, TenantId};

use crate::cell::{Cells, RowKey, number};
use crate::core_tables::{ANSWER, DEAD_LETTER, LOG, MESSAGE, SNAPSHOT};
use crate::{
    Answer, AnswerScope, Context, Corrupt, DeadLetter, Delivery, Event, Position, QueuedMessage,
    Recorded, Snapshot, StreamId, Value, Version,
};

/// The values of [`LOG`] for an event.
pub(crate) fn log_row(recorded: &Recorded) -> Vec<Value> {
    let event = &recorded.event;
    vec![
        number(recorded.position.get()),
        event.stream.kind.as_ref().into(),
        event.stream.id.into(),
        number(event.version.get()),
        event.id.as_uuid().into(),
        event.kind.as_ref().into(),
        Value::Integer(event.schema.into()),
        event.occurred_at.into(),
        recorded.recorded_at.into(),
        event.actor.to_string().into(),
        event.purpose.as_str().into(),
        event.correlation.as_uuid().into(),
        event.causation.map(|id| id.as_uuid()).into(),
        event.traceparent.clone().into(),
        event.payload.clone().into(),
    ]
}

/// The event that a row of [`LOG`] holds.
pub(crate) fn recorded(tenant: TenantId, row: &[Value]) -> Result<Recorded, Corrupt> {
    let mut cells = Cells::of(&LOG, row);
    let position = Position::new(cells.number()?);
    let stream = StreamId::new(Cow::Owned(cells.owned()?), cells.id()?);
    let version = Version::new(cells.number()?);
    let id = EventId::from_uuid(cells.id()?);
    let kind = Cow::Owned(cells.owned()?);
    let schema = cells.number()?;
    let occurred_at = cells.moment()?;
    let recorded_at = cells.moment()?;
    let event = Event {
        tenant,
        stream,
        version,
        id,
        kind,
        schema,
        occurred_at,
        actor: cells.parsed()?,
        purpose: cells.parsed()?,
        correlation: CorrelationId::from_uuid(cells.id()?),
        causation: cells.maybe(Cells::id)?.map(EventId::from_uuid),
        traceparent: cells.maybe(Cells::owned)?,
        payload: cells.json()?,
    };
    Ok(Recorded {
        position,
        recorded_at,
        event,
    })
}

/// The values of [`MESSAGE`] for a message.
pub(crate) fn message_row(message: &QueuedMessage) -> Vec<Value> {
    let context = &message.context;
    vec![
        message.id.as_uuid().into(),
        message.queue.as_ref().into(),
        number(message.sequence),
        message.key.clone().into(),
        message.payload.clone().into(),
        context.actor.to_string().into(),
        context.purpose.as_str().into(),
        context.correlation.as_uuid().into(),
        context.causation.map(|id| id.as_uuid()).into(),
        context.traceparent.clone().into(),
        message.sent_at.into(),
        message.available_at.into(),
        Value::Integer(message.attempts.into()),
        number(message.token),
        message.worker.as_deref().map(Value::from).into(),
        message.failure.clone().into(),
    ]
}

fn read_message(tenant: TenantId, cells: &mut Cells<'_>) -> Result<QueuedMessage, Corrupt> {
    Ok(QueuedMessage {
        id: MessageId::from_uuid(cells.id()?),
        queue: Cow::Owned(cells.owned()?),
        sequence: cells.number()?,
        key: cells.maybe(Cells::owned)?,
        payload: cells.json()?,
        context: Context {
            tenant,
            actor: cells.parsed()?,
            purpose: cells.parsed()?,
            correlation: CorrelationId::from_uuid(cells.id()?),
            causation: cells.maybe(Cells::id)?.map(EventId::from_uuid),
            traceparent: cells.maybe(Cells::owned)?,
        },
        sent_at: cells.moment()?,
        available_at: cells.moment()?,
        attempts: cells.number()?,
        token: cells.number()?,
        worker: cells.maybe(Cells::owned)?.map(Cow::Owned),
        failure: cells.maybe(Cells::owned)?,
    })
}

/// The message that a row of [`MESSAGE`] holds.
pub(crate) fn message(tenant: TenantId, row: &[Value]) -> Result<QueuedMessage, Corrupt> {
    read_message(tenant, &mut Cells::of(&MESSAGE, row))
}

/// The values of [`DEAD_LETTER`] for a message that is set aside.
pub(crate) fn dead_letter_row(letter: &DeadLetter) -> Vec<Value> {
    let mut row = message_row(&letter.message);
    row.extend([letter.reason.as_str().into(), letter.died_at.into()]);
    row
}

/// The message that a row of [`DEAD_LETTER`] holds.
pub(crate) fn dead_letter(tenant: TenantId, row: &[Value]) -> Result<DeadLetter, Corrupt> {
    let mut cells = Cells::of(&DEAD_LETTER, row);
    Ok(DeadLetter {
        message: read_message(tenant, &mut cells)?,
        reason: cells.owned()?,
        died_at: cells.moment()?,
    })
}

/// A message as it is given to the worker that has claimed it.
pub(crate) fn delivery(message: QueuedMessage) -> Delivery {
    Delivery {
        id: message.id,
        queue: message.queue,
        token: message.token,
        attempt: message.attempts,
        key: message.key,
        payload: message.payload,
        context: message.context,
        sent_at: message.sent_at,
        leased_until: message.available_at,
    }
}

/// Where an answer stands.
pub(crate) fn answer_key(scope: &AnswerScope) -> RowKey {
    let key = vec![
        scope.caller.to_string().into(),
        scope.route.as_ref().into(),
        scope.key.as_str().into(),
    ];
    RowKey::new(&ANSWER, scope.tenant, key)
}

/// The answer that a row of [`ANSWER`] holds, unless its time has passed.
pub(crate) fn answer(
    row: &[Value],
    now: medcover_kernel::Timestamp,
) -> Result<Option<Answer>, Corrupt> {
    let mut cells = Cells::of(&ANSWER, row);
    for _ in ANSWER.key {
        cells.text()?;
    }
    let answer = Answer {
        fingerprint: cells.hash()?,
        status: cells.number()?,
        body: cells.json()?,
    };
    Ok((cells.moment()? > now).then_some(answer))
}

/// Where the snapshot of a stream stands.
pub(crate) fn snapshot_key(tenant: TenantId, stream: &StreamId, reducer: u32) -> RowKey {
    let key = vec![
        stream.kind.as_ref().into(),
        stream.id.into(),
        Value::Integer(reducer.into()),
    ];
    RowKey::new(&SNAPSHOT, tenant, key)
}

/// The snapshot that a row of [`SNAPSHOT`] holds.
pub(crate) fn snapshot(row: &[Value]) -> Result<Snapshot, Corrupt> {
    let mut cells = Cells::of(&SNAPSHOT, row);
    Ok(Snapshot {
        stream: StreamId::new(Cow::Owned(cells.owned()?), cells.id()?),
        reducer: cells.number()?,
        version: Version::new(cells.number()?),
        state: cells.json()?,
    })
}
