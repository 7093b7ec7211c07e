//! Policies, their members and what they cover.

use medcover_http::{Created, Endpoint, Json, NoContent, Path, Query};

use super::{IdPath, MemberPath, NumberedPath, PageQuery, TAG};
use crate::permissions::{ManageCoverage, ReadCoverage};
use crate::{
    CancelPolicyRequest, Eligibility, EligibilityQuery, EndMembershipRequest, EnrolMemberRequest,
    Member, MemberList, Policy, PolicyList, PremiumList, QuotePolicyRequest, ReasonRequest,
    RenewPolicyRequest, SettlePremiumRequest,
};

/// [`InsuranceApi::quote_policy`](crate::InsuranceApi::quote_policy)
pub static QUOTE_POLICY: Endpoint<Json<QuotePolicyRequest>, Created<Policy>> =
    Endpoint::post("quote_policy", "/api/v1/policies")
        .summary("Offers a policy.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::policies`](crate::InsuranceApi::policies)
pub static POLICIES: Endpoint<Query<PageQuery>, Json<PolicyList>> =
    Endpoint::get("policies", "/api/v1/policies")
        .summary("The policies, by number.")
        .tag(TAG)
        .needs::<ReadCoverage>();

/// [`InsuranceApi::policy`](crate::InsuranceApi::policy)
pub static POLICY: Endpoint<Path<IdPath>, Json<Policy>> =
    Endpoint::get("policy", "/api/v1/policies/{id}")
        .summary("One policy.")
        .tag(TAG)
        .needs::<ReadCoverage>();

/// [`InsuranceApi::accept_policy`](crate::InsuranceApi::accept_policy)
pub static ACCEPT_POLICY: Endpoint<Path<IdPath>, Json<Policy>> =
    Endpoint::post("accept_policy", "/api/v1/policies/{id}/accept")
        .summary("The offer is accepted; the first premium falls due.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::premiums`](crate::InsuranceApi::premiums)
pub static PREMIUMS: Endpoint<Path<IdPath>, Json<PremiumList>> =
    Endpoint::get("premiums", "/api/v1/policies/{id}/premiums")
        .summary("The premiums of a policy, and which of them are due or paid.")
        .tag(TAG)
        .needs::<ReadCoverage>();

/// [`InsuranceApi::settle_premium`](crate::InsuranceApi::settle_premium)
pub static SETTLE_PREMIUM: Endpoint<
    (Path<NumberedPath>, Json<SettlePremiumRequest>),
    Json<Policy>,
> = Endpoint::post(
    "settle_premium",
    "/api/v1/policies/{id}/premiums/{number}/settle",
)
.summary("A premium is paid; after the first one the policy is ready.")
.tag(TAG)
.needs::<ManageCoverage>()
.once();

/// [`InsuranceApi::activate_policy`](crate::InsuranceApi::activate_policy)
pub static ACTIVATE_POLICY: Endpoint<Path<IdPath>, Json<Policy>> =
    Endpoint::post("activate_policy", "/api/v1/policies/{id}/activate")
        .summary("Lets a policy that is ready cover, from its first day.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::suspend_policy`](crate::InsuranceApi::suspend_policy)
pub static SUSPEND_POLICY: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Policy>> =
    Endpoint::post("suspend_policy", "/api/v1/policies/{id}/suspend")
        .summary("Lets an active policy not cover for the time being.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::reinstate_policy`](crate::InsuranceApi::reinstate_policy)
pub static REINSTATE_POLICY: Endpoint<Path<IdPath>, Json<Policy>> =
    Endpoint::post("reinstate_policy", "/api/v1/policies/{id}/reinstate")
        .summary("Lets a suspended policy cover again, as if it had never been suspended.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::lapse_policy`](crate::InsuranceApi::lapse_policy)
pub static LAPSE_POLICY: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Policy>> =
    Endpoint::post("lapse_policy", "/api/v1/policies/{id}/lapse")
        .summary("Ends a policy for want of payment.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::cancel_policy`](crate::InsuranceApi::cancel_policy)
pub static CANCEL_POLICY: Endpoint<(Path<IdPath>, Json<CancelPolicyRequest>), Json<Policy>> =
    Endpoint::post("cancel_policy", "/api/v1/policies/{id}/cancel")
        .summary("Ends a policy before its term.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::renew_policy`](crate::InsuranceApi::renew_policy)
pub static RENEW_POLICY: Endpoint<(Path<IdPath>, Json<RenewPolicyRequest>), Created<Policy>> =
    Endpoint::post("renew_policy", "/api/v1/policies/{id}/renew")
        .summary("Quotes the policy that follows another.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::enrol_member`](crate::InsuranceApi::enrol_member)
pub static ENROL_MEMBER: Endpoint<(Path<IdPath>, Json<EnrolMemberRequest>), Created<Member>> =
    Endpoint::post("enrol_member", "/api/v1/policies/{id}/members")
        .summary("Makes a patient a member of a policy.")
        .tag(TAG)
        .needs::<ManageCoverage>()
        .once();

/// [`InsuranceApi::members`](crate::InsuranceApi::members)
pub static MEMBERS: Endpoint<(Path<IdPath>, Query<PageQuery>), Json<MemberList>> =
    Endpoint::get("members", "/api/v1/policies/{id}/members")
        .summary("The members of a policy.")
        .tag(TAG)
        .needs::<ReadCoverage>();

/// [`InsuranceApi::member`](crate::InsuranceApi::member)
pub static MEMBER: Endpoint<Path<MemberPath>, Json<Member>> =
    Endpoint::get("member", "/api/v1/policies/{id}/members/{member}")
        .summary("One member.")
        .tag(TAG)
        .needs::<ReadCoverage>();

/// [`InsuranceApi::end_membership`](crate::InsuranceApi::end_membership)
pub static END_MEMBERSHIP: Endpoint<(Path<MemberPath>, Json<EndMembershipRequest>), Json<Member>> =
    Endpoint::post(
        "end_membership",
        "/api/v1/policies/{id}/members/{member}/end",
    )
    .summary("Ends the cover of a member.")
    .tag(TAG)
    .needs::<ManageCoverage>()
    .once();

/// [`InsuranceApi::unlink_member`](crate::InsuranceApi::unlink_member)
pub static UNLINK_MEMBER: Endpoint<Path<MemberPath>, NoContent> = Endpoint::post(
    "unlink_member",
    "/api/v1/policies/{id}/members/{member}/unlink",
)
.summary("Takes an enrolment back, or keeps one from taking place that comes late.")
.tag(TAG)
.needs::<ManageCoverage>()
.once();

/// [`InsuranceApi::check_eligibility`](crate::InsuranceApi::check_eligibility)
pub static CHECK_ELIGIBILITY: Endpoint<Query<EligibilityQuery>, Json<Eligibility>> =
    Endpoint::get("check_eligibility", "/api/v1/eligibility")
        .summary(
            "What a member is covered for on a day, what remains, and what a service would need.",
        )
        .tag(TAG)
        .needs::<ReadCoverage>();
