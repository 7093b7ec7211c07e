//! Events, before and after they are kept.

use medcover_kernel::{Caller, CorrelationId, EventId, Purpose, TenantId, Timestamp, TraceParent};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{CanonicalError, CanonicalJson, Name, Position, StreamId, Version};

/// A type that is the payload of one kind of event, in its latest schema.
pub trait EventPayload: Serialize + DeserializeOwned {
    /// The kind, `noun.past-participle`: `transfer.completed`.
    const KIND: &'static str;
    /// The number of the latest schema, from 1. An older one is brought up by an [`Upcaster`](crate::Upcaster).
    const SCHEMA: u16;
}

/// An event that a decision made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id, unique for ever: consumers know by it what they have handled.
    pub id: EventId,
    /// What happened, such as `transfer.completed`.
    pub kind: Name,
    /// The schema of the payload.
    pub schema: u16,
    /// When it happened, by the decider's clock.
    pub occurred_at: Timestamp,
    /// What there is to say about it; at most [`limits::EVENT_BYTES`](crate::limits::EVENT_BYTES).
    pub payload: CanonicalJson,
}

impl NewEvent {
    /// The event `id` with a typed payload.
    pub fn of<P: EventPayload>(
        id: EventId,
        occurred_at: Timestamp,
        payload: &P,
    ) -> Result<Self, CanonicalError> {
        Ok(Self {
            id,
            kind: P::KIND.into(),
            schema: P::SCHEMA,
            occurred_at,
            payload: CanonicalJson::of(payload)?,
        })
    }
}

/// An event in its stream: all that a projection may look at, since it is the same before and after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whose.
    pub tenant: TenantId,
    /// Of what.
    pub stream: StreamId,
    /// The version that it gave the stream.
    pub version: Version,
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: Name,
    /// The schema of the payload as it stands here, after upcasting.
    pub schema: u16,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Caller,
    /// Why.
    pub purpose: Purpose,
    /// The undertaking it belongs to.
    pub correlation: CorrelationId,
    /// The event that led to it.
    pub causation: Option<EventId>,
    /// The span in which it happened.
    pub traceparent: Option<String>,
    /// What there is to say about it.
    pub payload: CanonicalJson,
}

impl Event {
    /// The payload as a `P`, where the event is of that kind. One of a later schema is not guessed at.
    pub fn read<P: EventPayload>(&self) -> Option<Result<P, CanonicalError>> {
        (self.kind == P::KIND).then(|| {
            if self.schema > P::SCHEMA {
                return Err(CanonicalError::Later {
                    kind: self.kind.to_string(),
                    schema: self.schema,
                    known: P::SCHEMA,
                });
            }
            self.payload.read()
        })
    }

    /// The span in which it happened.
    pub fn parent(&self) -> Option<TraceParent> {
        TraceParent::parse(self.traceparent.as_deref()?)
    }
}

/// An event that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the log.
    pub position: Position,
    /// When it was kept, by the store's clock.
    pub recorded_at: Timestamp,
    /// The event.
    pub event: Event,
}
