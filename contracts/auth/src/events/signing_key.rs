//! The signing keys: one key stream, in the default tenant.

use medcover_identity::KeyRecord;

use super::event;

event! {
    /// A key was made. It is published from now on.
    SigningKeyMade = "signing-key.made", 1 {
        /// What is public of it, and when it signs.
        key: KeyRecord,
    }
}
