//! An invitation and a password make a user active.

use medcover_contract_auth::AcceptInvitationRequest;
use medcover_contract_auth::events::UserPasswordSet;
use medcover_kernel::{Call, Caller, Error, Result, UserId};
use medcover_store::{Loaded, Tries};
use serde_json::json;

use super::service::{AuthService, acting, done};
use crate::domain::user::User;

/// Sets the password of whoever was invited.
pub(super) async fn accept_invitation(
    service: &AuthService,
    call: &Call,
    request: AcceptInvitationRequest,
) -> Result<()> {
    let ticket = match service.invitations.open(request.invitation.reveal()) {
        Ok(ticket) => ticket,
        Err(forged) => {
            service
                .record_refusal(call, "invitation.refused", json!({"fault": "forged"}))
                .await;
            return Err(forged.into());
        }
    };
    let id = UserId::from_uuid(ticket.thing);
    let load = async || {
        let user: Loaded<User> = service.thing(ticket.tenant, ticket.thing).await?;
        let good = user
            .state
            .check_invitation(ticket.number, service.clock.now());
        good.map(|()| user)
    };
    let user = load().await?;
    let rules = service.config.password_rules();
    rules
        .check(request.password.reveal(), &user.state.name)
        .map_err(|fault| Error::invalid("/password", fault.to_string()))?;
    let hash = service.hasher.hash(request.password).await?;
    let mut tries = Tries::default();
    loop {
        let mut user = load().await?;
        let event = UserPasswordSet { hash: hash.clone() };
        let append = acting(call, ticket.tenant, Caller::User(id));
        let append = service.write(append, &mut user, [event.into()])?;
        let append = append.audit(done("invitation.accepted", &user.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(()),
            Err(error) => tries.again(error)?,
        }
    }
}
