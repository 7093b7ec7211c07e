//! Users are invited, and invited again.

use std::collections::BTreeSet;

use medcover_contract_auth::events::{UserInvited, UserNameTaken};
use medcover_contract_auth::permissions::ManageUsers;
use medcover_contract_auth::{
    ADMINISTRATOR, Invitation, InviteUserRequest, MAX_NAME_CHARS, MAX_ROLES, User, endpoints,
};
use medcover_identity::Ticket;
use medcover_kernel::{Allowed, Call, Error, Result, TenantId, Timestamp, UserId};
use medcover_store::{Aggregate as _, Append, Context, Loaded, StreamId, Tries, Version};
use serde::{Deserialize, Serialize};

use super::service::{AuthService, conflict, done};
use super::users::view;
use crate::domain::{names, rights, user};

/// What is kept of the answer under its key: all but the invitation, which is made again from the number.
#[derive(Serialize, Deserialize)]
pub(super) struct Invited {
    pub(super) tenant: TenantId,
    pub(super) user: User,
    number: u32,
    expires_at: Timestamp,
}

/// Makes a user and an invitation for them.
pub(super) async fn invite_user(
    service: &AuthService,
    allowed: Allowed<'_, ManageUsers>,
    request: InviteUserRequest,
) -> Result<Invitation> {
    let call = allowed.call();
    let operation = endpoints::INVITE_USER.operation;
    let invited = service.once.run(call, operation, &request, async |keep| {
        let name = names::user_name(&request.name).map_err(|rule| Error::invalid("/name", rule))?;
        check_known(service, call, &request.roles).await?;
        check_roles(service, call, &request.roles).await?;
        let append = Append::new(Context::of(call));
        let (append, invited) = inviting(service, append, name, request.roles.clone()).await?;
        let append = keep.answer(append, 201, &invited)?;
        service.commit(append).await?;
        Ok(invited)
    });
    Ok(invitation(service, invited.await?))
}

/// `append` with a new user called `name` of its tenant. `Conflict` when somebody is called so.
pub(super) async fn inviting(
    service: &AuthService,
    append: Append,
    name: String,
    roles: BTreeSet<String>,
) -> Result<(Append, Invited)> {
    let (now, tenant) = (service.clock.now(), append.context.tenant);
    let mut taken = service.user_name(tenant, &name).await?;
    if taken.state.0.is_some() {
        return Err(conflict("There is a user of that name."));
    }
    let id = UserId::new(&*service.clock, &*service.rng);
    let mut user = new_user(id);
    let expires_at = now.plus(service.config.invitation_life());
    let event = UserInvited {
        name,
        roles,
        expires_at,
    };
    let append = service.write(append, &mut taken, [UserNameTaken { user: id }.into()])?;
    let append = service.write(append, &mut user, [event.into()])?;
    let append = append.audit(done("user.invited", &user.stream)?);
    let invited = Invited {
        tenant,
        user: view(id, &user.state, now),
        number: user.state.invitation,
        expires_at,
    };
    Ok((append, invited))
}

pub(super) fn new_user(id: UserId) -> Loaded<user::User> {
    Loaded {
        stream: StreamId::new(user::User::KIND, id.as_uuid()),
        version: Version::NONE,
        state: user::User::default(),
    }
}

/// The answer, with the invitation.
pub(super) fn invitation(service: &AuthService, invited: Invited) -> Invitation {
    let ticket = Ticket {
        tenant: invited.tenant,
        thing: invited.user.id,
        number: invited.number,
    };
    Invitation {
        user: invited.user,
        invitation: service.invitations.issue(ticket),
        expires_at: invited.expires_at.to_string(),
    }
}

/// Makes a new invitation for a user who may do no more than the caller: whoever holds it becomes that user.
pub(super) async fn reinvite_user(
    service: &AuthService,
    allowed: Allowed<'_, ManageUsers>,
    id: UserId,
) -> Result<Invitation> {
    let call = allowed.call();
    let mut tries = Tries::default();
    loop {
        let now = service.clock.now();
        let mut user = service.user(call.tenant, id).await?;
        check_roles(service, call, &user.state.roles).await?;
        let life = service.config.invitation_life();
        let event = user.state.reinvite(now, life)?;
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut user, [event])?;
        let append = append.audit(done("user.reinvited", &user.stream)?);
        match service.commit(append).await {
            Ok(_) => {
                let invited = Invited {
                    tenant: call.tenant,
                    user: view(id, &user.state, now),
                    number: user.state.invitation,
                    expires_at: now.plus(life),
                };
                return Ok(invitation(service, invited));
            }
            Err(error) => tries.again(error)?,
        }
    }
}

/// Refuses roles that there are not: whoever has the name of one that somebody makes later would have what it holds then.
pub(super) async fn check_known(
    service: &AuthService,
    call: &Call,
    roles: &BTreeSet<String>,
) -> Result<()> {
    if roles.len() > MAX_ROLES {
        return Err(Error::invalid(
            "/roles",
            format!("must be at most {MAX_ROLES}"),
        ));
    }
    for role in roles.iter().filter(|role| *role != ADMINISTRATOR) {
        if !service.role(call.tenant, role).await?.state.exists {
            let echo: String = role.chars().take(MAX_NAME_CHARS).collect();
            return Err(Error::invalid(
                "/roles",
                format!("there is no role `{echo}`"),
            ));
        }
    }
    Ok(())
}

/// Refuses roles that hold more than the caller has.
pub(super) async fn check_roles(
    service: &AuthService,
    call: &Call,
    roles: &BTreeSet<String>,
) -> Result<()> {
    let rights = service.rights(call.tenant, roles).await?;
    rights::check_gift(&call.scopes, rights.names())
}
