//! Signing keys: made in time, shown, made early.

use medcover_contract_auth::events::SigningKeyMade;
use medcover_contract_auth::permissions::ManageSigningKeys;
use medcover_contract_auth::{SigningKeyInfo, SigningKeyList, SigningKeyState};
use medcover_identity::{KeyRecord, KeyWindow};
use medcover_kernel::{Allowed, Call, Caller, Result, Scopes, ServiceName, TenantId, Timestamp};
use medcover_store::{Append, AuditOutcome, Context, Loaded, Tries};
use serde_json::json;

use super::create_tenant::of_the_installation;
use super::service::{AuthService, entry};
use crate::domain::signing_keys::SigningKeys;

/// The service itself, as the trail names it.
const AUTH: ServiceName = ServiceName::from_static("auth");
/// How long the service may take for what it does by itself.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(30);

impl AuthService {
    /// Makes the keys that are due. Several processes may try at once: one of them makes the key, and all have it then.
    pub(crate) async fn make_due_keys(&self) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            let keys = self.keys().await?;
            let now = self.clock.now();
            self.live.add_keys(keys.state.keys.iter().cloned(), now);
            let Some(window) = self.config.key_schedule().due(&keys.state.windows(), now) else {
                return Ok(());
            };
            let append = self.making(keys, window, &self.own_call())?;
            if let Err(error) = self.commit(append).await {
                tries.again(error)?;
            }
        }
    }

    /// A call of the service on nobody's behalf.
    pub(super) fn own_call(&self) -> Call {
        let (clock, rng) = (&*self.clock, &*self.rng);
        Call::by(
            Caller::Service(AUTH),
            TenantId::DEFAULT,
            Scopes::none(),
            WITHIN,
            clock,
            rng,
        )
    }

    fn making(
        &self,
        mut keys: Loaded<SigningKeys>,
        window: KeyWindow,
        call: &Call,
    ) -> Result<Append> {
        let key = KeyRecord::create(&self.master, window, &*self.entropy);
        let details = json!({"kid": key.kid, "not_before": window.not_before.to_string()});
        let append = Append::new(Context::of(call));
        let append = self.write(append, &mut keys, [SigningKeyMade { key }.into()])?;
        let entry = entry(
            "signing-key.made",
            &keys.stream,
            AuditOutcome::Done,
            &details,
        )?;
        Ok(append.audit(entry))
    }
}

/// The keys, the oldest first.
pub(super) async fn signing_keys(
    service: &AuthService,
    allowed: Allowed<'_, ManageSigningKeys>,
) -> Result<SigningKeyList> {
    of_the_installation(allowed.call())?;
    let keys = service.keys().await?;
    Ok(list(service, &keys.state))
}

/// Makes the next key at once. It signs as soon as it may be known everywhere, and from then on instead of the present
/// one, whose tokens are accepted as long as they live. A key that is next already is left to take its turn.
pub(super) async fn rotate_signing_key(
    service: &AuthService,
    allowed: Allowed<'_, ManageSigningKeys>,
) -> Result<SigningKeyList> {
    let call = allowed.call();
    of_the_installation(call)?;
    let mut tries = Tries::default();
    loop {
        let keys = service.keys().await?;
        let now = service.clock.now();
        let waits = keys
            .state
            .windows()
            .iter()
            .any(|window| now < window.not_before);
        if waits {
            return Ok(list(service, &keys.state));
        }
        let window = service.config.key_schedule().early(now);
        let append = service.making(keys, window, call)?;
        if let Err(error) = service.commit(append).await {
            tries.again(error)?;
        }
    }
}

fn list(service: &AuthService, keys: &SigningKeys) -> SigningKeyList {
    let now = service.clock.now();
    let signer = service
        .live
        .ring()
        .signer(now)
        .map(|key| key.record().kid.clone());
    let infos = keys.keys.iter().map(|key| SigningKeyInfo {
        kid: key.kid.to_string(),
        state: state(key, signer.as_ref() == Some(&key.kid), now),
        not_before: key.window.not_before.to_string(),
        retire_at: key.window.retire_at.to_string(),
    });
    SigningKeyList {
        keys: infos.collect(),
    }
}

fn state(key: &KeyRecord, signs: bool, now: Timestamp) -> SigningKeyState {
    match () {
        () if signs => SigningKeyState::Signing,
        () if now < key.window.not_before => SigningKeyState::Next,
        () => SigningKeyState::Retired,
    }
}
