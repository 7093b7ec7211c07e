//! The service: what its use cases share.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use medcover_contract_auth::ADMINISTRATOR;
use medcover_idempotency::Once;
use medcover_identity::{
    Catalogue, Entropy, Issuer, MasterSecret, PasswordHasher, ShownTokens, TicketKey, TicketKind,
    Verifier,
};
use medcover_kernel::{
    Call, Caller, ClientId, Clock, Error, ErrorKind, Result, Rng, Scopes, TenantId, UserId,
};
use medcover_store::{
    Aggregate, Append, AuditEntry, AuditOutcome, CanonicalJson, CommitError, Context, Loaded,
    Position, Receipt, Store, StreamId, load,
};
use serde_json::Value;
use tokio::sync::watch;

use super::elsewhere::Elsewhere;
use super::known::KnownTokens;
use super::live::Live;
use super::refusals::Refusals;
use crate::domain::client::Client;
use crate::domain::rights;
use crate::domain::role::Role;
use crate::domain::signing_keys::SigningKeys;
use crate::domain::taken::{TenantName, UserName};
use crate::domain::user::User;
use crate::store::Views;
use crate::{AuthConfig, Deps};

/// How many service tokens may live at once in one process.
const SERVICE_TOKENS: usize = 200_000;

/// The auth service in this process.
pub struct AuthService {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) config: AuthConfig,
    pub(super) catalogue: Catalogue,
    pub(super) master: MasterSecret,
    pub(super) hasher: PasswordHasher,
    pub(super) refresh_tokens: TicketKey,
    pub(super) invitations: TicketKey,
    pub(super) issuer: Issuer,
    pub(super) access_tokens: Verifier,
    pub(super) service_tokens: Verifier,
    pub(super) known: KnownTokens,
    pub(super) shown: Mutex<ShownTokens>,
    pub(super) once: Once,
    pub(super) live: Live,
    elsewhere: Elsewhere,
    pub(super) refusals: Refusals,
}

impl AuthService {
    pub(crate) fn new(deps: Deps) -> Self {
        let Deps {
            config,
            store,
            master,
            catalogue,
            here,
            cache,
            clock,
            rng,
            entropy,
        } = deps;
        let issuer = Issuer::new(config.issuer.clone());
        let hashing = &config.hashing;
        let hasher = PasswordHasher::new(
            hashing.cost(),
            hashing.bounds(),
            &master,
            Arc::clone(&entropy),
        );
        Self {
            hasher,
            refresh_tokens: TicketKey::of(&master, TicketKind::Refresh),
            invitations: TicketKey::of(&master, TicketKind::Invitation),
            access_tokens: issuer.verifier(config.audience.clone()),
            service_tokens: issuer.verifier(here.as_str()),
            issuer,
            known: KnownTokens::default(),
            shown: Mutex::new(ShownTokens::new(SERVICE_TOKENS)),
            once: Once::new(Arc::clone(&store)),
            live: Live::new(master.clone(), config.longest_token()),
            elsewhere: Elsewhere::new(cache),
            refusals: Refusals::default(),
            store,
            clock,
            rng,
            entropy,
            config,
            catalogue,
            master,
        }
    }

    /// Refuses a call whose deadline has passed.
    pub(super) fn begin(&self, call: &Call) -> Result<()> {
        call.deadline.check(self.clock.elapsed())
    }

    /// Keeps `append` with the rows that follow from it, and lets this process know of it at once, and those that share a cache with it.
    pub(super) async fn commit(&self, append: Append) -> Result<Receipt, CommitError> {
        let append = append.project(&Views);
        let events: Vec<_> = append.events().collect();
        let receipt = self.store.commit(append).await?;
        let now = self.clock.now();
        for event in &events {
            self.live.apply(event, now);
        }
        self.elsewhere.tell(&events).await;
        Ok(receipt)
    }

    /// How far the log goes, and each change of it.
    pub(crate) fn head(&self) -> watch::Receiver<Position> {
        self.store.head()
    }

    /// Adds `events` of `thing` to `append`.
    pub(super) fn write<A: Aggregate>(
        &self,
        append: Append,
        thing: &mut Loaded<A>,
        events: impl IntoIterator<Item = A::Event>,
    ) -> Result<Append> {
        let events: Vec<_> = events.into_iter().collect();
        thing.write(append, &events, &*self.clock, &*self.rng)
    }

