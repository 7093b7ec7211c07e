//! The signing keys of the installation.

use medcover_contract_auth::events::SigningKeyMade;
use medcover_identity::{KeyRecord, KeyWindow};
use medcover_kernel::Timestamp;
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to the keys.
    pub(crate) SigningKeysEvent { Made(SigningKeyMade), }
}

/// Every key that was made, the oldest first: one a month or so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SigningKeys {
    pub(crate) keys: Vec<KeyRecord>,
}

impl Aggregate for SigningKeys {
    const KIND: &'static str = "signing-keys";
    type Event = SigningKeysEvent;
    fn evolve(&mut self, event: &SigningKeysEvent, _: Timestamp) {
        let SigningKeysEvent::Made(made) = event;
        self.keys.push(made.key.clone());
    }
}

impl SigningKeys {
    pub(crate) fn windows(&self) -> Vec<KeyWindow> {
        self.keys.iter().map(|key| key.window).collect()
    }
}
