//! Users locked out and let in.

use medcover_contract_auth::User;
use medcover_contract_auth::permissions::ManageUsers;
use medcover_kernel::{Allowed, Caller, Result, UserId};
use medcover_store::{Append, Context, Tries};

use super::invite_user::check_roles;
use super::service::{AuthService, conflict, done};
use super::users::view;
use crate::domain::user::{self, UserEvent};

/// Ends every session of a user and lets them begin none.
pub(super) async fn disable_user(
    service: &AuthService,
    allowed: Allowed<'_, ManageUsers>,
    id: UserId,
) -> Result<User> {
    if allowed.caller == Caller::User(id) {
        return Err(conflict(
            "Nobody disables themselves: somebody must be left to undo it.",
        ));
    }
    change(service, allowed, id, "user.disabled", user::User::disable).await
}

/// Lets a disabled user sign in again.
pub(super) async fn enable_user(
    service: &AuthService,
    allowed: Allowed<'_, ManageUsers>,
    id: UserId,
) -> Result<User> {
    change(service, allowed, id, "user.enabled", user::User::enable).await
}

/// Ends the lock after too many wrong passwords.
pub(super) async fn unlock_user(
    service: &AuthService,
    allowed: Allowed<'_, ManageUsers>,
    id: UserId,
) -> Result<User> {
    change(service, allowed, id, "user.unlocked", user::User::unlock).await
}

/// What `decide` says happens to a user, who may do no more than the caller.
async fn change(
    service: &AuthService,
    allowed: Allowed<'_, ManageUsers>,
    id: UserId,
    action: &'static str,
    decide: fn(&user::User) -> Option<UserEvent>,
) -> Result<User> {
    let call = allowed.call();
    let mut tries = Tries::default();
    loop {
        let mut user = service.user(call.tenant, id).await?;
        check_roles(service, call, &user.state.roles).await?;
        let Some(event) = decide(&user.state) else {
            return Ok(view(id, &user.state, service.clock.now()));
        };
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut user, [event])?;
        let append = append.audit(done(action, &user.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(view(id, &user.state, service.clock.now())),
            Err(error) => tries.again(error)?,
        }
    }
}
