//! The log of a run as a stream of the store.

use std::sync::Arc;

use medcover_kernel::{
    CorrelationId, EventId, MessageId, SagaId, TenantId, Timestamp, TraceParent,
};
use medcover_saga::{Event, State};
use medcover_store::{
    CanonicalError, CanonicalJson, Corrupt, NewEvent, NewMessage, Recorded, StoreError, StreamId,
    Version,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Saga, Sagas};

/// The kind of stream that is the log of a run.
pub const SAGA_STREAM: &str = "saga";
/// The kind of stream that stands for a business key of a saga.
const KEY_STREAM: &str = "saga-key";
pub(super) const KEY_TAKEN: &str = "saga-key.taken";
pub(super) const KEY_RELEASED: &str = "saga-key.released";
pub(super) const SCHEMA: u16 = 1;
pub(super) const PREFIX: &str = "saga.";

/// A run as it stands in the store.
pub(super) struct Run {
    pub(super) id: SagaId,
    pub(super) saga: Arc<Saga>,
    pub(super) state: State,
    pub(super) version: Version,
    pub(super) correlation: CorrelationId,
    /// The span in which it was begun: all of it belongs to that trace, whoever wakes it.
    pub(super) origin: Option<TraceParent>,
    pub(super) last_event: EventId,
}

/// Why a run cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("there is no run {0}")]
    NotFound(SagaId),
    #[error("saga {name} in version {version} is not known to this node")]
    Unknown { name: String, version: u16 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which run has a business key.
#[derive(Serialize, Deserialize)]
struct Holder {
    saga: SagaId,
}

/// What a wake-up message says.
#[derive(Serialize, Deserialize)]
pub(super) struct WakeUp {
    pub(super) saga: SagaId,
}

/// Where a business key stands.
pub(super) struct KeyState {
    pub(super) version: Version,
    pub(super) holder: Option<SagaId>,
}

pub(super) fn stream_of(saga: SagaId) -> StreamId {
    StreamId::new(SAGA_STREAM, saga.as_uuid())
}

pub(super) fn key_stream(name: &str, key: &str) -> StreamId {
    StreamId::of_key(KEY_STREAM, &[name, key])
}

/// The entry of a run's log that a stored event is; `None` if it is another kind of event.
pub fn event_of(event: &medcover_store::Event) -> Option<Result<Event, CanonicalError>> {
    let kind = event.kind.strip_prefix(PREFIX)?;
    if event.schema > SCHEMA {
        return Some(Err(CanonicalError::Later {
            kind: event.kind.to_string(),
            schema: event.schema,
            known: SCHEMA,
        }));
    }
    let data = event.payload.read::<serde_json::Value>();
    Some(data.and_then(|data| Ok(Event::read(kind, &data)?)))
}

impl Sagas {
    pub(super) async fn load(&self, tenant: TenantId, id: SagaId) -> Result<Run, LoadError> {
        let stream = stream_of(id);
        let recorded = self.store.load(tenant, &stream, Version::NONE).await?;
        let (Some(first), Some(last)) = (recorded.first(), recorded.last()) else {
            return Err(LoadError::NotFound(id));
        };
        let (correlation, origin) = (first.event.correlation, first.event.parent());
        let last_event = last.event.id;
        let version = last.event.version;
        let log = recorded.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let saga = self.saga_of(&log)?;
        let state = State::fold(saga.definition(), &log)
            .map_err(|fault| corrupt(last, fault.to_string()))?;
        Ok(Run {
            id,
            saga,
            state,
            version,
            correlation,
            origin,
            last_event,
        })
    }

    fn saga_of(&self, log: &[Event]) -> Result<Arc<Saga>, LoadError> {
        let (name, version) = match log.first() {
            Some(Event::Started {
                definition,
                version,
                ..
            }) => (definition.clone(), *version),
            _ => (String::new(), 0),
        };
        let saga = self.registry.get(&name, version).cloned();
        saga.ok_or(LoadError::Unknown { name, version })
    }

    /// Entries as events of the store.
    pub(super) fn new_events(&self, events: &[Event]) -> Result<Vec<NewEvent>, CanonicalError> {
        events
            .iter()
            .map(|event| {
                let kind = format!("{PREFIX}{}", event.kind());
                Ok(self.new_event(kind, CanonicalJson::of_value(&event.data())?))
            })
            .collect()
    }

    fn new_event(&self, kind: String, payload: CanonicalJson) -> NewEvent {
        NewEvent {
            id: EventId::new(&*self.clock, &*self.rng),
            kind: kind.into(),
            schema: SCHEMA,
            occurred_at: self.clock.now(),
            payload,
        }
    }

    pub(super) async fn key_state(
        &self,
        tenant: TenantId,
        stream: &StreamId,
    ) -> Result<KeyState, StoreError> {
        let events = self.store.load(tenant, stream, Version::NONE).await?;
        let Some(last) = events.last() else {
            return Ok(KeyState {
                version: Version::NONE,
                holder: None,
            });
        };
        let holder = (last.event.kind == KEY_TAKEN)
            .then(|| last.event.payload.read::<Holder>())
            .transpose()
            .map_err(|error| corrupt(last, error.to_string()))?;
        Ok(KeyState {
            version: last.event.version,
            holder: holder.map(|holder| holder.saga),
        })
    }

    pub(super) fn key_event(&self, saga: SagaId, taken: bool) -> NewEvent {
        let kind = if taken { KEY_TAKEN } else { KEY_RELEASED };
        let payload = CanonicalJson::of(&Holder { saga }).expect("an id has canonical JSON");
        self.new_event(kind.to_owned(), payload)
    }

    /// A message that has the run driven at `at`. Equal moments make one message, so that wake-ups do not multiply.
    pub(super) fn wake_up(&self, saga: SagaId, at: Option<Timestamp>) -> NewMessage {
        let id = match at {
            Some(at) => Uuid::new_v5(&saga.as_uuid(), at.to_string().as_bytes()),
            None => MessageId::new(&*self.clock, &*self.rng).as_uuid(),
        };
        NewMessage {
            id: MessageId::from_uuid(id),
            queue: Self::QUEUE.into(),
            // No key: a run that sleeps must not hold up the message that a signal sends.
            key: None,
            payload: CanonicalJson::of(&WakeUp { saga }).expect("an id has canonical JSON"),
            not_before: at,
        }
    }
}

fn entry(recorded: &Recorded) -> Result<Event, StoreError> {
    match event_of(&recorded.event) {
        Some(Ok(event)) => Ok(event),
        Some(Err(error)) => Err(corrupt(recorded, error.to_string())),
        None => {
            let kind = &recorded.event.kind;
            let detail = format!("{kind} is no entry of a saga's log");
            Err(corrupt(recorded, detail))
        }
    }
}

fn corrupt(recorded: &Recorded, detail: String) -> StoreError {
    StoreError::Corrupt(Corrupt {
        table: "events".into(),
        column: "payload".into(),
        row: recorded.position.to_string(),
        detail,
    })
}
