//! The use cases, one thing a file, and the service that offers them.

mod adjudicate_claim;
mod alarms;
mod authorisations;
mod benefits;
mod claims;
mod covers;
mod eligibility;
mod estimate;
mod members;
mod payers;
mod pending;
mod plans;
mod policies;
mod remittances;
mod reserve_benefit;
mod service;
mod submit_claim;

pub use alarms::{DAYS_QUEUE, DueDays};
pub use service::InsuranceService;

use async_trait::async_trait;
use medcover_contract_insurance::endpoints::{AuthorisationsQuery, ClaimsQuery, RemittancesQuery};
use medcover_contract_insurance::{
    AmendClaimRequest, ApproveRequest, Authorisation, AuthorisationList, CancelPolicyRequest,
    Claim, ClaimList, Eligibility, EligibilityQuery, EndMembershipRequest, EnrolMemberRequest,
    Explanation, InsuranceApi, IssueRemittanceRequest, Member, MemberList, NewPayerRequest,
    NewPlanRequest, NewProductRequest, Payer, PayerId, PayerList, Plan, PlanId, PlanList,
    PlanVersion, Policy, PolicyList, PremiumList, Product, ProductId, ProductList,
    PublishVersionRequest, QuotePolicyRequest, ReasonRequest, Remittance, RemittanceList,
    RenewPolicyRequest, ReserveBenefitRequest, ReverseClaimRequest, ScrubbingRequest,
    SettlePremiumRequest, SubmitClaimRequest,
};
use medcover_kernel::{
    Allowed, AuthorisationId, Call, ClaimId, Limit, MemberId, PolicyId, RemittanceId, Result,
};

#[async_trait]
impl InsuranceApi for InsuranceService {
    async fn register_payer(&self, call: &Call, request: NewPayerRequest) -> Result<Payer> {
        self.begin(call)?;
        payers::register_payer(self, Allowed::by(call)?, request).await
    }

    async fn payers(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<PayerList> {
        self.begin(call)?;
        payers::payers(self, Allowed::by(call)?, after, limit).await
    }

    async fn payer(&self, call: &Call, payer: PayerId) -> Result<Payer> {
        self.begin(call)?;
        payers::payer(self, Allowed::by(call)?, payer).await
    }

    async fn set_scrubbing(
        &self,
        call: &Call,
        payer: PayerId,
        request: ScrubbingRequest,
    ) -> Result<Payer> {
        self.begin(call)?;
        payers::set_scrubbing(self, Allowed::by(call)?, payer, request).await
    }

    async fn create_product(&self, call: &Call, request: NewProductRequest) -> Result<Product> {
        self.begin(call)?;
        plans::create_product(self, Allowed::by(call)?, request).await
    }

    async fn products(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<ProductList> {
        self.begin(call)?;
        plans::products(self, Allowed::by(call)?, after, limit).await
    }

    async fn product(&self, call: &Call, product: ProductId) -> Result<Product> {
        self.begin(call)?;
        plans::product(self, Allowed::by(call)?, product).await
    }

    async fn create_plan(&self, call: &Call, request: NewPlanRequest) -> Result<Plan> {
        self.begin(call)?;
        plans::create_plan(self, Allowed::by(call)?, request).await
    }

    async fn plans(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<PlanList> {
        self.begin(call)?;
        plans::plans(self, Allowed::by(call)?, after, limit).await
    }

    async fn plan(&self, call: &Call, plan: PlanId) -> Result<Plan> {
        self.begin(call)?;
        plans::plan(self, Allowed::by(call)?, plan).await
    }

    async fn publish_version(
        &self,
        call: &Call,
        plan: PlanId,
        request: PublishVersionRequest,
    ) -> Result<PlanVersion> {
        self.begin(call)?;
        plans::publish_version(self, Allowed::by(call)?, plan, request).await
    }

    async fn plan_version(&self, call: &Call, plan: PlanId, number: u32) -> Result<PlanVersion> {
        self.begin(call)?;
        plans::plan_version(self, Allowed::by(call)?, plan, number).await
    }

    async fn quote_policy(&self, call: &Call, request: QuotePolicyRequest) -> Result<Policy> {
        self.begin(call)?;
        policies::quote_policy(self, Allowed::by(call)?, request).await
    }

    async fn policies(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<PolicyList> {
        self.begin(call)?;
        policies::policies(self, Allowed::by(call)?, after, limit).await
    }

    async fn policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.begin(call)?;
        policies::policy(self, Allowed::by(call)?, policy).await
    }

    async fn accept_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.begin(call)?;
        policies::accept_policy(self, Allowed::by(call)?, policy).await
    }

    async fn premiums(&self, call: &Call, policy: PolicyId) -> Result<PremiumList> {
        self.begin(call)?;
        policies::premiums(self, Allowed::by(call)?, policy).await
    }

    async fn settle_premium(
        &self,
        call: &Call,
        policy: PolicyId,
        number: u32,
        request: SettlePremiumRequest,
    ) -> Result<Policy> {
        self.begin(call)?;
        policies::settle_premium(self, Allowed::by(call)?, policy, number, request).await
    }

    async fn activate_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.begin(call)?;
        policies::activate_policy(self, Allowed::by(call)?, policy).await
    }

    async fn suspend_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: ReasonRequest,
    ) -> Result<Policy> {
        self.begin(call)?;
        policies::suspend_policy(self, Allowed::by(call)?, policy, request).await
    }

