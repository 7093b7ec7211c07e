//! A client: `client/<id>`.

use std::collections::BTreeSet;

use medcover_identity::SecretHash;
use medcover_kernel::{Tier, Timestamp};

use super::sample::{MOMENT, names};
use medcover_store::event;

event! {
    /// A client was made, with a key.
    pub ClientCreated = "client.created", 1 {
        /// What it is.
        name: String = "laboratory interface".to_owned(),
        /// How much it may ask for.
        tier: Tier = Tier::Premium,
        /// What it may do.
        permissions: BTreeSet<String> = names(&["patients.read"]),
        /// The service that it is.
        service: Option<String> = None,
        /// The hash of its key.
        key: SecretHash = SecretHash::of("example"),
        /// When the key expires.
        expires_at: Option<Timestamp> = Some(MOMENT),
    }
}
event! {
    /// The client has another key.
    pub ClientKeyReplaced = "client.key-replaced", 1 {
        /// The hash of the key.
        key: SecretHash = SecretHash::of("example"),
    }
}
event! {
    /// The client's key is good no more.
    pub ClientRevoked = "client.revoked", 1 {}
}
