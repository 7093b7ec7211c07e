//! What a token or key is worth that was shown to another process.

use medcover_contract_auth::permissions::IntrospectCredentials;
use medcover_contract_auth::{IntrospectRequest, Introspection};
use medcover_identity::Verifier;
use medcover_kernel::{Allowed, Error, ErrorKind, Result, ServiceName};

use super::create_tenant::of_the_installation;
use super::service::AuthService;

/// The most services of one process.
const MAX_SERVICES: usize = 16;

/// Who shows this there. As here, a service token that was shown is good no more, and what does not hold is written down.
pub(super) async fn introspect(
    service: &AuthService,
    allowed: Allowed<'_, IntrospectCredentials>,
    request: &IntrospectRequest,
) -> Result<Introspection> {
    let call = allowed.call();
    of_the_installation(call)?;
    let there = verifiers(service, &request.services)?;
    match service.identity_of(request.shown(), &there, call).await {
        Ok(identity) => Ok(Introspection::of(&identity)),
        Err(error) if error.kind() == ErrorKind::Unauthenticated => Ok(Introspection::INACTIVE),
        Err(error) => Err(error),
    }
}

/// What checks service tokens for a process that runs these services.
fn verifiers(service: &AuthService, names: &[String]) -> Result<Vec<Verifier>> {
    if names.len() > MAX_SERVICES {
        let detail = format!("may name {MAX_SERVICES} services");
        return Err(Error::invalid("/services", detail));
    }
    let verifier = |(place, name): (usize, &String)| {
        let name: ServiceName = name.parse().map_err(|_| {
            Error::invalid(
                format!("/services/{place}"),
                "must be the name of a service",
            )
        })?;
        Ok(service.issuer.verifier(name.as_str()))
    };
    names.iter().enumerate().map(verifier).collect()
}
