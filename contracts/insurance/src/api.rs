//! The service as its callers see it.

use async_trait::async_trait;
use medcover_kernel::{
    AuthorisationId, Call, ClaimId, Limit, MemberId, PolicyId, RemittanceId, Result,
};

use crate::endpoints::{AuthorisationsQuery, ClaimsQuery, RemittancesQuery};
use crate::{
    AmendClaimRequest, ApproveRequest, Authorisation, AuthorisationList, CancelPolicyRequest,
    Claim, ClaimList, Eligibility, EligibilityQuery, EndMembershipRequest, EnrolMemberRequest,
    Explanation, IssueRemittanceRequest, Member, MemberList, NewPayerRequest, NewPlanRequest,
    NewProductRequest, Payer, PayerId, PayerList, Plan, PlanId, PlanList, PlanVersion, Policy,
    PolicyList, PremiumList, Product, ProductId, ProductList, PublishVersionRequest,
    QuotePolicyRequest, ReasonRequest, Remittance, RemittanceList, RenewPolicyRequest,
    ReserveBenefitRequest, ReverseClaimRequest, ScrubbingRequest, SettlePremiumRequest,
    SubmitClaimRequest,
};

/// The insurance service. In process it is the service itself, elsewhere its HTTP client.
///
/// Lists go on after the entry that `after` names: the `next` of the page before.
#[async_trait]
pub trait InsuranceApi: Send + Sync {
    /// Makes a payer. `Conflict` (`name-taken`) when another has the code.
    async fn register_payer(&self, call: &Call, request: NewPayerRequest) -> Result<Payer>;

    /// The payers, by code.
    async fn payers(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<PayerList>;

    /// One payer.
    async fn payer(&self, call: &Call, payer: PayerId) -> Result<Payer>;

    /// Sets which findings keep claims to a payer from being sent.
    async fn set_scrubbing(
        &self,
        call: &Call,
        payer: PayerId,
        request: ScrubbingRequest,
    ) -> Result<Payer>;

    /// Makes a product of a payer.
    async fn create_product(&self, call: &Call, request: NewProductRequest) -> Result<Product>;

    /// The products, by name.
    async fn products(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<ProductList>;

    /// One product.
    async fn product(&self, call: &Call, product: ProductId) -> Result<Product>;

    /// Makes a plan of a product, without a version so far.
    async fn create_plan(&self, call: &Call, request: NewPlanRequest) -> Result<Plan>;

    /// The plans, by name.
    async fn plans(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<PlanList>;

    /// One plan, with the days of its versions.
    async fn plan(&self, call: &Call, plan: PlanId) -> Result<Plan>;

    /// Publishes the next version of a plan, which never changes.
    async fn publish_version(
        &self,
        call: &Call,
        plan: PlanId,
        request: PublishVersionRequest,
    ) -> Result<PlanVersion>;

    /// A version of a plan, with its terms.
    async fn plan_version(&self, call: &Call, plan: PlanId, number: u32) -> Result<PlanVersion>;

    /// Offers a policy.
    async fn quote_policy(&self, call: &Call, request: QuotePolicyRequest) -> Result<Policy>;

    /// The policies, by number.
    async fn policies(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<PolicyList>;

    /// One policy.
    async fn policy(&self, call: &Call, policy: PolicyId) -> Result<Policy>;

    /// The offer is accepted; the first premium falls due.
    async fn accept_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy>;

    /// The premiums of a policy, and which of them are due or paid.
    async fn premiums(&self, call: &Call, policy: PolicyId) -> Result<PremiumList>;

    /// Notes that a premium is paid. The first one makes a policy ready that waits for it.
    async fn settle_premium(
        &self,
        call: &Call,
        policy: PolicyId,
        number: u32,
        request: SettlePremiumRequest,
    ) -> Result<Policy>;

    /// Lets a policy that is ready cover. One that is active already comes back as it is; one whose first day is still to
    /// come stays ready, and is activated on that day.
    async fn activate_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy>;

    /// Lets an active policy not cover for the time being.
    async fn suspend_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: ReasonRequest,
    ) -> Result<Policy>;

    /// Lets a suspended policy cover again, as if it had never been suspended.
    async fn reinstate_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy>;

    /// Ends a policy for want of payment.
    async fn lapse_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: ReasonRequest,
    ) -> Result<Policy>;

    /// Ends a policy before its term.
    async fn cancel_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: CancelPolicyRequest,
    ) -> Result<Policy>;

    /// Quotes the policy that follows another.
    async fn renew_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: RenewPolicyRequest,
    ) -> Result<Policy>;

