//! What a plan does for the services that a rule selects.

use medcover_kernel::{BasisPoints, Money};
use serde::{Deserialize, Serialize};

use super::Selector;

/// What a plan does for the services that it selects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BenefitRule {
    /// Names it in explanations; unique in the plan.
    pub id: String,
    /// Which services.
    pub selector: Selector,
    /// Decides between rules that are equally specific; the higher one holds.
    #[serde(default)]
    pub priority: u16,
    /// What it does.
    pub benefit: Benefit,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Benefit {
    /// The plan pays nothing, and says so.
    Excluded,
    /// The plan pays, on these terms.
    Covered(Cover),
}

/// The terms on which a plan pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitCover))]
pub struct Cover {
    /// Days of cover before the first service is paid.
    #[serde(default)]
    pub waiting_days: u32,
    /// Whether the payer must have agreed beforehand.
    #[serde(default)]
    pub authorisation_required: bool,
    /// Id of the limit that it counts against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Whether the patient's share counts towards the out-of-pocket maximum, and is cut off by it. Not together with a
    /// limit by amount: past such a limit the patient pays without end, so that a maximum would promise what it cannot
    /// keep, and a better plan could cost the patient more.
    pub counts_to_out_of_pocket: bool,
    /// What the patient bears: one tier, or several by the number of units that the limit has counted.
    pub tiers: Vec<Tier>,
}

/// What the patient bears, from one unit of the limit's period to another. A line belongs to the tier of its first unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitTier))]
pub struct Tier {
    /// First unit, from 1.
    pub from_unit: u32,
    /// Last unit; absent in the last tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_unit: Option<u32>,
    /// Fixed amount for a line.
    pub copay: Money,
    /// Whether the deductible is taken from what the copay leaves.
    pub deductible_applies: bool,
    /// Percentage of what copay and deductible leave.
    pub coinsurance: BasisPoints,
}

impl Cover {
    /// The tier of a line before which `used` units were counted.
    pub(crate) fn tier_after(&self, used: i64) -> &Tier {
        let unit = used.max(0).saturating_add(1);
        let of_unit = |tier: &&Tier| tier.until_unit.is_none_or(|last| unit <= i64::from(last));
        self.tiers
            .iter()
            .find(of_unit)
            .expect("the last tier of a valid plan has no end")
    }
}
