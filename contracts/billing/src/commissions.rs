//! Agents, what they earn, and when.

use medcover_kernel::{BasisPoints, Currency, Money, PaymentId, Rounding};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AgentId, AllocationId, CommissionPlanId, SettlementId};

/// A rate for a part of what is collected in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommissionTier)]
pub struct Tier {
    /// Where the part begins, in minor units: the end of the tier before, and 0 for the first.
    pub from_minor: i64,
    /// Where it ends; only the last tier has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_minor: Option<i64>,
    /// What is earned of that part.
    pub rate: BasisPoints,
}

/// What is earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommissionTerms {
    /// The tiers, without gaps and overlaps, each for its own part. A single rate is a single tier from 0.
    pub tiers: Vec<Tier>,
    /// What happens to half a minor unit: `half-even` or `half-up`.
    #[schema(value_type = String)]
    pub rounding: Rounding,
    /// How many days after its collection a commission is payable.
    #[schema(maximum = 3650)]
    pub hold_back_days: u16,
}

/// A plan to be made. It never changes; another plan is another id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommissionPlanRequest {
    /// Chosen by the caller.
    pub id: CommissionPlanId,
    /// What people call it.
    pub name: String,
    /// What is earned.
    pub terms: CommissionTerms,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommissionPlan {
    /// The id.
    pub id: CommissionPlanId,
    /// What people call it.
    pub name: String,
    /// What is earned.
    pub terms: CommissionTerms,
}

/// A page of plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommissionPlanList {
    /// The plans.
    pub plans: Vec<CommissionPlan>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An agent to be registered, or given another plan for what is collected from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentRequest {
    /// Chosen by the caller.
    pub id: AgentId,
    /// The name.
    pub name: String,
    /// What they earn.
    pub plan: CommissionPlanId,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Agent {
    /// The id.
    pub id: AgentId,
    /// How many changes it has seen.
    pub version: u64,
    /// The name.
    pub name: String,
    /// What they earn on what is collected from now on.
    pub plan: CommissionPlanId,
}

/// A page of agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentList {
    /// The agents.
    pub agents: Vec<Agent>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Money that was put against an invoice with an agent, or taken back from it. The commission follows what stands now, so
/// asking again changes nothing. It follows by itself, too; this is for who must not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccrueCommissionRequest {
    /// The payment.
    pub payment: PaymentId,
    /// Its allocation.
    pub allocation: AllocationId,
}

/// Commissions to be paid out: all that are payable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleCommissionRequest {
    /// Chosen by the caller.
    pub id: SettlementId,
    /// To whom.
    pub agent: AgentId,
    /// In which currency.
    pub currency: Currency,
}

/// A paying out of commissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommissionSettlement {
    /// The id.
    pub id: SettlementId,
    /// To whom.
    pub agent: AgentId,
    /// How much: what was payable, less what was clawed back since.
    pub amount: Money,
}

/// What an agent earned under one plan in one year. `payable + held = accrued − settled`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommissionAccount {
    /// The plan.
    pub plan: CommissionPlanId,
    /// The year of collection.
    pub year: i16,
    /// What was collected, less what was given back.
    pub collected: Money,
    /// What that earns, by the plan.
    pub accrued: Money,
    /// What of it was paid out.
    pub settled: Money,
    /// What can be paid out now; below zero where more was clawed back than earned since.
    pub payable: Money,
    /// What cannot be yet.
    pub held: Money,
}

/// What an agent earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Commissions {
    /// Who.
    pub agent: AgentId,
    /// By plan, currency and year.
    pub accounts: Vec<CommissionAccount>,
}
