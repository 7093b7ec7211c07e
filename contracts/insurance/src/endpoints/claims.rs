//! Claims.

use medcover_http::{Created, Endpoint, IfMatch, Json, NoContent, Path, Query, Tagged};

use super::{ClaimsQuery, IdPath, TAG};
use crate::permissions::{AdjudicateClaims, ReadClaims, SubmitClaims};
use crate::{
    AmendClaimRequest, Claim, ClaimList, Explanation, ReasonRequest, ReverseClaimRequest,
    SubmitClaimRequest,
};

/// [`InsuranceApi::submit_claim`](crate::InsuranceApi::submit_claim)
pub static SUBMIT_CLAIM: Endpoint<Json<SubmitClaimRequest>, Created<Claim>> =
    Endpoint::post("submit_claim", "/api/v1/claims")
        .summary("Makes a claim, looks through it, and sends it when nothing stands against it.")
        .tag(TAG)
        .needs::<SubmitClaims>()
        .once();

/// [`InsuranceApi::claims`](crate::InsuranceApi::claims)
pub static CLAIMS: Endpoint<Query<ClaimsQuery>, Json<ClaimList>> =
    Endpoint::get("claims", "/api/v1/claims")
        .summary("The claims, the last made first.")
        .tag(TAG)
        .needs::<ReadClaims>();

/// [`InsuranceApi::claim`](crate::InsuranceApi::claim)
pub static CLAIM: Endpoint<Path<IdPath>, Tagged<Claim>> =
    Endpoint::get("claim", "/api/v1/claims/{id}")
        .summary("One claim.")
        .tag(TAG)
        .needs::<ReadClaims>();

/// [`InsuranceApi::amend_claim`](crate::InsuranceApi::amend_claim)
pub static AMEND_CLAIM: Endpoint<(Path<IdPath>, IfMatch<AmendClaimRequest>), Tagged<Claim>> =
    Endpoint::put("amend_claim", "/api/v1/claims/{id}")
        .summary("Writes a claim anew that is not sent, or was not taken.")
        .tag(TAG)
        .needs::<SubmitClaims>();

/// [`InsuranceApi::resubmit_claim`](crate::InsuranceApi::resubmit_claim)
pub static RESUBMIT_CLAIM: Endpoint<Path<IdPath>, Json<Claim>> =
    Endpoint::post("resubmit_claim", "/api/v1/claims/{id}/submit")
        .summary("Looks through a claim that is not sent, or was not taken, and sends it when nothing stands against it.")
        .tag(TAG)
        .needs::<SubmitClaims>()
        .once();

/// [`InsuranceApi::pend_claim`](crate::InsuranceApi::pend_claim)
pub static PEND_CLAIM: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Claim>> =
    Endpoint::post("pend_claim", "/api/v1/claims/{id}/pend")
        .summary("Lets a claim wait for something that must be known.")
        .tag(TAG)
        .needs::<AdjudicateClaims>()
        .once();

/// [`InsuranceApi::adjudicate_claim`](crate::InsuranceApi::adjudicate_claim)
pub static ADJUDICATE_CLAIM: Endpoint<Path<IdPath>, Json<Claim>> =
    Endpoint::post("adjudicate_claim", "/api/v1/claims/{id}/adjudicate")
        .summary("Decides on a claim, within what remains of its member's benefits.")
        .tag(TAG)
        .needs::<AdjudicateClaims>()
        .once();

/// [`InsuranceApi::reverse_claim`](crate::InsuranceApi::reverse_claim)
pub static REVERSE_CLAIM: Endpoint<(Path<IdPath>, Json<ReverseClaimRequest>), Json<Claim>> =
    Endpoint::post("reverse_claim", "/api/v1/claims/{id}/reverse")
        .summary("Takes a decision back, and gives the benefits back that it used.")
        .tag(TAG)
        .needs::<AdjudicateClaims>()
        .once();

/// [`InsuranceApi::void_claim`](crate::InsuranceApi::void_claim)
pub static VOID_CLAIM: Endpoint<(Path<IdPath>, Json<ReasonRequest>), NoContent> =
    Endpoint::post("void_claim", "/api/v1/claims/{id}/void")
        .summary("Takes a claim back, or keeps one from being made that comes late.")
        .tag(TAG)
        .needs::<SubmitClaims>()
        .once();

/// [`InsuranceApi::explain_claim`](crate::InsuranceApi::explain_claim)
pub static EXPLAIN_CLAIM: Endpoint<Path<IdPath>, Json<Explanation>> = Endpoint::get(
    "explain_claim",
    "/api/v1/claims/{id}/explanation",
)
.summary(
    "How the adjudication of a claim came about: the rules, in their order, and what each did.",
)
.tag(TAG)
.needs::<ReadClaims>();