    /// Makes a patient a member. `Conflict` when the id is closed, or the patient is a member already.
    async fn enrol_member(
        &self,
        call: &Call,
        policy: PolicyId,
        request: EnrolMemberRequest,
    ) -> Result<Member>;

    /// The members of a policy.
    async fn members(
        &self,
        call: &Call,
        policy: PolicyId,
        after: Option<String>,
        limit: Limit,
    ) -> Result<MemberList>;

    /// One member.
    async fn member(&self, call: &Call, policy: PolicyId, member: MemberId) -> Result<Member>;

    /// Ends the cover of a member.
    async fn end_membership(
        &self,
        call: &Call,
        policy: PolicyId,
        member: MemberId,
        request: EndMembershipRequest,
    ) -> Result<Member>;

    /// Takes an enrolment back. Where there is none, the id is closed: an enrolment that comes late is refused.
    async fn unlink_member(&self, call: &Call, policy: PolicyId, member: MemberId) -> Result<()>;

    /// What a member is covered for on a day, what remains, and what a service would need.
    async fn check_eligibility(&self, call: &Call, query: EligibilityQuery) -> Result<Eligibility>;

    /// Asks for an authorisation. What the plan lets be decided at once is: it comes back approved, partially approved or
    /// denied, else pended.
    async fn reserve_benefit(
        &self,
        call: &Call,
        request: ReserveBenefitRequest,
    ) -> Result<Authorisation>;

    /// The authorisations, the last made first.
    async fn authorisations(
        &self,
        call: &Call,
        query: AuthorisationsQuery,
    ) -> Result<AuthorisationList>;

    /// One authorisation.
    async fn authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
    ) -> Result<Authorisation>;

    /// Gives an authorisation, in full or in part, and holds what is given.
    async fn approve_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ApproveRequest,
    ) -> Result<Authorisation>;

    /// Does not give an authorisation.
    async fn deny_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation>;

    /// Asks for what must be known to decide.
    async fn request_information(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation>;

    /// Says what was asked for.
    async fn provide_information(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation>;

    /// Takes an authorisation back; what is unused returns. Where there is none, the id is closed.
    async fn void_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<()>;

    /// Makes a claim, looks through it and sends it. It comes back `accepted`, or `scrub-failed` with findings that block, or
    /// `rejected`; both stay and may be mended.
    async fn submit_claim(&self, call: &Call, request: SubmitClaimRequest) -> Result<Claim>;

    /// The claims, the last made first.
    async fn claims(&self, call: &Call, query: ClaimsQuery) -> Result<ClaimList>;

    /// One claim.
    async fn claim(&self, call: &Call, claim: ClaimId) -> Result<Claim>;

    /// Writes a claim anew that is not sent, or was not taken.
    async fn amend_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: AmendClaimRequest,
    ) -> Result<Claim>;

    /// Looks through a claim that is not sent, or was not taken, and sends it when nothing stands against it.
    async fn resubmit_claim(&self, call: &Call, claim: ClaimId) -> Result<Claim>;

    /// Lets a claim wait for something that must be known.
    async fn pend_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: ReasonRequest,
    ) -> Result<Claim>;

    /// Decides on a claim that is accepted, pended or reversed. One that is adjudicated already comes back as it is.
    async fn adjudicate_claim(&self, call: &Call, claim: ClaimId) -> Result<Claim>;

    /// Takes a decision back; what it used of benefits and authorisations is as if it had never been used.
    async fn reverse_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: ReverseClaimRequest,
    ) -> Result<Claim>;

    /// Takes a claim back that is not adjudicated, or whose adjudication was reversed. Where there is none, the id is closed.
    async fn void_claim(&self, call: &Call, claim: ClaimId, request: ReasonRequest) -> Result<()>;

    /// How the adjudication of a claim came about: the rules, in their order, and what each did.
    async fn explain_claim(&self, call: &Call, claim: ClaimId) -> Result<Explanation>;

    /// Pays claims, which are final then. `Conflict` (`name-taken`) when the payer has used the trace for another remittance.
    async fn issue_remittance(
        &self,
        call: &Call,
        request: IssueRemittanceRequest,
    ) -> Result<Remittance>;

    /// The remittances, the last made first.
    async fn remittances(&self, call: &Call, query: RemittancesQuery) -> Result<RemittanceList>;

    /// One remittance.
    async fn remittance(&self, call: &Call, remittance: RemittanceId) -> Result<Remittance>;
}
