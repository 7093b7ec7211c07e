//! The signing keys: one key stream, in the default tenant.

use medcover_identity::{KeyRecord, KeyWindow, MasterSecret, SeededEntropy};

use super::sample::MOMENT;
use medcover_store::event;

event! {
    /// A key was made. It is published from now on.
    pub SigningKeyMade = "signing-key.made", 1 {
        /// What is public of it, and when it signs.
        key: KeyRecord = example(),
    }
}

/// A key that never signed anything: its master secret is drawn from a seed.
fn example() -> KeyRecord {
    let entropy = SeededEntropy::new(1);
    let window = KeyWindow {
        not_before: MOMENT,
        retire_at: MOMENT.plus(std::time::Duration::from_hours(720)),
    };
    KeyRecord::create(&MasterSecret::generate(&entropy), window, &entropy)
}
