//! API keys: what a program shows instead of signing in.

use std::str::FromStr;

use medcover_kernel::{ClientId, TenantId};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::secret::{SecretHash, SecretText};
use crate::text;

const PREFIX: &str = "mc_";
/// Letters of an id.
const HEX_ID: usize = 32;
/// Bytes of the secret part.
const SECRET: usize = 32;

/// A key as its bearer shows it, `mc_<id>_<secret>`: the id finds the client, the secret proves it. Only
/// [`ApiKey::hash`] is kept. The id is that of the client, led by that of the tenant where it is not the default one.
#[derive(Clone, Debug)]
pub struct ApiKey {
    tenant: TenantId,
    client: ClientId,
    secret: SecretText,
}

/// A text that is no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an API key")]
pub struct ApiKeyError;

impl ApiKey {
    /// A new key for `client` of `tenant`.
    pub fn generate(tenant: TenantId, client: ClientId, entropy: &dyn Entropy) -> Self {
        let mut secret = Zeroizing::new([0; SECRET]);
        entropy.fill(&mut *secret);
        let secret = SecretText::new(text::to_base64(&*secret));
        Self {
            tenant,
            client,
            secret,
        }
    }

    /// Whether `text` means to be an API key: scanners for leaked secrets and the edge look for the same beginning.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// In which tenant it says its client is.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Whose it says it is.
    pub const fn client(&self) -> ClientId {
        self.client
    }

    /// What is kept of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.secret.reveal())
    }

    /// Whether it is the key that `hash` was kept of, in constant time.
    pub fn fits(&self, hash: &SecretHash) -> bool {
        hash.matches(self.secret.reveal())
    }

    /// The whole text, which is shown once.
    pub fn to_text(&self) -> SecretText {
        let (client, secret) = (self.client.as_uuid(), self.secret.reveal());
        let tenant = if self.tenant == TenantId::DEFAULT {
            String::new()
        } else {
            self.tenant.as_uuid().simple().to_string()
        };
        SecretText::new(format!("{PREFIX}{tenant}{}_{secret}", client.simple()))
    }
}

impl FromStr for ApiKey {
    type Err = ApiKeyError;

    fn from_str(text: &str) -> Result<Self, ApiKeyError> {
        let rest = text.strip_prefix(PREFIX).ok_or(ApiKeyError)?;
        let (id, secret) = rest.split_once('_').ok_or(ApiKeyError)?;
        let (tenant, client) = if id.len() == HEX_ID {
            (TenantId::DEFAULT, uuid_of(id)?)
        } else {
            let (tenant, client) = id.split_at_checked(HEX_ID).ok_or(ApiKeyError)?;
            (TenantId::from_uuid(uuid_of(tenant)?), uuid_of(client)?)
        };
        text::from_base64::<SECRET>(secret).ok_or(ApiKeyError)?;
        Ok(Self {
            tenant,
            client: ClientId::from_uuid(client),
            secret: SecretText::new(secret),
        })
    }
}

fn uuid_of(hex: &str) -> Result<Uuid, ApiKeyError> {
    let bytes = text::from_hex::<16>(hex).ok_or(ApiKeyError)?;
    Ok(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use proptest::prelude::*;

    fn key(seed: u64) -> ApiKey {
        let client = ClientId::from_uuid(Uuid::from_u128(7));
        ApiKey::generate(TenantId::DEFAULT, client, &SeededEntropy::new(seed))
    }

    #[test]
    fn a_key_reads_back_and_fits_its_own_hash_only() {
        let text = key(1).to_text();
        let again: ApiKey = text.reveal().parse().expect("its own text");
        assert_eq!(again.client(), key(1).client());
        assert!(again.fits(&key(1).hash()));
        assert!(!again.fits(&key(2).hash()));
        assert!(
            text.reveal()
                .starts_with("mc_00000000000000000000000000000007_")
        );
    }

    #[test]
    fn a_key_of_another_tenant_names_it() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(3));
        let key = ApiKey::generate(tenant, key(1).client(), &SeededEntropy::new(1));
        let again: ApiKey = key.to_text().reveal().parse().expect("its own text");
        assert_eq!((again.tenant(), again.client()), (tenant, key.client()));
    }

    #[test]
    fn its_secret_does_not_print() {
        let key = key(1);
        assert!(!format!("{key:?}").contains(key.secret.reveal()));
    }

    proptest! {
        #[test]
        fn what_reads_as_a_key_is_written_as_it_was_read(text in "(mc_)?[0-9a-f]{31,65}_[A-Za-z0-9_-]{40,46}") {
            if let Ok(key) = text.parse::<ApiKey>() {
                let written = key.to_text();
                prop_assert_eq!(written.reveal(), text);
            }
        }

        #[test]
        fn no_text_panics(text in "(mc_)?\\PC{0,90}") {
            let _ = text.parse::<ApiKey>();
        }
    }
}
