//! The insurance service in another process.

use async_trait::async_trait;
use medcover_http::{HttpClient, IfMatch, Json, Path, Query};
use medcover_kernel::{
    AuthorisationId, Call, ClaimId, Limit, MemberId, PolicyId, RemittanceId, Result,
};
use uuid::Uuid;

use crate::endpoints::{
    self as at, AuthorisationsQuery, ClaimsQuery, IdPath, MemberPath, NumberedPath, PageQuery,
    RemittancesQuery,
};
use crate::{
    AmendClaimRequest, ApproveRequest, Authorisation, AuthorisationList, CancelPolicyRequest,
    Claim, ClaimList, Eligibility, EligibilityQuery, EndMembershipRequest, EnrolMemberRequest,
    Explanation, InsuranceApi, IssueRemittanceRequest, Member, MemberList, NewPayerRequest,
    NewPlanRequest, NewProductRequest, Payer, PayerId, PayerList, Plan, PlanId, PlanList,
    PlanVersion, Policy, PolicyList, PremiumList, Product, ProductId, ProductList,
    PublishVersionRequest, QuotePolicyRequest, ReasonRequest, Remittance, RemittanceList,
    RenewPolicyRequest, ReserveBenefitRequest, ReverseClaimRequest, ScrubbingRequest,
    SettlePremiumRequest, SubmitClaimRequest,
};

/// Asks the insurance service over HTTP.
#[derive(Clone, Debug)]
pub struct InsuranceClient(HttpClient);

impl InsuranceClient {
    /// The service that `http` reaches.
    pub const fn new(http: HttpClient) -> Self {
        Self(http)
    }
}

const fn id(id: Uuid) -> Path<IdPath> {
    Path(IdPath { id })
}

const fn numbered(id: Uuid, number: u32) -> Path<NumberedPath> {
    Path(NumberedPath { id, number })
}

const fn of_member(policy: PolicyId, member: MemberId) -> Path<MemberPath> {
    Path(MemberPath {
        id: policy.as_uuid(),
        member: member.as_uuid(),
    })
}

const fn page(after: Option<String>, limit: Limit) -> Query<PageQuery> {
    let limit = Some(limit);
    Query(PageQuery { after, limit })
}

#[async_trait]
impl InsuranceApi for InsuranceClient {
    async fn register_payer(&self, call: &Call, request: NewPayerRequest) -> Result<Payer> {
        self.0.ask(&at::REGISTER_PAYER, call, Json(request)).await
    }

