//! An account's events, to the store and back.

use medcover_kernel::{Clock, EventId, Rng};
use medcover_store::{CanonicalError, CanonicalJson, NewEvent};

use super::account::{Entry, Event};

const OPENED: &str = "account.opened";
const SCHEMA: u16 = 1;

/// `event` as the store takes it.
pub(super) fn new_event(event: &Event, clock: &dyn Clock, rng: &dyn Rng) -> NewEvent {
    let (kind, payload) = match event {
        Event::Opened(opened) => (OPENED, CanonicalJson::of(opened)),
        Event::Moved(entry, moved) => (entry.kind(), CanonicalJson::of(moved)),
    };
    NewEvent {
        id: EventId::new(clock, rng),
        kind: kind.into(),
        schema: SCHEMA,
        occurred_at: clock.now(),
        payload: payload.expect("ids, text and whole numbers have canonical JSON"),
    }
}

/// What the store's `event` says about an account; `None` when it is about something else.
pub fn read(event: &medcover_store::Event) -> Result<Option<Event>, CanonicalError> {
    if event.kind == OPENED {
        return event.payload.read().map(|it| Some(Event::Opened(it)));
    }
    let entry = Entry::ALL.into_iter().find(|it| it.kind() == event.kind);
    entry
        .map(|entry| Ok(Event::Moved(entry, event.payload.read()?)))
        .transpose()
}
