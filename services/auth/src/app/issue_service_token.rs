//! Tokens that one service shows to another.

use medcover_contract_auth::permissions::IssueServiceTokens;
use medcover_contract_auth::{ServiceToken, ServiceTokenRequest};
use medcover_identity::{Grant, TokenKind};
use medcover_kernel::{
    Allowed, Call, Caller, Error, Permission as _, Result, Scopes, ServiceName, TenantId,
};
use medcover_store::{Append, AuditOutcome, Context, Loaded};
use serde_json::json;

use super::create_tenant::of_the_installation;
use super::service::{AuthService, entry, forbidden};
use crate::domain::tenant::Tenant;

/// How long a service token lives: one call, and the clocks may differ.
const LIFE: std::time::Duration = std::time::Duration::from_mins(1);

/// A token for one call: in the name of the service that the caller is, for one tenant, with the caller's permissions but
/// that of getting more tokens.
pub(super) async fn issue_service_token(
    service: &AuthService,
    allowed: Allowed<'_, IssueServiceTokens>,
    request: &ServiceTokenRequest,
) -> Result<ServiceToken> {
    let call = allowed.call();
    of_the_installation(call)?;
    let name = service_name(service, call).await?;
    let audience: ServiceName = request
        .audience
        .parse()
        .map_err(|_| Error::invalid("/audience", "must be the name of a service"))?;
    let tenant = tenant(service, call, request).await?;
    let scopes = call
        .scopes
        .names()
        .filter(|scope| *scope != IssueServiceTokens::NAME);
    let grant = Grant {
        caller: Caller::Service(name),
        tenant,
        scopes: Scopes::of(scopes),
        purpose: call.purpose,
        session: None,
    };
    let token = service
        .token(TokenKind::Service, &grant, audience.as_str(), LIFE)
        .await?;
    let details = json!({"audience": audience.as_str(), "tenant": tenant.to_string()});
    let entry = entry(
        "service-token.issued",
        &grant.caller,
        AuditOutcome::Done,
        &details,
    )?;
    service
        .commit(Append::new(Context::of(call)).audit(entry))
        .await?;
    Ok(ServiceToken {
        token,
        expires_in: LIFE.as_secs(),
    })
}

/// The service that the caller is.
async fn service_name(service: &AuthService, call: &Call) -> Result<ServiceName> {
    let none = || forbidden("Only a service gets service tokens.");
    match &call.caller {
        Caller::Service(name) => Ok(name.clone()),
        Caller::Client(id) => {
            let client = service.client(call.tenant, *id).await?;
            let name = client.state.service.as_deref().ok_or_else(none)?;
            name.parse().map_err(Error::internal)
        }
        _ => Err(none()),
    }
}

async fn tenant(
    service: &AuthService,
    call: &Call,
    request: &ServiceTokenRequest,
) -> Result<TenantId> {
    let Some(id) = request.tenant else {
        return Ok(call.tenant);
    };
    let tenant: Loaded<Tenant> = service.thing(TenantId::DEFAULT, id).await?;
    if tenant.state.name.is_empty() {
        return Err(Error::invalid("/tenant", "there is no such tenant"));
    }
    Ok(TenantId::from_uuid(id))
}
