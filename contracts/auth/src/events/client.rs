//! A client: `client/<id>`.

use std::collections::BTreeSet;

use medcover_identity::{SecretHash, Tier};
use medcover_kernel::Timestamp;

use super::event;

event! {
    /// A client was made, with a key.
    ClientCreated = "client.created", 1 {
        /// What it is.
        name: String,
        /// How much it may ask for.
        tier: Tier,
        /// What it may do.
        permissions: BTreeSet<String>,
        /// The service that it is.
        service: Option<String>,
        /// The hash of its key.
        key: SecretHash,
        /// When the key expires.
        expires_at: Option<Timestamp>,
    }
}
event! {
    /// The client has another key.
    ClientKeyReplaced = "client.key-replaced", 1 {
        /// The hash of the key.
        key: SecretHash,
    }
}
event! {
    /// The client's key is good no more.
    ClientRevoked = "client.revoked", 1 {}
}
