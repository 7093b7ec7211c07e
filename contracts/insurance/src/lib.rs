#![doc = include_str!("../README.md")]

mod adjudication;
mod api;
mod authorisations;
mod claims;
mod client;
mod eligibility;
pub mod endpoints;
pub mod events;
mod members;
mod payers;
pub mod permissions;
mod plans;
mod policies;
mod remittances;
mod terms;
mod versions;

pub use adjudication::Explanation;
pub use api::InsuranceApi;
pub use authorisations::{
    ApproveRequest, ApprovedItem, Authorisation, AuthorisationItem, AuthorisationList,
    AuthorisationState, AuthorisationSummary, RequestedItem, ReserveBenefitRequest,
};
pub use claims::{
    AmendClaimRequest, Claim, ClaimContent, ClaimFinding, ClaimLine, ClaimList, ClaimState,
    ClaimSummary, Coverage, FindingSeverity, Rejection, ReverseClaimRequest, SubmitClaimRequest,
    VersionedAdjudication,
};
pub use client::InsuranceClient;
pub use eligibility::{AccountState, Eligibility, EligibilityQuery, ServiceEstimate};
pub use members::{
    EndMembershipRequest, EnrolMemberRequest, Member, MemberList, MemberState, Relationship,
};
pub use payers::{NewPayerRequest, Payer, PayerId, PayerList, Scrubbing, ScrubbingRequest};
pub use plans::{
    NewPlanRequest, NewProductRequest, Plan, PlanId, PlanList, PlanSummary, PlanVersion, Product,
    ProductId, ProductList, PublishVersionRequest, VersionRange,
};
pub use policies::{
    CancelPolicyRequest, Policy, PolicyList, PolicyState, Premium, PremiumList, PremiumPeriod,
    PremiumSchedule, PremiumState, QuotePolicyRequest, ReasonRequest, RenewPolicyRequest,
    SettlePremiumRequest,
};
pub use remittances::{
    IssueRemittanceRequest, ProviderAdjustment, Remittance, RemittanceList, RemittanceSummary,
    RemittedClaim,
};
pub use terms::PlanTerms;

/// What decides on claims: its plans, and its decisions, stand in requests and answers as they are.
pub use medcover_adjudication::{
    Account, Adjudication, Adjustment, Case, Counter, Draw, Fee, LineAdjudication, Network,
    Quantity, Scope, Sex, Terms, Totals, Unlisted, Urgency, Verdict, plan,
};

/// Most characters of a name, a number or a trace.
pub const MAX_NAME_CHARS: usize = 64;
/// Most characters of a reason.
pub const MAX_REASON_CHARS: usize = 500;
/// Most versions of a plan.
pub const MAX_VERSIONS: usize = 200;
/// Most fees of a version of a plan.
pub const MAX_FEES: usize = 2_000;
/// Most members of a policy.
pub const MAX_MEMBERS: usize = 50;
/// Most items of an authorisation.
pub const MAX_ITEMS: usize = 50;
/// Most diagnoses of a claim.
pub const MAX_DIAGNOSES: usize = 25;
/// Most lines of a claim.
pub const MAX_LINES: usize = 100;
/// Most claims of a remittance.
pub const MAX_REMITTED: usize = 100;
/// Most provider adjustments of a remittance.
pub const MAX_PROVIDER_ADJUSTMENTS: usize = 20;
