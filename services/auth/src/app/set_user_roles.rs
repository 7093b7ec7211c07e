//! The roles of a user.

use std::collections::BTreeSet;

use medcover_contract_auth::User;
use medcover_contract_auth::events::UserRolesSet;
use medcover_contract_auth::permissions::ManageUsers;
use medcover_kernel::{Allowed, Caller, Result, UserId};
use medcover_store::{Append, AuditOutcome, Context, Tries};
use serde_json::json;

use super::invite_user::{check_known, check_roles};
use super::service::{AuthService, conflict, entry};
use super::users::view;

/// Gives a user these roles and no others. Neither the roles they had nor those they get may hold more than the caller
/// has: one does not take from above either. Nor does anybody change their own, so that an installation always has an
/// administrator.
pub(super) async fn set_user_roles(
    service: &AuthService,
    allowed: Allowed<'_, ManageUsers>,
    id: UserId,
    roles: BTreeSet<String>,
) -> Result<User> {
    let call = allowed.call();
    if call.caller == Caller::User(id) {
        return Err(conflict(
            "Nobody changes their own roles: somebody must be left to undo it.",
        ));
    }
    check_known(service, call, &roles).await?;
    check_roles(service, call, &roles).await?;
    let mut tries = Tries::default();
    loop {
        let now = service.clock.now();
        let mut user = service.user(call.tenant, id).await?;
        check_roles(service, call, &user.state.roles).await?;
        if user.state.roles == roles {
            return Ok(view(id, &user.state, now));
        }
        let details = json!({"from": user.state.roles, "to": roles});
        let event = UserRolesSet {
            roles: roles.clone(),
        };
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut user, [event.into()])?;
        let append = append.audit(entry(
            "user.roles-set",
            &user.stream,
            AuditOutcome::Done,
            &details,
        )?);
        match service.commit(append).await {
            Ok(_) => return Ok(view(id, &user.state, now)),
            Err(error) => tries.again(error)?,
        }
    }
}
