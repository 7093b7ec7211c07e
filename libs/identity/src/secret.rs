//! Secrets in memory: they do not print themselves, and are overwritten when dropped.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::text;

/// Text that must not be seen: a password, a token on its way out. It shows itself as `[secret]`, and its memory is
/// overwritten when it is dropped.
#[derive(Clone, Default)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for SecretText {
    /// As itself: it is on its way to whoever it belongs to. What is kept or logged must not hold one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.reveal())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    /// The error says only that text was expected: what was found may be the secret.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)
            .map(Self::new)
            .map_err(|_| serde::de::Error::custom("must be text"))
    }
}

/// Thirty-two bytes that other secrets are derived from, and that never enter the log: they lie in a file of their own or
/// in the configuration, so that neither a backup of the database nor its audit trail can sign a token.
#[derive(Clone)]
pub struct MasterSecret(Zeroizing<[u8; 32]>);

/// A text that is no master secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 hexadecimal digits")]
pub struct MasterSecretError;

impl MasterSecret {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut *bytes);
        Self(bytes)
    }

    /// Reads what [`MasterSecret::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, MasterSecretError> {
        text::from_hex(text.trim())
            .map(|bytes| Self(Zeroizing::new(bytes)))
            .ok_or(MasterSecretError)
    }

    /// Sixty-four hexadecimal digits.
    pub fn to_text(&self) -> SecretText {
        SecretText::new(text::to_hex(&*self.0))
    }

    /// The secret for `purpose` that `salt` names: HMAC-SHA-256, keyed with this one.
    pub(crate) fn derive(&self, purpose: &str, salt: &[u8]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(authenticate(&self.0, &[purpose.as_bytes(), salt]))
    }
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret([secret])")
    }
}

/// HMAC-SHA-256 over `parts`, each led by its length, so that no two lists of parts read the same.
pub(crate) fn authenticate(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Whether two byte strings are equal, in a time that says nothing of where they differ.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// What is kept of a random secret of at least 128 bits: its SHA-256. A slow hash is for what people choose.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of `secret`.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// As 64 hexadecimal digits.
    pub fn to_hex(&self) -> String {
        text::to_hex(&self.0)
    }

    /// Whether `secret` is the one, compared in constant time.
    pub fn matches(&self, secret: &str) -> bool {
        equal(&self.0, &Self::of(secret).0)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

impl Serialize for SecretHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text::from_hex(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("must be 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn nothing_but_reveal_shows_a_secret() {
        let master = MasterSecret::generate(&SeededEntropy::new(1));
        let written = master.to_text();
        let hash = SecretHash::of("hunter2");
        let shown = format!(
            "{master:?} {written:?} {:?} {hash:?}",
            SecretText::new("hunter2")
        );
        assert_eq!(
            shown,
            "MasterSecret([secret]) [secret] [secret] SecretHash(…)"
        );
    }

    #[test]
    fn a_master_secret_reads_back_and_derives_the_same() {
        let master = MasterSecret::generate(&SeededEntropy::new(1));
        let again = MasterSecret::parse(master.to_text().reveal()).expect("its own text");
        assert_eq!(*master.derive("a", b"b"), *again.derive("a", b"b"));
        assert_ne!(*master.derive("a", b"b"), *master.derive("ab", b""));
        for text in ["", "00", &"g".repeat(64), &"0".repeat(66)] {
            assert_eq!(MasterSecret::parse(text).err(), Some(MasterSecretError));
        }
    }

    #[test]
    fn a_hash_knows_its_secret_only() {
        let hash = SecretHash::of("hunter2");
        assert!(hash.matches("hunter2") && !hash.matches("hunter3") && !hash.matches(""));
        let text = serde_json::to_string(&hash).expect("text");
        assert_eq!(serde_json::from_str::<SecretHash>(&text).ok(), Some(hash));
        assert!(serde_json::from_str::<SecretHash>("\"abc\"").is_err());
    }
}