    async fn load<A: Aggregate>(&self, tenant: TenantId, stream: StreamId) -> Result<Loaded<A>> {
        load(&*self.store, tenant, stream).await
    }

    pub(super) async fn thing<A: Aggregate>(
        &self,
        tenant: TenantId,
        id: uuid::Uuid,
    ) -> Result<Loaded<A>> {
        self.load(tenant, StreamId::new(A::KIND, id)).await
    }

    /// The user `id`; `NotFound` where the tenant has none such.
    pub(super) async fn user(&self, tenant: TenantId, id: UserId) -> Result<Loaded<User>> {
        let user: Loaded<User> = self.thing(tenant, id.as_uuid()).await?;
        if user.state.exists() {
            Ok(user)
        } else {
            Err(Error::not_found("There is no such user."))
        }
    }

    /// The client `id`; `NotFound` where the tenant has none such.
    pub(super) async fn client(&self, tenant: TenantId, id: ClientId) -> Result<Loaded<Client>> {
        let client: Loaded<Client> = self.thing(tenant, id.as_uuid()).await?;
        if client.state.exists() {
            Ok(client)
        } else {
            Err(Error::not_found("There is no such client."))
        }
    }

    pub(super) async fn user_name(&self, tenant: TenantId, name: &str) -> Result<Loaded<UserName>> {
        self.load(tenant, StreamId::of_key(UserName::KIND, &[name]))
            .await
    }

    pub(super) async fn tenant_name(&self, name: &str) -> Result<Loaded<TenantName>> {
        let stream = StreamId::of_key(TenantName::KIND, &[name]);
        self.load(TenantId::DEFAULT, stream).await
    }

    pub(super) async fn role(&self, tenant: TenantId, name: &str) -> Result<Loaded<Role>> {
        self.load(tenant, role_stream(name)).await
    }

    pub(super) async fn keys(&self) -> Result<Loaded<SigningKeys>> {
        let stream = StreamId::of_key(SigningKeys::KIND, &["installation"]);
        self.load(TenantId::DEFAULT, stream).await
    }

    /// What whoever has `roles` may do, as the roles are now.
    pub(super) async fn rights(
        &self,
        tenant: TenantId,
        roles: &BTreeSet<String>,
    ) -> Result<Scopes> {
        if roles.contains(ADMINISTRATOR) {
            return Ok(rights::within(tenant, &self.catalogue));
        }
        let mut held = Vec::with_capacity(roles.len());
        for role in roles {
            held.push(self.role(tenant, role).await?.state.permissions);
        }
        Ok(rights::of_user(&held, tenant, &self.catalogue))
    }
}

pub(super) fn role_stream(name: &str) -> StreamId {
    StreamId::of_key(Role::KIND, &[name])
}

/// The context of something that `actor` does in `tenant` by `call`, which itself may have come from nobody known.
pub(super) fn acting(call: &Call, tenant: TenantId, actor: Caller) -> Append {
    Append::new(Context {
        tenant,
        actor,
        ..Context::of(call)
    })
}

/// What the audit trail says.
pub(super) fn entry(
    action: &'static str,
    subject: impl fmt::Display,
    outcome: AuditOutcome,
    details: &Value,
) -> Result<AuditEntry> {
    Ok(AuditEntry {
        action: action.into(),
        subject: subject.to_string(),
        data_subject: None,
        outcome,
        details: CanonicalJson::of_value(details).map_err(Error::internal)?,
    })
}

/// [`entry`] of something that was done and speaks for itself.
pub(super) fn done(action: &'static str, subject: impl fmt::Display) -> Result<AuditEntry> {
    entry(
        action,
        subject,
        AuditOutcome::Done,
        &Value::Object(serde_json::Map::new()),
    )
}

/// The user who calls; a program has no account of its own.
pub(super) fn caller_user(call: &Call) -> Result<UserId> {
    match call.caller {
        Caller::User(user) => Ok(user),
        _ => Err(forbidden("Only a user has an account.")),
    }
}

pub(super) fn forbidden(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Forbidden, "forbidden", message)
}

pub(super) fn conflict(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Conflict, "conflict", message)
}

impl fmt::Debug for AuthService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthService")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
