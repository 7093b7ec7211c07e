//! The keys of an installation, and which of them counts when.

use std::collections::BTreeMap;
use std::time::Duration;

use medcover_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::key::{KeyId, KeyRecord, PublicKey, SigningKey};
use crate::secret::MasterSecret;

/// A clock of another machine may be this much behind: a retired key is accepted so much longer.
pub(crate) const MAX_SKEW: Duration = Duration::from_mins(1);

/// Where the key is found that a token names.
pub trait PublicKeys: Send + Sync {
    /// The key called `kid`, if tokens signed with it are accepted at `now`.
    fn public_key(&self, kid: &str, now: Timestamp) -> Option<PublicKey>;
}

/// The keys of an installation with their secret halves.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Vec<SigningKey>,
    longest_token: Duration,
}

/// A key was made with another master secret than the one at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing key {0} was made with another master secret")]
pub struct LockedKey(KeyId);

impl KeyRing {
    /// The keys in `records`, of which each is accepted for `longest_token` after it has signed its last.
    pub fn unlock(
        records: &[KeyRecord],
        master: &MasterSecret,
        longest_token: Duration,
    ) -> Result<Self, LockedKey> {
        let unlock = |record: &KeyRecord| {
            let key = record.unlock(master);
            key.ok_or_else(|| LockedKey(record.kid.clone()))
        };
        Ok(Self {
            keys: records.iter().map(unlock).collect::<Result<_, _>>()?,
            longest_token,
        })
    }

    /// The key that signs at `now`. Where the windows of two overlap, it is the one that began last.
    pub fn signer(&self, now: Timestamp) -> Option<&SigningKey> {
        let signs = |key: &&SigningKey| {
            let window = key.record().window;
            window.not_before <= now && now < window.retire_at
        };
        let signing = self.keys.iter().filter(signs);
        signing.max_by_key(|key| key.record().window.not_before)
    }

    /// The keys that others must know at `now`: the one that signs, the next, and those whose tokens still live.
    pub fn published(&self, now: Timestamp) -> Jwks {
        let published = self.keys.iter().map(SigningKey::record);
        let published = published.filter(|record| self.is_accepted(record, now));
        Jwks {
            keys: published.map(Jwk::of).collect(),
        }
    }

    fn is_accepted(&self, record: &KeyRecord, now: Timestamp) -> bool {
        now < record
            .window
            .retire_at
            .plus(self.longest_token)
            .plus(MAX_SKEW)
    }
}

impl PublicKeys for KeyRing {
    fn public_key(&self, kid: &str, now: Timestamp) -> Option<PublicKey> {
        let records = self.keys.iter().map(SigningKey::record);
        let mut named = records.filter(|record| record.kid.as_str() == kid);
        named
            .find(|record| self.is_accepted(record, now))
            .map(|record| record.public)
    }
}

/// A JSON Web Key Set (RFC 7517): what is published at `/api/v1/auth/jwks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// A public Ed25519 key (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jwk {
    /// The kind of key: `OKP`.
    pub kty: String,
    /// The curve: `Ed25519`.
    pub crv: String,
    /// What it is for: `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// The algorithm: `EdDSA`.
    pub alg: String,
    /// Its name, which tokens give in their head.
    pub kid: String,
    /// The public key, as base64url.
    pub x: String,
}

impl Jwk {
    fn of(record: &KeyRecord) -> Self {
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            usage: "sig".to_owned(),
            alg: "EdDSA".to_owned(),
            kid: record.kid.to_string(),
            x: record.public.to_text(),
        }
    }
}

/// The keys that another process publishes; what it publishes no more is not accepted.
#[derive(Clone, Debug, Default)]
pub struct FetchedKeys(BTreeMap<String, PublicKey>);

impl From<&Jwks> for FetchedKeys {
    /// Keys of other kinds and uses are left out, as RFC 7517 asks.
    fn from(jwks: &Jwks) -> Self {
        let ours = jwks.keys.iter().filter(|key| {
            key.kty == "OKP" && key.crv == "Ed25519" && key.usage == "sig" && key.alg == "EdDSA"
        });
        let known = ours.filter_map(|key| Some((key.kid.clone(), PublicKey::parse(&key.x)?)));
        Self(known.collect())
    }
}

impl PublicKeys for FetchedKeys {
    fn public_key(&self, kid: &str, _now: Timestamp) -> Option<PublicKey> {
        self.0.get(kid).copied()
    }
}
