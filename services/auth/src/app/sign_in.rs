//! A name and a password for tokens.

use medcover_contract_auth::events::SessionStarted;
use medcover_contract_auth::{DEFAULT_TENANT, SignInRequest, Tokens};
use medcover_identity::SessionId;
use medcover_kernel::{Call, Caller, Error, Result, TenantId, Timestamp, UserId};
use medcover_store::{Append, AuditOutcome, Loaded, StreamId, Tries};
use serde_json::json;
use uuid::Uuid;

use super::service::{AuthService, acting, done, entry};
use super::tokens::Going;
use crate::domain::names;
use crate::domain::session::Session;
use crate::domain::taken::UserName;
use crate::domain::user::{User, Verdict};

/// Tokens for a name and a password.
///
/// Whether there is no such user, the password is wrong, or the user is locked or disabled: the answer is the same, and
/// so is the work for it, the same streams loaded, one password hashed, one commit.
pub(super) async fn sign_in(
    service: &AuthService,
    call: &Call,
    request: SignInRequest,
) -> Result<Tokens> {
    let named = find(service, &request).await?;
    let user = named.load(service).await?;
    let hash = user.state.hash.clone();
    let fits = service
        .hasher
        .verify(request.password, hash.as_deref())
        .await?;
    let mut tries = Tries::default();
    let mut user = Some(user);
    loop {
        let mut user = match user.take() {
            Some(user) => user,
            None => named.load(service).await?,
        };
        // Whoever changed the password meanwhile has the last word.
        let fits = fits && user.state.hash == hash;
        let policy = service.config.lock.policy();
        let (verdict, events) = user.state.sign_in(fits, service.clock.now(), policy);
        let attempt = Attempt {
            call,
            named: &named,
            verdict,
        };
        let (append, going) = match verdict {
            Verdict::Granted => attempt.granted(service)?,
            _ => (attempt.refused()?, None),
        };
        let append = if events.is_empty() {
            user.relied_on(append)
        } else {
            service.write(append, &mut user, events)?
        };
        match service.commit(append).await {
            Ok(_) => {
                let Some(going) = going else {
                    return Err(refusal());
                };
                let rights = service.rights(named.tenant, &user.state.roles).await?;
                return service.tokens(&going, rights).await;
            }
            Err(error) => tries.again(error)?,
        }
    }
}

fn refusal() -> Error {
    Error::unauthenticated("The name or the password is wrong, or the account cannot be used now.")
}

/// Who is meant. Where nobody is, it is a user that does not exist, so that the rest goes its usual way.
struct Named {
    tenant: TenantId,
    user: UserId,
    /// The stream of the name that was typed. The trail names this rather than the name: people type passwords there.
    name: StreamId,
}

impl Named {
    async fn load(&self, service: &AuthService) -> Result<Loaded<User>> {
        service.thing(self.tenant, self.user.as_uuid()).await
    }
}

async fn find(service: &AuthService, request: &SignInRequest) -> Result<Named> {
    let tenant = request.tenant.as_deref().unwrap_or(DEFAULT_TENANT);
    let tenant = service.tenant_name(tenant).await?.state.0;
    let tenant = tenant.unwrap_or(TenantId::from_uuid(Uuid::nil()));
    let name = names::user_name(&request.name).unwrap_or_default();
    let Loaded {
        stream,
        state: UserName(user),
        ..
    } = service.user_name(tenant, &name).await?;
    let known = user.is_some();
    Ok(Named {
        // What nobody did who is known is written down in the default tenant's trail.
        tenant: if known { tenant } else { TenantId::DEFAULT },
        user: user.unwrap_or(UserId::from_uuid(Uuid::nil())),
        name: stream,
    })
}

/// One try, judged.
struct Attempt<'a> {
    call: &'a Call,
    named: &'a Named,
    verdict: Verdict,
}

impl Attempt<'_> {
    fn granted(&self, service: &AuthService) -> Result<(Append, Option<Going>)> {
        let Named { tenant, user, .. } = *self.named;
        let now = service.clock.now();
        let id = SessionId::new(&*service.clock, &*service.rng);
        let expires_at = now.plus(service.config.session_life());
        let mut session = new_session(id);
        let append = acting(self.call, tenant, Caller::User(user));
        let append = service.write(
            append,
            &mut session,
            [SessionStarted { user, expires_at }.into()],
        )?;
        let append = append.audit(done("session.started", &session.stream)?);
        Ok((append, Some(going(tenant, user, id, expires_at))))
    }

    fn refused(&self) -> Result<Append> {
        let reason = json!({"reason": self.verdict.as_str(), "name": self.named.name.to_string()});
        let subject = Caller::User(self.named.user);
        let entry = entry("sign-in.refused", subject, AuditOutcome::Refused, &reason)?;
        Ok(acting(self.call, self.named.tenant, Caller::Anonymous).audit(entry))
    }
}

fn new_session(id: SessionId) -> Loaded<Session> {
    use medcover_store::Aggregate as _;
    Loaded {
        stream: StreamId::new(Session::KIND, id.as_uuid()),
        version: medcover_store::Version::NONE,
        state: Session::default(),
    }
}

const fn going(tenant: TenantId, user: UserId, session: SessionId, expires_at: Timestamp) -> Going {
    Going {
        tenant,
        user,
        session,
        number: 0,
        expires_at,
    }
}