    async fn reinstate_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.begin(call)?;
        policies::reinstate_policy(self, Allowed::by(call)?, policy).await
    }

    async fn lapse_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: ReasonRequest,
    ) -> Result<Policy> {
        self.begin(call)?;
        policies::lapse_policy(self, Allowed::by(call)?, policy, request).await
    }

    async fn cancel_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: CancelPolicyRequest,
    ) -> Result<Policy> {
        self.begin(call)?;
        policies::cancel_policy(self, Allowed::by(call)?, policy, request).await
    }

    async fn renew_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: RenewPolicyRequest,
    ) -> Result<Policy> {
        self.begin(call)?;
        policies::renew_policy(self, Allowed::by(call)?, policy, request).await
    }

    async fn enrol_member(
        &self,
        call: &Call,
        policy: PolicyId,
        request: EnrolMemberRequest,
    ) -> Result<Member> {
        self.begin(call)?;
        members::enrol_member(self, Allowed::by(call)?, policy, request).await
    }

    async fn members(
        &self,
        call: &Call,
        policy: PolicyId,
        after: Option<String>,
        limit: Limit,
    ) -> Result<MemberList> {
        self.begin(call)?;
        members::members(self, Allowed::by(call)?, policy, after, limit).await
    }

    async fn member(&self, call: &Call, policy: PolicyId, member: MemberId) -> Result<Member> {
        self.begin(call)?;
        members::member(self, Allowed::by(call)?, policy, member).await
    }

    async fn end_membership(
        &self,
        call: &Call,
        policy: PolicyId,
        member: MemberId,
        request: EndMembershipRequest,
    ) -> Result<Member> {
        self.begin(call)?;
        members::end_membership(self, Allowed::by(call)?, policy, member, request).await
    }

    async fn unlink_member(&self, call: &Call, policy: PolicyId, member: MemberId) -> Result<()> {
        self.begin(call)?;
        members::unlink_member(self, Allowed::by(call)?, policy, member).await
    }

    async fn check_eligibility(&self, call: &Call, query: EligibilityQuery) -> Result<Eligibility> {
        self.begin(call)?;
        eligibility::check_eligibility(self, Allowed::by(call)?, query).await
    }

    async fn reserve_benefit(
        &self,
        call: &Call,
        request: ReserveBenefitRequest,
    ) -> Result<Authorisation> {
        self.begin(call)?;
        reserve_benefit::reserve_benefit(self, Allowed::by(call)?, request).await
    }

    async fn authorisations(
        &self,
        call: &Call,
        query: AuthorisationsQuery,
    ) -> Result<AuthorisationList> {
        self.begin(call)?;
        authorisations::authorisations(self, Allowed::by(call)?, query).await
    }

    async fn authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
    ) -> Result<Authorisation> {
        self.begin(call)?;
        authorisations::authorisation(self, Allowed::by(call)?, authorisation).await
    }

    async fn approve_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ApproveRequest,
    ) -> Result<Authorisation> {
        self.begin(call)?;
        authorisations::approve_authorisation(self, Allowed::by(call)?, authorisation, request)
            .await
    }

    async fn deny_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation> {
        self.begin(call)?;
        authorisations::deny_authorisation(self, Allowed::by(call)?, authorisation, request).await
    }

    async fn request_information(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation> {
        self.begin(call)?;
        authorisations::request_information(self, Allowed::by(call)?, authorisation, request).await
    }

    async fn provide_information(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation> {
        self.begin(call)?;
        authorisations::provide_information(self, Allowed::by(call)?, authorisation, request).await
    }

    async fn void_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<()> {
        self.begin(call)?;
        authorisations::void_authorisation(self, Allowed::by(call)?, authorisation, request).await
    }

    async fn submit_claim(&self, call: &Call, request: SubmitClaimRequest) -> Result<Claim> {
        self.begin(call)?;
        submit_claim::submit_claim(self, Allowed::by(call)?, request).await
    }

    async fn claims(&self, call: &Call, query: ClaimsQuery) -> Result<ClaimList> {
        self.begin(call)?;
        claims::claims(self, Allowed::by(call)?, query).await
    }

    async fn claim(&self, call: &Call, claim: ClaimId) -> Result<Claim> {
        self.begin(call)?;
        claims::claim(self, Allowed::by(call)?, claim).await
    }

    async fn amend_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: AmendClaimRequest,
    ) -> Result<Claim> {
        self.begin(call)?;
        submit_claim::amend_claim(self, Allowed::by(call)?, claim, request).await
    }

    async fn resubmit_claim(&self, call: &Call, claim: ClaimId) -> Result<Claim> {
        self.begin(call)?;
        submit_claim::resubmit_claim(self, Allowed::by(call)?, claim).await
    }

    async fn pend_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: ReasonRequest,
    ) -> Result<Claim> {
        self.begin(call)?;
        claims::pend_claim(self, Allowed::by(call)?, claim, request).await
    }

    async fn adjudicate_claim(&self, call: &Call, claim: ClaimId) -> Result<Claim> {
        self.begin(call)?;
        adjudicate_claim::adjudicate_claim(self, Allowed::by(call)?, claim).await
    }

    async fn reverse_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: ReverseClaimRequest,
    ) -> Result<Claim> {
        self.begin(call)?;
        adjudicate_claim::reverse_claim(self, Allowed::by(call)?, claim, request).await
    }

    async fn void_claim(&self, call: &Call, claim: ClaimId, request: ReasonRequest) -> Result<()> {
        self.begin(call)?;
        claims::void_claim(self, Allowed::by(call)?, claim, request).await
    }

    async fn explain_claim(&self, call: &Call, claim: ClaimId) -> Result<Explanation> {
        self.begin(call)?;
        claims::explain_claim(self, Allowed::by(call)?, claim).await
    }

    async fn issue_remittance(
        &self,
        call: &Call,
        request: IssueRemittanceRequest,
    ) -> Result<Remittance> {
        self.begin(call)?;
        remittances::issue_remittance(self, Allowed::by(call)?, request).await
    }

    async fn remittances(&self, call: &Call, query: RemittancesQuery) -> Result<RemittanceList> {
        self.begin(call)?;
        remittances::remittances(self, Allowed::by(call)?, query).await
    }

    async fn remittance(&self, call: &Call, remittance: RemittanceId) -> Result<Remittance> {
        self.begin(call)?;
        remittances::remittance(self, Allowed::by(call)?, remittance).await
    }
}
