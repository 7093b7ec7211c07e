//! Names of streams, and places in them and in the log.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A short name that is usually a constant and sometimes read back from the store.
pub type Name = Cow<'static, str>;

/// The stream of one thing: what kind of thing, and which.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// What kind of thing, such as `account`.
    pub kind: Name,
    /// Which one.
    pub id: Uuid,
}

impl StreamId {
    /// The stream of the thing `id` of `kind`.
    pub fn new(kind: impl Into<Name>, id: Uuid) -> Self {
        let kind = kind.into();
        Self { kind, id }
    }

    /// The stream that stands for a business key, such as the number of an invoice: equal `parts` name the same stream,
    /// whose version is 0 as long as the key is free. Whoever writes its first event has the key.
    ///
    /// The id is a UUID of version 5 over `kind` and `parts`, each with its length, so that no two lists of parts run together.
    pub fn of_key(kind: impl Into<Name>, parts: &[&str]) -> Self {
        let kind = kind.into();
        let mut name = Vec::new();
        for part in std::iter::once(&*kind).chain(parts.iter().copied()) {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        let id = Uuid::new_v5(&Self::KEYS, &name);
        Self { kind, id }
    }

    /// The namespace of business keys. It must never change: stored ids derive from it.
    const KEYS: Uuid = Uuid::from_u128(0x7c0f_6b1e_52d4_5a3b_9e11_6d65_6463_6f76);
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// How many events a stream has; the first event makes it 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(u64);

/// A place in the log of a store, over all streams and tenants. The first event stands at 1, and none is left out.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(u64);

macro_rules! counted {
    ($name:ident, $none:literal) => {
        impl $name {
            #[doc = $none]
            pub const NONE: Self = Self(0);

            /// The value of the number `number`.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The value `by` further on.
            #[must_use]
            pub const fn plus(self, by: u64) -> Self {
                Self(self.0 + by)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}
counted!(Version, "Of a stream without events.");
counted!(Position, "Before the first event.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_stream_and_parts_do_not_run_together() {
        let one = StreamId::of_key("number", &["ab", "c"]);
        assert_eq!(one, StreamId::of_key("number", &["ab", "c"]));
        assert_ne!(one.id, StreamId::of_key("number", &["a", "bc"]).id);
        assert_ne!(one.id, StreamId::of_key("other", &["ab", "c"]).id);
        assert_eq!(one.id.get_version_num(), 5);
    }

    #[test]
    fn ids_of_keys_stay_what_they_were() {
        let id = StreamId::of_key("invoice-number", &["2026", "17"]).id;
        assert_eq!(id.to_string(), "2d7a4644-b55c-52ac-95f8-4f84dee6b7e0");
    }
}