    async fn payers(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<PayerList> {
        self.0.ask(&at::PAYERS, call, page(after, limit)).await
    }

    async fn payer(&self, call: &Call, payer: PayerId) -> Result<Payer> {
        self.0.ask(&at::PAYER, call, id(payer.as_uuid())).await
    }

    async fn set_scrubbing(
        &self,
        call: &Call,
        payer: PayerId,
        request: ScrubbingRequest,
    ) -> Result<Payer> {
        self.0
            .ask(
                &at::SET_SCRUBBING,
                call,
                (id(payer.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn create_product(&self, call: &Call, request: NewProductRequest) -> Result<Product> {
        self.0.ask(&at::CREATE_PRODUCT, call, Json(request)).await
    }

    async fn products(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<ProductList> {
        self.0.ask(&at::PRODUCTS, call, page(after, limit)).await
    }

    async fn product(&self, call: &Call, product: ProductId) -> Result<Product> {
        self.0.ask(&at::PRODUCT, call, id(product.as_uuid())).await
    }

    async fn create_plan(&self, call: &Call, request: NewPlanRequest) -> Result<Plan> {
        self.0.ask(&at::CREATE_PLAN, call, Json(request)).await
    }

    async fn plans(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<PlanList> {
        self.0.ask(&at::PLANS, call, page(after, limit)).await
    }

    async fn plan(&self, call: &Call, plan: PlanId) -> Result<Plan> {
        self.0.ask(&at::PLAN, call, id(plan.as_uuid())).await
    }

    async fn publish_version(
        &self,
        call: &Call,
        plan: PlanId,
        request: PublishVersionRequest,
    ) -> Result<PlanVersion> {
        self.0
            .ask(
                &at::PUBLISH_VERSION,
                call,
                (id(plan.as_uuid()), Json(request)),
            )
            .await
    }

    async fn plan_version(&self, call: &Call, plan: PlanId, number: u32) -> Result<PlanVersion> {
        self.0
            .ask(&at::PLAN_VERSION, call, numbered(plan.as_uuid(), number))
            .await
    }

    async fn quote_policy(&self, call: &Call, request: QuotePolicyRequest) -> Result<Policy> {
        self.0.ask(&at::QUOTE_POLICY, call, Json(request)).await
    }

    async fn policies(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<PolicyList> {
        self.0.ask(&at::POLICIES, call, page(after, limit)).await
    }

    async fn policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.0.ask(&at::POLICY, call, id(policy.as_uuid())).await
    }

    async fn accept_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.0
            .ask(&at::ACCEPT_POLICY, call, id(policy.as_uuid()))
            .await
    }

    async fn premiums(&self, call: &Call, policy: PolicyId) -> Result<PremiumList> {
        self.0.ask(&at::PREMIUMS, call, id(policy.as_uuid())).await
    }

    async fn settle_premium(
        &self,
        call: &Call,
        policy: PolicyId,
        number: u32,
        request: SettlePremiumRequest,
    ) -> Result<Policy> {
        self.0
            .ask(
                &at::SETTLE_PREMIUM,
                call,
                (numbered(policy.as_uuid(), number), Json(request)),
            )
            .await
    }

    async fn activate_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.0
            .ask(&at::ACTIVATE_POLICY, call, id(policy.as_uuid()))
            .await
    }

    async fn suspend_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: ReasonRequest,
    ) -> Result<Policy> {
        self.0
            .ask(
                &at::SUSPEND_POLICY,
                call,
                (id(policy.as_uuid()), Json(request)),
            )
            .await
    }

    async fn reinstate_policy(&self, call: &Call, policy: PolicyId) -> Result<Policy> {
        self.0
            .ask(&at::REINSTATE_POLICY, call, id(policy.as_uuid()))
            .await
    }

    async fn lapse_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: ReasonRequest,
    ) -> Result<Policy> {
        self.0
            .ask(
                &at::LAPSE_POLICY,
                call,
                (id(policy.as_uuid()), Json(request)),
            )
            .await
    }

    async fn cancel_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: CancelPolicyRequest,
    ) -> Result<Policy> {
        self.0
            .ask(
                &at::CANCEL_POLICY,
                call,
                (id(policy.as_uuid()), Json(request)),
            )
            .await
    }

    async fn renew_policy(
        &self,
        call: &Call,
        policy: PolicyId,
        request: RenewPolicyRequest,
    ) -> Result<Policy> {
        self.0
            .ask(
                &at::RENEW_POLICY,
                call,
                (id(policy.as_uuid()), Json(request)),
            )
            .await
    }

    async fn enrol_member(
        &self,
        call: &Call,
        policy: PolicyId,
        request: EnrolMemberRequest,
    ) -> Result<Member> {
        self.0
            .ask(
                &at::ENROL_MEMBER,
                call,
                (id(policy.as_uuid()), Json(request)),
            )
            .await
    }

    async fn members(
        &self,
        call: &Call,
        policy: PolicyId,
        after: Option<String>,
        limit: Limit,
    ) -> Result<MemberList> {
        self.0
            .ask(
                &at::MEMBERS,
                call,
                (id(policy.as_uuid()), page(after, limit)),
            )
            .await
    }

    async fn member(&self, call: &Call, policy: PolicyId, member: MemberId) -> Result<Member> {
        self.0
            .ask(&at::MEMBER, call, of_member(policy, member))
            .await
    }

    async fn end_membership(
        &self,
        call: &Call,
        policy: PolicyId,
        member: MemberId,
        request: EndMembershipRequest,
    ) -> Result<Member> {
        self.0
            .ask(
                &at::END_MEMBERSHIP,
                call,
                (of_member(policy, member), Json(request)),
            )
            .await
    }

    async fn unlink_member(&self, call: &Call, policy: PolicyId, member: MemberId) -> Result<()> {
        self.0
            .ask(&at::UNLINK_MEMBER, call, of_member(policy, member))
            .await
    }

    async fn check_eligibility(&self, call: &Call, query: EligibilityQuery) -> Result<Eligibility> {
        self.0.ask(&at::CHECK_ELIGIBILITY, call, Query(query)).await
    }

    async fn reserve_benefit(
        &self,
        call: &Call,
        request: ReserveBenefitRequest,
    ) -> Result<Authorisation> {
        self.0.ask(&at::RESERVE_BENEFIT, call, Json(request)).await
    }

    async fn authorisations(
        &self,
        call: &Call,
        query: AuthorisationsQuery,
    ) -> Result<AuthorisationList> {
        self.0.ask(&at::AUTHORISATIONS, call, Query(query)).await
    }

    async fn authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
    ) -> Result<Authorisation> {
        self.0
            .ask(&at::AUTHORISATION, call, id(authorisation.as_uuid()))
            .await
    }

    async fn approve_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ApproveRequest,
    ) -> Result<Authorisation> {
        self.0
            .ask(
                &at::APPROVE_AUTHORISATION,
                call,
                (id(authorisation.as_uuid()), Json(request)),
            )
            .await
    }

