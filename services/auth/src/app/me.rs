//! Who is signed in.

use medcover_contract_auth::Me;
use medcover_contract_auth::permissions::OwnAccount;
use medcover_kernel::{Allowed, Result};

use super::service::{AuthService, caller_user};

/// Who calls, and what they may do.
pub(super) async fn me(service: &AuthService, allowed: Allowed<'_, OwnAccount>) -> Result<Me> {
    let call = allowed.call();
    let user = service.user(call.tenant, caller_user(call)?).await?;
    Ok(Me {
        sub: call.caller.to_string(),
        tenant: call.tenant.as_uuid(),
        name: user.state.name,
        roles: user.state.roles,
        scopes: call.scopes.names().map(str::to_owned).collect(),
        purpose: call.purpose.to_string(),
    })
}
