//! Policies and what is paid for them.

use jiff::civil::Date;
use medcover_kernel::{InvoiceId, Money, PaymentId, PolicyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{PayerId, PlanId};

/// A policy to be quoted. It is made with the version of the plan that is effective on its first day, and keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuotePolicyRequest {
    /// The id, where the caller makes it; the same again is then the same policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PolicyId>,
    /// Its number: unique, 1 to 64 characters.
    #[schema(example = "NM-2026-000017")]
    pub number: String,
    /// The plan.
    pub plan: PlanId,
    /// The first day of cover.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day of cover; without it a year is covered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
    /// What is paid for it, and when.
    pub premium: PremiumSchedule,
    /// Who has brought it, where somebody earns a commission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Uuid>,
}

/// What is paid for a policy, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PremiumSchedule {
    /// What is due each time; more than nothing.
    pub amount: Money,
    /// How often.
    pub every: PremiumPeriod,
    /// How many days after a due date the policy holds unpaid, before it may be suspended.
    #[serde(default)]
    pub grace_days: u32,
}

/// How often a premium is due: at the begin of each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PremiumPeriod {
    /// Every month.
    Month,
    /// Every three months.
    Quarter,
    /// Every year.
    Year,
}

/// In which state a policy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyState {
    /// Offered.
    #[default]
    Quoted,
    /// Accepted; its first premium is due.
    PendingPayment,
    /// Its first premium is paid.
    Ready,
    /// It covers.
    Active,
    /// It does not cover for the time being, since a premium is overdue.
    Suspended,
    /// It has ended, by its term or for want of payment.
    Expired,
    /// It was ended.
    Cancelled,
    /// Another follows it.
    Renewed,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// The id.
    pub id: PolicyId,
    /// The number.
    pub number: String,
    /// The state.
    pub state: PolicyState,
    /// The payer.
    pub payer: PayerId,
    /// The plan.
    pub plan: PlanId,
    /// The version of the plan that it was made with.
    pub plan_version: u32,
    /// The first day of cover.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day of cover, earlier where the policy was ended.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// What is paid for it.
    pub premium: PremiumSchedule,
    /// Who has brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Uuid>,
    /// Which policy follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_by: Option<PolicyId>,
    /// How often it was changed.
    pub version: u64,
}

/// A page of policies, by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyList {
    /// The policies.
    pub policies: Vec<Policy>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Why something is done: 1 to 500 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InsuranceReasonRequest)]
pub struct ReasonRequest {
    /// The reason.
    #[schema(example = "The premium of May is not paid.")]
    pub reason: String,
}

/// The end of a policy before its term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelPolicyRequest {
    /// The last day of cover; today where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// The reason.
    pub reason: String,
}

/// The policy that follows another: with the plan's version of the day on which it begins, the day after the other ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewPolicyRequest {
    /// The id of the new policy, where the caller makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PolicyId>,
    /// Its number.
    pub number: String,
    /// Its premium, where that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premium: Option<PremiumSchedule>,
}

/// The premium of one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Premium {
    /// Its number within the policy, from 1.
    pub number: u32,
    /// When it is due.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// The first day that it pays for.
    #[schema(value_type = String, format = Date)]
    pub covers_from: Date,
    /// The last day that it pays for.
    #[schema(value_type = String, format = Date)]
    pub covers_to: Date,
    /// How much.
    pub amount: Money,
    /// How far it has come.
    pub state: PremiumState,
}

/// How far a premium has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PremiumState {
    /// It is not due yet.
    Scheduled,
    /// It is due: an invoice may be made.
    Due,
    /// It is paid.
    Settled,
}

/// The premiums of a policy, by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PremiumList {
    /// The premiums.
    pub premiums: Vec<Premium>,
}

/// A premium that was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlePremiumRequest {
    /// By which invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
    /// With which payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
}