    async fn deny_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation> {
        self.0
            .ask(
                &at::DENY_AUTHORISATION,
                call,
                (id(authorisation.as_uuid()), Json(request)),
            )
            .await
    }

    async fn request_information(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation> {
        self.0
            .ask(
                &at::REQUEST_INFORMATION,
                call,
                (id(authorisation.as_uuid()), Json(request)),
            )
            .await
    }

    async fn provide_information(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<Authorisation> {
        self.0
            .ask(
                &at::PROVIDE_INFORMATION,
                call,
                (id(authorisation.as_uuid()), Json(request)),
            )
            .await
    }

    async fn void_authorisation(
        &self,
        call: &Call,
        authorisation: AuthorisationId,
        request: ReasonRequest,
    ) -> Result<()> {
        self.0
            .ask(
                &at::VOID_AUTHORISATION,
                call,
                (id(authorisation.as_uuid()), Json(request)),
            )
            .await
    }

    async fn submit_claim(&self, call: &Call, request: SubmitClaimRequest) -> Result<Claim> {
        self.0.ask(&at::SUBMIT_CLAIM, call, Json(request)).await
    }

    async fn claims(&self, call: &Call, query: ClaimsQuery) -> Result<ClaimList> {
        self.0.ask(&at::CLAIMS, call, Query(query)).await
    }

    async fn claim(&self, call: &Call, claim: ClaimId) -> Result<Claim> {
        self.0.ask(&at::CLAIM, call, id(claim.as_uuid())).await
    }

    async fn amend_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: AmendClaimRequest,
    ) -> Result<Claim> {
        self.0
            .ask(
                &at::AMEND_CLAIM,
                call,
                (id(claim.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn resubmit_claim(&self, call: &Call, claim: ClaimId) -> Result<Claim> {
        self.0
            .ask(&at::RESUBMIT_CLAIM, call, id(claim.as_uuid()))
            .await
    }

    async fn pend_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: ReasonRequest,
    ) -> Result<Claim> {
        self.0
            .ask(&at::PEND_CLAIM, call, (id(claim.as_uuid()), Json(request)))
            .await
    }

    async fn adjudicate_claim(&self, call: &Call, claim: ClaimId) -> Result<Claim> {
        self.0
            .ask(&at::ADJUDICATE_CLAIM, call, id(claim.as_uuid()))
            .await
    }

    async fn reverse_claim(
        &self,
        call: &Call,
        claim: ClaimId,
        request: ReverseClaimRequest,
    ) -> Result<Claim> {
        self.0
            .ask(
                &at::REVERSE_CLAIM,
                call,
                (id(claim.as_uuid()), Json(request)),
            )
            .await
    }

    async fn void_claim(&self, call: &Call, claim: ClaimId, request: ReasonRequest) -> Result<()> {
        self.0
            .ask(&at::VOID_CLAIM, call, (id(claim.as_uuid()), Json(request)))
            .await
    }

    async fn explain_claim(&self, call: &Call, claim: ClaimId) -> Result<Explanation> {
        self.0
            .ask(&at::EXPLAIN_CLAIM, call, id(claim.as_uuid()))
            .await
    }

    async fn issue_remittance(
        &self,
        call: &Call,
        request: IssueRemittanceRequest,
    ) -> Result<Remittance> {
        self.0.ask(&at::ISSUE_REMITTANCE, call, Json(request)).await
    }

    async fn remittances(&self, call: &Call, query: RemittancesQuery) -> Result<RemittanceList> {
        self.0.ask(&at::REMITTANCES, call, Query(query)).await
    }

    async fn remittance(&self, call: &Call, remittance: RemittanceId) -> Result<Remittance> {
        self.0
            .ask(&at::REMITTANCE, call, id(remittance.as_uuid()))
            .await
    }
}
