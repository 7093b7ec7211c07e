//! What a member is covered for on a day.

use jiff::civil::Date;
use medcover_kernel::{MemberId, Money, PatientId, PolicyId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Account, PayerId, PlanId};

/// Whose cover is asked for, and when. One of `member` and `patient` is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EligibilityQuery {
    /// A member.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    pub member: Option<MemberId>,
    /// A patient: the member that they are on that day, the first enrolled where they are several.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    pub patient: Option<PatientId>,
    /// The day; today where nothing is given.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// The code of a service that is planned.
    #[serde(default)]
    #[param(example = "99213")]
    pub procedure: Option<String>,
    /// How many units of it; one where nothing is given.
    #[serde(default)]
    #[param(minimum = 1)]
    pub units: Option<u32>,
    /// The charge for all of them, in minor units of the plan's currency; the plan's fee where nothing is given.
    #[serde(default)]
    #[param(minimum = 0)]
    pub charge_minor: Option<i64>,
}

/// What a member is covered for on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Eligibility {
    /// Whether they are covered at all.
    pub eligible: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// The member.
    pub member: MemberId,
    /// Who it is.
    pub patient: PatientId,
    /// The policy.
    pub policy: PolicyId,
    /// The payer.
    pub payer: PayerId,
    /// The plan.
    pub plan: PlanId,
    /// The version of the plan.
    pub plan_version: u32,
    /// The first day of the benefit year.
    #[schema(value_type = String, format = Date)]
    pub year_from: Date,
    /// What is used of deductibles and maxima, and what remains.
    pub accumulators: Vec<AccountState>,
    /// What the service that was asked about would need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceEstimate>,
}

/// What is used of an account within its period, and what remains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountState {
    /// Whose, of what, in which period.
    pub account: Account,
    /// The limit, in minor units or units of service.
    pub limit: i64,
    /// What claims have used.
    pub used: i64,
    /// What authorisations hold.
    pub held: i64,
    /// What remains.
    pub remaining: i64,
}

/// What a service would need and cost, if it were claimed now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceEstimate {
    /// Whether anything of it is covered, given an authorisation where one is needed.
    pub covered: bool,
    /// Whether an authorisation is needed.
    pub authorisation_required: bool,
    /// What of the charge is recognised.
    pub allowed: Money,
    /// What the payer would pay.
    pub paid: Money,
    /// What the patient would pay.
    pub patient: Money,
    /// Why less is paid than is charged, each in words.
    pub reasons: Vec<String>,
}
