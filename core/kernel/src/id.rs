//! Typed ids: two of different kinds cannot be exchanged by accident.

use uuid::Uuid;

/// Makes a kind of id: a UUID in a type of its own, so that two kinds cannot be exchanged by accident.
///
/// ```
/// medcover_kernel::uuid_id! {
///     /// One account.
///     AccountId
/// }
/// let id: AccountId = "018f3b2a-7c1d-7000-8000-000000000001".parse()?;
/// assert_eq!(AccountId::from_uuid(id.as_uuid()), id);
/// # Ok::<(), medcover_kernel::macros::UuidError>(())
/// ```
#[macro_export]
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::macros::Uuid);

        impl $name {
            /// A new id: UUID version 7, so that ids made later sort later.
            pub fn new(clock: &dyn $crate::Clock, rng: &dyn $crate::Rng) -> Self {
                Self($crate::macros::uuid_v7(clock, rng))
            }

            /// The id that `uuid` is.
            pub const fn from_uuid(uuid: $crate::macros::Uuid) -> Self {
                Self(uuid)
            }

            /// The id as a UUID.
            pub const fn as_uuid(&self) -> $crate::macros::Uuid {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::macros::UuidError;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::macros::Uuid::parse_str(text).map(Self)
            }
        }

        impl $crate::macros::Serialize for $name {
            fn serialize<S: $crate::macros::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::macros::Serialize::serialize(&self.0, serializer)
            }
        }

        impl<'de> $crate::macros::Deserialize<'de> for $name {
            fn deserialize<D: $crate::macros::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::macros::Deserialize::deserialize(deserializer).map(Self)
            }
        }

        $crate::id_schema!($name);
    };
}

/// How the API description shows an id.
#[cfg(feature = "schema")]
#[doc(hidden)]
#[macro_export]
macro_rules! id_schema {
    ($name:ident) => {
        impl $crate::macros::PartialSchema for $name {
            fn schema() -> $crate::macros::RefOr<$crate::macros::Schema> {
                $crate::macros::of_id()
            }
        }

        impl $crate::macros::ToSchema for $name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

/// Nobody asks.
#[cfg(not(feature = "schema"))]
#[doc(hidden)]
#[macro_export]
macro_rules! id_schema {
    ($name:ident) => {};
}

/// What the macros of this crate write into other crates, which need not depend on the same libraries for it.
#[doc(hidden)]
pub mod macros {
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};
    #[cfg(feature = "schema")]
    pub use utoipa::{
        PartialSchema, ToSchema,
        openapi::{RefOr, schema::Schema},
    };
    pub use uuid::{Error as UuidError, Uuid};

    #[cfg(feature = "schema")]
    pub use crate::schema::of_id;

    use crate::{Clock, Rng};

    pub fn uuid_v7(clock: &dyn Clock, rng: &dyn Rng) -> Uuid {
        let millis = u64::try_from(clock.now().as_micros() / 1_000).unwrap_or(0);
        let mut bytes = [0_u8; 10];
        bytes[..8].copy_from_slice(&rng.next_u64().to_be_bytes());
        bytes[8..].copy_from_slice(&rng.next_u64().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

uuid_id! {
    /// Whose data a call may touch.
    TenantId
}
uuid_id! {
    /// One request as it arrived at one process.
    RequestId
}
uuid_id! {
    /// One undertaking, from its first request to its last event and saga step.
    CorrelationId
}
uuid_id! {
    /// A person who signs in.
    UserId
}
uuid_id! {
    /// A program that calls with a key of its own.
    ClientId
}
uuid_id! {
    /// One event in the log.
    EventId
}
uuid_id! {
    /// One message in the queue.
    MessageId
}
uuid_id! {
    /// One run of a saga.
    SagaId
}

uuid_id! {
    /// A person who is cared for.
    PatientId
}
uuid_id! {
    /// A person who cares.
    PractitionerId
}
uuid_id! {
    /// A visit that is planned.
    AppointmentId
}
uuid_id! {
    /// A visit that takes place.
    EncounterId
}
uuid_id! {
    /// A contract of insurance.
    PolicyId
}
uuid_id! {
    /// A person whom a policy covers.
    MemberId
}
uuid_id! {
    /// What an insurer has agreed to pay for beforehand.
    AuthorisationId
}
uuid_id! {
    /// What an insurer is asked to pay.
    ClaimId
}
uuid_id! {
    /// What an insurer has paid, and why.
    RemittanceId
}
uuid_id! {
    /// What is owed for a visit, a premium or a fee.
    InvoiceId
}
uuid_id! {
    /// Money that somebody paid, or tries to.
    PaymentId
}

impl TenantId {
    /// The tenant that exists from the first start.
    pub const DEFAULT: Self = Self(Uuid::from_u128(1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, SeededRng, Timestamp};

    #[test]
    fn later_ids_sort_later() {
        let (clock, rng) = (
            ManualClock::at(Timestamp::from_micros(1_000_000)),
            SeededRng::new(3),
        );
        let first = RequestId::new(&clock, &rng);
        clock.advance(std::time::Duration::from_millis(2));
        assert!(first < RequestId::new(&clock, &rng));
        assert_eq!(first.as_uuid().get_version_num(), 7);
        assert_eq!(
            first
                .to_string()
                .parse::<RequestId>()
                .expect("its own text"),
            first
        );
    }
}
