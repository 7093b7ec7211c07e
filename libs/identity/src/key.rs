//! Signing keys: Ed25519, each with the time in which it signs.

use std::fmt;
use std::time::Duration;

use ed25519_dalek::SigningKey as Ed25519;
use medcover_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::secret::MasterSecret;
use crate::text;

/// What signing keys are derived for.
const PURPOSE: &str = "medcover/signing-key/ed25519";

/// The name of a key: its thumbprint by RFC 7638, so that it follows from the key and names no other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    fn of(public: &PublicKey) -> Self {
        let canonical = format!(
            r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
            public.to_text()
        );
        Self(text::to_base64(&Sha256::digest(canonical)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The public half of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads the member `x` of a JSON Web Key.
    pub fn parse(text: &str) -> Option<Self> {
        text::from_base64(text).map(Self)
    }

    /// The member `x` of a JSON Web Key: base64url without padding.
    pub fn to_text(self) -> String {
        text::to_base64(&self.0)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<String> for PublicKey {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("must be 32 bytes as base64url")
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_text()
    }
}

/// When a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyWindow {
    /// From here on it signs. It is published before, so that whoever keeps a copy of the published keys knows it by then.
    pub not_before: Timestamp,
    /// From here on it signs no more. What it has signed is accepted until that has expired.
    pub retire_at: Timestamp,
}

/// What is kept of a key: all but the secret, which only the master secret can bring back. It may stand in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its name.
    pub kid: KeyId,
    /// Names the secret half among those that the master secret yields.
    pub salt: String,
    /// Its public half.
    pub public: PublicKey,
    /// When it signs.
    pub window: KeyWindow,
}

impl KeyRecord {
    /// A new key.
    pub fn create(master: &MasterSecret, window: KeyWindow, entropy: &dyn Entropy) -> Self {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let salt = text::to_hex(&salt);
        let public = public_of(&secret_of(master, &salt));
        Self {
            kid: KeyId::of(&public),
            salt,
            public,
            window,
        }
    }

    /// The key with its secret half; `None` when `master` is not the secret that it was made with.
    pub fn unlock(&self, master: &MasterSecret) -> Option<SigningKey> {
        let secret = secret_of(master, &self.salt);
        (public_of(&secret) == self.public).then(|| SigningKey {
            record: self.clone(),
            secret,
        })
    }
}

fn secret_of(master: &MasterSecret, salt: &str) -> Zeroizing<[u8; 32]> {
    master.derive(PURPOSE, salt.as_bytes())
}

fn public_of(secret: &[u8; 32]) -> PublicKey {
    PublicKey(Ed25519::from_bytes(secret).verifying_key().to_bytes())
}

/// A key that can sign.
#[derive(Clone)]
pub struct SigningKey {
    record: KeyRecord,
    secret: Zeroizing<[u8; 32]>,
}

impl SigningKey {
    /// What is known of it.
    pub const fn record(&self) -> &KeyRecord {
        &self.record
    }

    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.record.kid)
            .finish_non_exhaustive()
    }
}

/// How long keys sign, and how far ahead the next one is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySchedule {
    /// How long a key signs.
    pub sign_for: Duration,
    /// How long before it signs a key is published: at least as long as anyone keeps a copy of the published keys.
    pub publish_ahead: Duration,
}

impl KeySchedule {
    /// The window of the next key, if it is time to make one: the first signs at once; a later one from the moment its
    /// predecessor retires, and is made `publish_ahead` before.
    pub fn due(&self, windows: &[KeyWindow], now: Timestamp) -> Option<KeyWindow> {
        let last = windows.iter().map(|window| window.retire_at).max();
        let not_before = match last {
            None => now,
            Some(retire_at) if retire_at <= now.plus(self.publish_ahead) => retire_at.max(now),
            Some(_) => return None,
        };
        Some(self.from(not_before))
    }

    /// The window of a key that takes over early: as soon as it may be known everywhere.
    pub fn early(&self, now: Timestamp) -> KeyWindow {
        self.from(now.plus(self.publish_ahead))
    }

    fn from(&self, not_before: Timestamp) -> KeyWindow {
        KeyWindow {
            not_before,
            retire_at: not_before.plus(self.sign_for),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use proptest::prelude::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    const SCHEDULE: KeySchedule = KeySchedule {
        sign_for: Duration::from_secs(1_000),
        publish_ahead: Duration::from_secs(100),
    };

    #[test]
    fn only_the_right_master_secret_unlocks_a_key() {
        let entropy = SeededEntropy::new(1);
        let (master, other) = (
            MasterSecret::generate(&entropy),
            MasterSecret::generate(&entropy),
        );
        let window = SCHEDULE.due(&[], at(0)).expect("there is none yet");
        let record = KeyRecord::create(&master, window, &entropy);
        assert!(record.unlock(&other).is_none());
        let key = record.unlock(&master).expect("its own");
        assert_eq!(key.record(), &record);
        let shown = format!("{key:?}");
        assert!(!shown.contains("secret") && shown.contains(record.kid.as_str()));
        let kept = serde_json::to_string(&record).expect("text");
        assert_eq!(serde_json::from_str::<KeyRecord>(&kept).ok(), Some(record));
    }

    #[test]
    fn the_name_of_a_key_is_its_thumbprint() {
        // The example of RFC 8037, appendix A.3.
        let public = PublicKey::parse("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let kid = KeyId::of(&public.expect("32 bytes"));
        assert_eq!(kid.as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    proptest! {
        #[test]
        fn however_late_it_is_looked_after_some_key_signs_from_then_on(
            looks in proptest::collection::vec(1_u64..3_000, 1..40),
        ) {
            let mut windows = Vec::new();
            let mut now = 0;
            for step in looks {
                now += step;
                while let Some(window) = SCHEDULE.due(&windows, at(now)) {
                    windows.push(window);
                }
                let signing = windows.iter().filter(|it| it.not_before <= at(now) && at(now) < it.retire_at);
                prop_assert_eq!(signing.count(), 1);
                let last = windows.iter().map(|it| it.retire_at).max().expect("there is one");
                prop_assert!(last > at(now).plus(SCHEDULE.publish_ahead));
            }
        }
    }
}
