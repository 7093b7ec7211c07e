//! Limits by number and by amount.

use medcover_kernel::Money;
use serde::{Deserialize, Serialize};

use crate::Scope;

/// A most for what is covered in a period. Rules name it by its id; those that name the same share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitLimit))]
pub struct Limit {
    /// Names it, within the plan and in the accounts of members.
    pub id: String,
    /// Whose use counts.
    pub scope: Scope,
    /// When it begins anew.
    pub period: LimitPeriod,
    /// The most units, if they are limited. Covered units count even where the patient bears all of the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// The most that the plan pays, if it is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// When a limit begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitLimitPeriod))]
pub enum LimitPeriod {
    /// Each day.
    Day,
    /// Each calendar month.
    Month,
    /// With the plan's benefit year.
    BenefitYear,
    /// Never.
    Lifetime,
}
