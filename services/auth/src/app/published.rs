//! What anybody may know.

use medcover_contract_auth::{Discovery, endpoints};
use medcover_identity::Jwks;

use super::service::AuthService;

/// The public keys: of those that sign, will sign, or have signed what still lives.
pub(super) fn jwks(service: &AuthService) -> Jwks {
    service.live.ring().published(service.clock.now())
}

/// What `OpenID` Connect Discovery tells.
pub(super) fn discovery(service: &AuthService) -> Discovery {
    let issuer = service.issuer.name();
    let at = |path: &str| format!("{issuer}{path}");
    Discovery {
        issuer: issuer.to_owned(),
        jwks_uri: at(endpoints::JWKS.path),
        userinfo_endpoint: at(endpoints::ME.path),
        scopes_supported: service
            .catalogue
            .iter()
            .map(|it| it.name.to_owned())
            .collect(),
        response_types_supported: Vec::new(),
        subject_types_supported: vec!["public".to_owned()],
        id_token_signing_alg_values_supported: vec!["EdDSA".to_owned()],
    }
}
