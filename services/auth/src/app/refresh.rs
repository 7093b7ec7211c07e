//! A refresh token for the next tokens.

use medcover_contract_auth::{RefreshRequest, Tokens};
use medcover_identity::{SessionId, Ticket, TokenFault};
use medcover_kernel::{Call, Caller, Error, Result, UserId};
use medcover_store::{AuditOutcome, Loaded, Tries};
use serde_json::json;

use super::service::{AuthService, acting, done, entry};
use super::tokens::Going;
use crate::domain::session::{Refresh, Session, SessionEvent};
use crate::domain::user::User;

/// The next tokens for the one that is good. One that was used before ends the session, whoever shows it.
pub(super) async fn refresh(
    service: &AuthService,
    call: &Call,
    request: RefreshRequest,
) -> Result<Tokens> {
    let ticket = match service.refresh_tokens.open(request.refresh_token.reveal()) {
        Ok(ticket) => ticket,
        Err(forged) => {
            let details = json!({"fault": "forged"});
            service
                .record_refusal(call, "refresh-token.refused", details)
                .await;
            return Err(forged.into());
        }
    };
    let mut tries = Tries::default();
    loop {
        let session: Loaded<Session> = service.thing(ticket.tenant, ticket.thing).await?;
        let shown = Shown {
            service,
            call,
            ticket,
            session,
        };
        let answer = match shown
            .session
            .state
            .refresh(ticket.number, service.clock.now())
        {
            Refresh::Next(event) => shown.exchange(event).await?,
            Refresh::Reused(event) => shown.end(event).await?,
            Refresh::Over => return Err(shown.over("session-over").await),
        };
        match answer {
            Attempted::Done(answer) => return answer,
            Attempted::Late(error) => tries.again(error)?,
        }
    }
}

/// What came of one try.
enum Attempted {
    Done(Result<Tokens>),
    Late(medcover_store::CommitError),
}

/// A genuine refresh token with its session.
struct Shown<'a> {
    service: &'a AuthService,
    call: &'a Call,
    ticket: Ticket,
    session: Loaded<Session>,
}

impl Shown<'_> {
    async fn exchange(mut self, event: SessionEvent) -> Result<Attempted> {
        let (service, tenant) = (self.service, self.ticket.tenant);
        let Some((id, user)) = self.user().await? else {
            return Ok(Attempted::Done(Err(self.over("user-gone").await)));
        };
        let rights = service.rights(tenant, &user.state.roles).await?;
        let append = user.relied_on(acting(self.call, tenant, Caller::User(id)));
        let append = service.write(append, &mut self.session, [event])?;
        let append = append.audit(done("session.refreshed", &self.session.stream)?);
        if let Err(error) = service.commit(append).await {
            return Ok(Attempted::Late(error));
        }
        let state = &self.session.state;
        let expires_at = state
            .expires_at
            .ok_or_else(|| Error::internal("a session has an end"))?;
        let going = Going {
            tenant,
            user: id,
            session: SessionId::from_uuid(self.ticket.thing),
            number: state.number,
            expires_at,
        };
        Ok(Attempted::Done(service.tokens(&going, rights).await))
    }

    /// The user of the session, if that still counts.
    async fn user(&self) -> Result<Option<(UserId, Loaded<User>)>> {
        let Session {
            user: Some(id),
            began: Some(began),
            ..
        } = self.session.state
        else {
            return Ok(None);
        };
        let user = self.service.user(self.ticket.tenant, id).await?;
        let counts = user.state.keeps_session_of(began);
        Ok(counts.then_some((id, user)))
    }

    async fn end(mut self, event: SessionEvent) -> Result<Attempted> {
        let (number, service) = (self.ticket.number, self.service);
        let details =
            json!({"fault": "reused", "number": number, "good": self.session.state.number});
        let (action, outcome) = ("refresh-token.refused", AuditOutcome::Refused);
        let entry = entry(action, &self.session.stream, outcome, &details)?;
        let append = acting(self.call, self.ticket.tenant, Caller::Anonymous).audit(entry);
        let append = service.write(append, &mut self.session, [event])?;
        Ok(match service.commit(append).await {
            Ok(_) => Attempted::Done(Err(TokenFault::SessionEnded.into())),
            Err(error) => Attempted::Late(error),
        })
    }

    async fn over(&self, fault: &'static str) -> Error {
        let details = json!({"fault": fault, "session": self.session.stream.to_string()});
        let call = self.call.clone().for_tenant(self.ticket.tenant);
        self.service
            .record_refusal(&call, "refresh-token.refused", details)
            .await;
        TokenFault::SessionEnded.into()
    }
}
