//! A client: a program with an API key.

use std::collections::BTreeSet;

use medcover_contract_auth::events::{ClientCreated, ClientKeyReplaced, ClientRevoked};
use medcover_identity::{ApiKey, SecretHash};
use medcover_kernel::{Tier, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a client.
    pub(crate) ClientEvent { Created(ClientCreated), KeyReplaced(ClientKeyReplaced), Revoked(ClientRevoked), }
}

/// A client; without a name it does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) tier: Tier,
    pub(crate) permissions: BTreeSet<String>,
    pub(crate) service: Option<String>,
    pub(crate) expires_at: Option<Timestamp>,
    key: Option<SecretHash>,
}

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFault {
    Unknown,
    Revoked,
    Expired,
    Wrong,
}

impl KeyFault {
    /// The name in the audit trail.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown-client",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Wrong => "wrong-secret",
        }
    }
}

impl Aggregate for Client {
    const KIND: &'static str = "client";
    type Event = ClientEvent;

    fn evolve(&mut self, event: &ClientEvent, _: Timestamp) {
        match event {
            ClientEvent::Created(created) => {
                self.name.clone_from(&created.name);
                self.tier = created.tier;
                self.permissions.clone_from(&created.permissions);
                self.service.clone_from(&created.service);
                self.expires_at = created.expires_at;
                self.key = Some(created.key);
            }
            ClientEvent::KeyReplaced(replaced) => self.key = Some(replaced.key),
            ClientEvent::Revoked(_) => self.key = None,
        }
    }
}

impl Client {
    pub(crate) fn exists(&self) -> bool {
        !self.name.is_empty()
    }

    pub(crate) const fn is_revoked(&self) -> bool {
        self.key.is_none()
    }

    /// Whether `key` is good at `now`.
    pub(crate) fn check(&self, key: &ApiKey, now: Timestamp) -> Result<(), KeyFault> {
        if !self.exists() {
            return Err(KeyFault::Unknown);
        }
        let hash = self.key.as_ref().ok_or(KeyFault::Revoked)?;
        if !key.fits(hash) {
            return Err(KeyFault::Wrong);
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(KeyFault::Expired);
        }
        Ok(())
    }

    /// What it takes for the key to be good no more; nothing if there is none.
    pub(crate) fn revoke(&self) -> Option<ClientEvent> {
        (!self.is_revoked()).then(|| ClientRevoked {}.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_identity::SeededEntropy;
    use medcover_kernel::{ClientId, TenantId};

    #[test]
    fn a_key_is_good_until_it_expires_is_replaced_or_revoked() {
        let entropy = SeededEntropy::new(1);
        let id = ClientId::from_uuid(uuid::Uuid::from_u128(7));
        let new_key = || ApiKey::generate(TenantId::DEFAULT, id, &entropy);
        let (first, second, at) = (new_key(), new_key(), Timestamp::from_micros);
        let mut client = Client::default();
        assert_eq!(client.check(&first, at(0)), Err(KeyFault::Unknown));
        let created = ClientCreated {
            name: "laboratory".to_owned(),
            tier: Tier::Premium,
            permissions: BTreeSet::new(),
            service: None,
            key: first.hash(),
            expires_at: Some(at(100)),
        };
        client.evolve(&created.into(), at(0));
        assert_eq!(client.check(&first, at(99)), Ok(()));
        assert_eq!(client.check(&first, at(100)), Err(KeyFault::Expired));
        assert_eq!(client.check(&second, at(1)), Err(KeyFault::Wrong));
        let key = second.hash();
        client.evolve(&ClientKeyReplaced { key }.into(), at(2));
        assert_eq!(client.check(&first, at(3)), Err(KeyFault::Wrong));
        assert_eq!(client.check(&second, at(3)), Ok(()));
        let revoked = client.revoke().expect("it has a key");
        client.evolve(&revoked, at(4));
        assert_eq!(client.check(&second, at(5)), Err(KeyFault::Revoked));
        assert_eq!(client.revoke(), None);
    }
}
