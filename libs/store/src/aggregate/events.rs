//! The events of one kind of stream, as one type.

use medcover_kernel::{EventId, Timestamp};

use crate::{CanonicalError, CanonicalJson, Event, NewEvent};

/// Everything that can happen to one kind of thing. Made by [`events!`](crate::events!).
pub trait Events: Sized + Send {
    /// The event as it is to be kept.
    fn to_new(&self, id: EventId, at: Timestamp) -> Result<NewEvent, CanonicalError>;
    /// The event that was kept; `None` when it is not one of these.
    fn of(event: &Event) -> Option<Result<Self, CanonicalError>>;
}

/// A kind of event, described.
#[derive(Clone, Debug)]
pub struct EventExample {
    /// The kind.
    pub kind: &'static str,
    /// The latest schema.
    pub schema: u16,
    /// What it says.
    pub summary: &'static str,
    /// A payload.
    pub payload: CanonicalJson,
    /// Reads a payload of this kind and writes it again; what comes back is the same, or the kind has changed.
    pub replay: fn(&CanonicalJson) -> Result<CanonicalJson, CanonicalError>,
}

impl EventExample {
    /// The line that stands for this kind and schema in a service's file of golden events: `kind schema payload`.
    pub fn line(&self) -> String {
        format!("{} {} {}", self.kind, self.schema, self.payload)
    }

    /// Holds `golden`, lines of [`EventExample::line`] of every schema there ever was, against `examples`: each kind as it is
    /// written today stands there, and each line of its schema is read and written as it stands. The faults, a line each.
    pub fn faults(examples: &[Self], golden: &str) -> Vec<String> {
        let missing = examples.iter().map(Self::line);
        let missing = missing.filter(|line| !golden.lines().any(|golden| golden == line));
        let mut faults: Vec<_> = missing.map(|line| format!("add: {line}")).collect();
        for line in golden.lines() {
            let mut parts = line.splitn(3, ' ');
            let mut part = || parts.next().unwrap_or_default();
            let (kind, schema, payload) = (part(), part(), part());
            let Some(example) = examples.iter().find(|it| it.kind == kind) else {
                faults.push(format!("no such event any more: {line}"));
                continue;
            };
            if schema != example.schema.to_string() {
                continue;
            }
            let replayed = CanonicalJson::check(payload).and_then(|it| (example.replay)(&it));
            match replayed {
                Ok(again) if again.as_str() == payload => {}
                Ok(again) => faults.push(format!("written otherwise: {line} as {again}")),
                Err(error) => faults.push(format!("not read ({error}): {line}")),
            }
        }
        faults
    }
}

/// Makes the payload of one kind of event, with an example of each field for the catalogue and the golden file.
///
/// ```
/// medcover_store::event! {
///     /// An account was opened.
///     pub AccountOpened = "account.opened", 1 {
///         /// Below which it never falls, in minor units.
///         floor_minor: i64 = -50_000,
///     }
/// }
/// assert_eq!(AccountOpened::described().line(), r#"account.opened 1 {"floor_minor":-50000}"#);
/// ```
#[macro_export]
macro_rules! event {
    (
        #[doc = $summary:literal] $(#[doc = $more:literal])*
        $visibility:vis $name:ident = $kind:literal, $schema:literal {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $example:expr,)*
        }
    ) => {
        #[doc = $summary]
        $(#[doc = $more])*
        #[derive(
            Clone,
            Debug,
            PartialEq,
            Eq,
            $crate::macros::Serialize,
            $crate::macros::Deserialize,
        )]
        #[serde(crate = "medcover_store::macros::serde")]
        $visibility struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::EventPayload for $name {
            const KIND: &'static str = $kind;
            const SCHEMA: u16 = $schema;
        }

        impl $name {
            /// This kind of event, described.
            $visibility fn described() -> $crate::EventExample {
                let example = Self { $($field: $example,)* };
                $crate::EventExample {
                    kind: $kind,
                    schema: $schema,
                    summary: $summary.trim_ascii(),
                    payload: $crate::CanonicalJson::of(&example).expect("plain fields"),
                    replay: |payload| {
                        let read: Self = payload.read()?;
                        $crate::CanonicalJson::of(&read)
                    },
                }
            }
        }
    };
}

/// Makes an enum of event payloads, and what it takes to write and read them.
///
/// ```
/// # medcover_store::event! {
/// #     /// An account was opened.
/// #     pub AccountOpened = "account.opened", 1 { owner: String = "Rossi".to_owned(), }
/// # }
/// # medcover_store::event! {
/// #     /// An account was closed.
/// #     pub AccountClosed = "account.closed", 1 {}
/// # }
/// medcover_store::events! {
///     /// What can happen to an account.
///     pub AccountEvent { Opened(AccountOpened), Closed(AccountClosed), }
/// }
/// assert_eq!(AccountEvent::from(AccountClosed {}), AccountEvent::Closed(AccountClosed {}));
/// ```
#[macro_export]
macro_rules! events {
    ($(#[$doc:meta])* $visibility:vis $name:ident { $($variant:ident($payload:ty),)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $(
                #[doc = concat!("[`", stringify!($payload), "`]")]
                $variant($payload),
            )+
        }

        $(impl From<$payload> for $name {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+

        impl $crate::Events for $name {
            fn to_new(
                &self,
                id: $crate::macros::EventId,
                at: $crate::macros::Timestamp,
            ) -> Result<$crate::NewEvent, $crate::CanonicalError> {
                match self {
                    $(Self::$variant(payload) => $crate::NewEvent::of(id, at, payload),)+
                }
            }

            fn of(event: &$crate::Event) -> Option<Result<Self, $crate::CanonicalError>> {
                $(if let Some(payload) = event.read::<$payload>() {
                    return Some(payload.map(Self::$variant));
                })+
                None
            }
        }
    };
}

/// What the macros of this crate write into other crates, which need not depend on the same libraries for it.
#[doc(hidden)]
pub mod macros {
    pub use medcover_kernel::{EventId, Timestamp};
    pub use serde::{self, Deserialize, Serialize};
}
