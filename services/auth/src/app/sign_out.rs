//! The end of a session, or of all.

use medcover_contract_auth::SignOutRequest;
use medcover_contract_auth::events::UserSessionsEnded;
use medcover_contract_auth::permissions::OwnAccount;
use medcover_identity::TokenKind;
use medcover_kernel::{Allowed, Call, Credential, Purpose, Result, UserId};
use medcover_store::{Append, Context, Loaded, Tries};
use uuid::Uuid;

use super::service::{AuthService, caller_user, conflict, done};
use crate::domain::session::Session;

/// Ends the session of the token shown, or all sessions of the caller.
pub(super) async fn sign_out(
    service: &AuthService,
    allowed: Allowed<'_, OwnAccount>,
    request: &SignOutRequest,
) -> Result<()> {
    let call = allowed.call();
    let user = caller_user(call)?;
    if request.everywhere {
        return everywhere(service, call, user).await;
    }
    if call.purpose == Purpose::Emergency {
        return Err(conflict("An emergency is ended at its own address."));
    }
    match session_of(service, call) {
        Some(session) => here(service, call, session).await,
        None => Err(conflict("The call belongs to no session.")),
    }
}

async fn here(service: &AuthService, call: &Call, session: Uuid) -> Result<()> {
    let mut tries = Tries::default();
    loop {
        let mut session: Loaded<Session> = service.thing(call.tenant, session).await?;
        let Some(event) = session.state.sign_out(service.clock.now()) else {
            return Ok(());
        };
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut session, [event])?;
        let append = append.audit(done("session.ended", &session.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(()),
            Err(error) => tries.again(error)?,
        }
    }
}

async fn everywhere(service: &AuthService, call: &Call, user: UserId) -> Result<()> {
    let mut tries = Tries::default();
    loop {
        let mut user = service.user(call.tenant, user).await?;
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut user, [UserSessionsEnded {}.into()])?;
        let append = append.audit(done("user.sessions-ended", &user.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(()),
            Err(error) => tries.again(error)?,
        }
    }
}

/// The session that the token follows from, which was checked at the edge; read again, because a call carries no session.
fn session_of(service: &AuthService, call: &Call) -> Option<Uuid> {
    let Some(Credential::Bearer(token)) = &call.credential else {
        return None;
    };
    let (now, ring) = (service.clock.now(), service.live.ring());
    let verified = service
        .access_tokens
        .verify(TokenKind::Access, token, &*ring, now)
        .ok()?;
    verified.grant.session.map(|session| session.as_uuid())
}
