//! One's own password.

use medcover_contract_auth::ChangePasswordRequest;
use medcover_contract_auth::events::UserPasswordSet;
use medcover_contract_auth::permissions::OwnAccount;
use medcover_kernel::{Allowed, Error, ErrorKind, Result};
use medcover_store::{Append, AuditOutcome, Context, Tries};
use serde_json::json;

use super::service::{AuthService, caller_user, done, entry};
use crate::domain::user::Verdict;

/// Changes the caller's password and ends their sessions. A wrong current password counts as one at sign-in does: a
/// session left open is no place to guess.
pub(super) async fn change_password(
    service: &AuthService,
    allowed: Allowed<'_, OwnAccount>,
    request: ChangePasswordRequest,
) -> Result<()> {
    let call = allowed.call();
    let id = caller_user(call)?;
    let user = service.user(call.tenant, id).await?;
    let known = user.state.hash.clone();
    let rules = service.config.password_rules();
    rules
        .check(request.new.reveal(), &user.state.name)
        .map_err(|fault| Error::invalid("/new", fault.to_string()))?;
    let fits = service
        .hasher
        .verify(request.current, known.as_deref())
        .await?;
    let hash = service.hasher.hash(request.new).await?;
    let mut tries = Tries::default();
    loop {
        let mut user = service.user(call.tenant, id).await?;
        let fits = fits && user.state.hash == known;
        let policy = service.config.lock.policy();
        let (verdict, mut events) = user.state.sign_in(fits, service.clock.now(), policy);
        let granted = verdict == Verdict::Granted;
        let append = Append::new(Context::of(call));
        let append = if granted {
            events.push(UserPasswordSet { hash: hash.clone() }.into());
            append.audit(done("password.changed", &user.stream)?)
        } else {
            let details = json!({"reason": verdict.as_str()});
            let (action, outcome) = ("password-change.refused", AuditOutcome::Refused);
            append.audit(entry(action, &user.stream, outcome, &details)?)
        };
        let append = service.write(append, &mut user, events)?;
        match service.commit(append).await {
            Ok(_) if granted => return Ok(()),
            Ok(_) => return Err(wrong()),
            Err(error) => tries.again(error)?,
        }
    }
}

fn wrong() -> Error {
    Error::new(
        ErrorKind::Refused,
        "wrong-password",
        "The password was not changed.",
    )
    .with_fault(
        "/current",
        "is not the password, or no password is taken at the moment",
    )
}
