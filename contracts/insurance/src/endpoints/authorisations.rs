//! Authorisations.

use medcover_http::{Created, Endpoint, Json, NoContent, Path, Query};

use super::{AuthorisationsQuery, IdPath, TAG};
use crate::permissions::{DecideAuthorisations, ReadAuthorisations, RequestAuthorisations};
use crate::{
    ApproveRequest, Authorisation, AuthorisationList, ReasonRequest, ReserveBenefitRequest,
};

/// [`InsuranceApi::reserve_benefit`](crate::InsuranceApi::reserve_benefit)
pub static RESERVE_BENEFIT: Endpoint<Json<ReserveBenefitRequest>, Created<Authorisation>> =
    Endpoint::post("reserve_benefit", "/api/v1/authorisations")
        .summary("Asks for an authorisation, which holds the benefit until it is used, taken back or out of date.")
        .tag(TAG)
        .needs::<RequestAuthorisations>()
        .once();

/// [`InsuranceApi::authorisations`](crate::InsuranceApi::authorisations)
pub static AUTHORISATIONS: Endpoint<Query<AuthorisationsQuery>, Json<AuthorisationList>> =
    Endpoint::get("authorisations", "/api/v1/authorisations")
        .summary("The authorisations, the last made first.")
        .tag(TAG)
        .needs::<ReadAuthorisations>();

/// [`InsuranceApi::authorisation`](crate::InsuranceApi::authorisation)
pub static AUTHORISATION: Endpoint<Path<IdPath>, Json<Authorisation>> =
    Endpoint::get("authorisation", "/api/v1/authorisations/{id}")
        .summary("One authorisation.")
        .tag(TAG)
        .needs::<ReadAuthorisations>();

/// [`InsuranceApi::approve_authorisation`](crate::InsuranceApi::approve_authorisation)
pub static APPROVE_AUTHORISATION: Endpoint<
    (Path<IdPath>, Json<ApproveRequest>),
    Json<Authorisation>,
> = Endpoint::post(
    "approve_authorisation",
    "/api/v1/authorisations/{id}/approve",
)
.summary("Gives an authorisation, in full or in part, and holds what is given.")
.tag(TAG)
.needs::<DecideAuthorisations>()
.once();

/// [`InsuranceApi::deny_authorisation`](crate::InsuranceApi::deny_authorisation)
pub static DENY_AUTHORISATION: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Authorisation>> =
    Endpoint::post("deny_authorisation", "/api/v1/authorisations/{id}/deny")
        .summary("Does not give an authorisation.")
        .tag(TAG)
        .needs::<DecideAuthorisations>()
        .once();

/// [`InsuranceApi::request_information`](crate::InsuranceApi::request_information)
pub static REQUEST_INFORMATION: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Authorisation>> =
    Endpoint::post(
        "request_information",
        "/api/v1/authorisations/{id}/request-information",
    )
    .summary("Asks for what must be known to decide.")
    .tag(TAG)
    .needs::<DecideAuthorisations>()
    .once();

/// [`InsuranceApi::provide_information`](crate::InsuranceApi::provide_information)
pub static PROVIDE_INFORMATION: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Authorisation>> =
    Endpoint::post(
        "provide_information",
        "/api/v1/authorisations/{id}/provide-information",
    )
    .summary("Says what was asked for.")
    .tag(TAG)
    .needs::<RequestAuthorisations>()
    .once();

/// [`InsuranceApi::void_authorisation`](crate::InsuranceApi::void_authorisation)
pub static VOID_AUTHORISATION: Endpoint<(Path<IdPath>, Json<ReasonRequest>), NoContent> =
    Endpoint::post("void_authorisation", "/api/v1/authorisations/{id}/void")
        .summary("Takes an authorisation back, or keeps one from being made that comes late; what is unused returns.")
        .tag(TAG)
        .needs::<RequestAuthorisations>()
        .once();
