//! The events of one kind of stream, as one type.

use medcover_kernel::{EventId, Timestamp};
use medcover_store::{CanonicalError, Event, NewEvent};

/// Everything that can happen to one kind of thing.
pub(crate) trait Events: Sized + Send {
    /// The event as it is to be kept.
    fn to_new(&self, id: EventId, at: Timestamp) -> Result<NewEvent, CanonicalError>;
    /// The event that was kept; `None` when it is not one of these.
    fn of(event: &Event) -> Option<Result<Self, CanonicalError>>;
}

/// Makes an enum of event payloads, and what it takes to write and read them.
macro_rules! events {
    ($(#[$doc:meta])* $name:ident { $($variant:ident($payload:ty),)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant($payload),)+
        }

        $(impl From<$payload> for $name {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+

        impl $crate::domain::events::Events for $name {
            fn to_new(
                &self,
                id: medcover_kernel::EventId,
                at: medcover_kernel::Timestamp,
            ) -> Result<medcover_store::NewEvent, medcover_store::CanonicalError> {
                match self {
                    $(Self::$variant(payload) => medcover_store::NewEvent::of(id, at, payload),)+
                }
            }

            fn of(event: &medcover_store::Event) -> Option<Result<Self, medcover_store::CanonicalError>> {
                $(if let Some(payload) = event.read::<$payload>() {
                    return Some(payload.map(Self::$variant));
                })+
                None
            }
        }
    };
}
pub(crate) use events;
