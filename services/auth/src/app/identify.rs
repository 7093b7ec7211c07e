//! Who shows a token or a key.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use medcover_http::{Identify, Identity, Shown};
use medcover_identity::{
    ApiKey, Grant, NotTaken, SecretHash, TokenFault, TokenKind, Verified, Verifier, granted,
};
use medcover_kernel::{
    Call, Caller, Error, EventId, PermissionInfo, Purpose, Result, Scopes, Tier, Timestamp,
};
use medcover_store::{Append, AuditOutcome, CommitError, Context};
use serde_json::json;

use super::service::{AuthService, entry};
use crate::domain::client::{Client, KeyFault};
use crate::domain::rights;

/// Under this name shown service tokens are kept until they have expired and longer.
const SHOWN: &str = "service-token";

#[async_trait]
impl Identify for AuthService {
    async fn identify(&self, shown: Shown<'_>, call: &Call) -> Result<Identity> {
        self.identity_of(shown, std::slice::from_ref(&self.service_tokens), call)
            .await
    }

    async fn refused(&self, call: &Call, permission: PermissionInfo) {
        let details = json!({"permission": permission.name});
        self.record_refusal(call, "permission.refused", details)
            .await;
    }
}

impl AuthService {
    /// Who shows this where `there` check service tokens.
    pub(super) async fn identity_of(
        &self,
        shown: Shown<'_>,
        there: &[Verifier],
        call: &Call,
    ) -> Result<Identity> {
        match shown {
            Shown::Bearer(token) => self.bearer(token, there, call).await,
            Shown::ApiKey(key) => self.api_key(key, call).await,
        }
    }

    async fn bearer(&self, token: &str, there: &[Verifier], call: &Call) -> Result<Identity> {
        let verified = match self.access_token_of(token) {
            Err(TokenFault::Kind) => {
                let verified = self.service_token_of(token, there, call).await;
                verified.map(Arc::new)
            }
            answer => answer.map_err(Refusal::Fault),
        };
        match verified {
            Ok(verified) => Ok(identity(&verified.grant)),
            Err(Refusal::Fault(fault)) => {
                let details = json!({"fault": fault.to_string()});
                self.record_refusal(call, "token.refused", details).await;
                Err(fault.into())
            }
            Err(Refusal::Error(error)) => Err(error),
        }
    }

    fn access_token_of(&self, token: &str) -> Result<Arc<Verified>, TokenFault> {
        let (hash, now) = (SecretHash::of(token), self.clock.now());
        let verified = match self.known.get(&hash, now) {
            Some(known) => known,
            None => self.first_shown(token, hash, now)?,
        };
        if self.live.holds(&verified) {
            Ok(verified)
        } else {
            Err(TokenFault::SessionEnded)
        }
    }

    fn first_shown(
        &self,
        token: &str,
        hash: SecretHash,
        now: Timestamp,
    ) -> Result<Arc<Verified>, TokenFault> {
        let ring = self.live.ring();
        let verified = self
            .access_tokens
            .verify(TokenKind::Access, token, &*ring, now)?;
        let verified = Arc::new(verified);
        self.known.keep(hash, Arc::clone(&verified), now);
        Ok(verified)
    }

    async fn service_token_of(
        &self,
        token: &str,
        there: &[Verifier],
        call: &Call,
    ) -> Result<Verified, Refusal> {
        let (ring, now) = (self.live.ring(), self.clock.now());
        let mut checks = there
            .iter()
            .map(|verifier| verifier.verify(TokenKind::Service, token, &*ring, now));
        let meant_for_another = |check: &Result<_, _>| matches!(check, Err(TokenFault::Audience));
        let verified = checks
            .find(|check| !meant_for_another(check))
            .unwrap_or(Err(TokenFault::Audience))?;
        let first = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.take(verified.id, verified.expires_at, now)
        };
        first.map_err(|not_taken| match not_taken {
            NotTaken::Replayed => Refusal::Fault(TokenFault::Replayed),
            NotTaken::Full => Refusal::Error(not_taken.into()),
        })?;
        self.take(&verified, call).await?;
        Ok(verified)
    }

    /// Takes a token for every process of this store, and for one that begins anew. It is a mark of the inbox, whose
    /// uniqueness is what is wanted.
    async fn take(&self, verified: &Verified, call: &Call) -> Result<(), Refusal> {
        let details = json!({"token": verified.id.to_string()});
        let caller = &verified.grant.caller;
        let entry = entry("service-token.shown", caller, AuditOutcome::Done, &details)?;
        let mut context = Context::of(call);
        context.tenant = verified.grant.tenant;
        context.actor = caller.clone();
        let mark = EventId::from_uuid(verified.id.as_uuid());
        let append = Append::new(context).handled(SHOWN, mark).audit(entry);
        match self.commit(append).await {
            Ok(_) => Ok(()),
            Err(CommitError::AlreadyHandled { .. }) => Err(TokenFault::Replayed.into()),
            Err(error) => Err(Refusal::Error(error.into())),
        }
    }

    async fn api_key(&self, text: &str, call: &Call) -> Result<Identity> {
        let checked = match text.parse::<ApiKey>() {
            Ok(key) => self.client_of(&key).await?.map(|client| (key, client)),
            Err(_) => Err("malformed"),
        };
        let (key, client) = match checked {
            Ok(known) => known,
            Err(fault) => {
                self.record_refusal(call, "api-key.refused", json!({"fault": fault}))
                    .await;
                return Err(Error::unauthenticated("The API key is not valid here."));
            }
        };
        let all = rights::within(key.tenant(), &self.catalogue);
        Ok(Identity {
            tenant: key.tenant(),
            caller: Caller::Client(key.client()),
            scopes: granted(
                &all,
                Some(&Scopes::of(client.permissions.iter().map(String::as_str))),
            ),
            tier: client.tier,
            purpose: None,
        })
    }

    /// The client whose key this is, or why it is not good.
    async fn client_of(&self, key: &ApiKey) -> Result<Result<Arc<Client>, &'static str>> {
        let id = key.client();
        let known = self.live.client(id);
        let client = match &known {
            Some(client) => Arc::clone(client),
            None => Arc::new(
                self.thing::<Client>(key.tenant(), id.as_uuid())
                    .await?
                    .state,
            ),
        };
        match client.check(key, self.clock.now()) {
            Ok(()) => {
                if known.is_none() {
                    self.live.keep_client(id, Arc::clone(&client));
                }
                Ok(Ok(client))
            }
            Err(fault) => Ok(Err(KeyFault::as_str(fault))),
        }
    }
}

/// Why a service token is not taken.
enum Refusal {
    Fault(TokenFault),
    Error(Error),
}

impl From<TokenFault> for Refusal {
    fn from(fault: TokenFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

fn identity(grant: &Grant) -> Identity {
    Identity {
        tenant: grant.tenant,
        caller: grant.caller.clone(),
        scopes: grant.scopes.clone(),
        tier: tier(&grant.caller),
        // An emergency is bound to its token; what else a call is for, the call says.
        purpose: Some(grant.purpose).filter(|purpose| *purpose == Purpose::Emergency),
    }
}

/// What a bearer of a token may ask for. Services have a request of somebody's to answer, whose limits held where it
/// came in.
const fn tier(caller: &Caller) -> Tier {
    match caller {
        Caller::Service(_) | Caller::Operator => Tier::Enterprise,
        Caller::User(_) | Caller::Client(_) => Tier::Authenticated,
        Caller::Anonymous => Tier::Anonymous,
    }
}
