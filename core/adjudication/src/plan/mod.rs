//! A version of a plan: what it covers and what the patient bears of it.

mod limit;
mod rule;
mod selector;
mod validate;

use medcover_kernel::{Currency, FieldFault, Money, Rounding};
use serde::{Deserialize, Serialize};

pub use limit::{Limit, LimitPeriod};
pub use rule::{Benefit, BenefitRule, Cover, Tier};
pub use selector::Selector;
pub(crate) use selector::{Care, bare};

use crate::Network;

/// Most rules of a plan.
pub const MAX_RULES: usize = 500;
/// Most codes of services, and of diagnoses, of one rule.
pub const MAX_CODES: usize = 50;

/// A version of a plan whose terms contradict neither each other nor themselves, so that for every service there is one
/// rule at most. It never changes: a change of terms is another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Terms", into = "Terms")]
pub struct Plan(Terms);

/// The terms of a version of a plan, as somebody wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitTerms))]
pub struct Terms {
    /// Names plan and version in explanations.
    pub id: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// What happens to the half of a minor unit.
    pub rounding: Rounding,
    /// When deductible, out-of-pocket maximum and yearly limits begin anew.
    pub benefit_year: BenefitYear,
    /// Days after the service within which a claim must be received, if there is a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timely_filing_days: Option<u32>,
    /// Deductible and out-of-pocket maximum, for a network at most once. A network that is not there has neither.
    pub networks: Vec<NetworkTerms>,
    /// Limits that rules name.
    pub limits: Vec<Limit>,
    /// What is covered. A service that no rule selects is not.
    pub rules: Vec<BenefitRule>,
}

/// When a year of benefits begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum BenefitYear {
    /// On 1 January.
    Calendar,
    /// On each anniversary of the policy.
    Policy,
}

/// What the patient bears in a network, over a benefit year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NetworkTerms {
    /// Which network.
    pub network: Network,
    /// What the patient pays before the plan does.
    pub deductible: Ceiling,
    /// The most that copays, deductible and coinsurance come to.
    pub out_of_pocket: Ceiling,
}

/// A most for one member and for all of a policy; whichever is reached first ends it. None where neither is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = PlanCeiling))]
pub struct Ceiling {
    /// For one member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Money>,
    /// For all members of the policy together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Money>,
}

/// Terms that make no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.iter().map(|it| format!("{}: {}", it.pointer, it.detail)).collect::<Vec<_>>().join("; "))]
pub struct PlanError {
    /// Every fault, with the JSON pointer into the terms.
    pub faults: Vec<FieldFault>,
}

impl Plan {
    /// The plan, if its terms hold together; else everything that is wrong with them.
    pub fn new(terms: Terms) -> Result<Self, PlanError> {
        let faults = validate::faults(&terms);
        if faults.is_empty() {
            Ok(Self(terms))
        } else {
            Err(PlanError { faults })
        }
    }

    /// The terms.
    pub const fn terms(&self) -> &Terms {
        &self.0
    }

    /// What the patient bears in a network.
    pub fn network(&self, network: Network) -> Option<&NetworkTerms> {
        self.0.networks.iter().find(|it| it.network == network)
    }

    /// The limit of that id.
    pub fn limit(&self, id: &str) -> Option<&Limit> {
        self.0.limits.iter().find(|it| it.id == id)
    }

    /// The rule for a service: the most specific one that selects it, of those the one of the highest priority. Terms
    /// in which two are left are refused, so the order of rules never matters.
    pub(crate) fn rule_for(&self, care: &Care<'_>) -> Option<&BenefitRule> {
        let ranked = self.0.rules.iter().filter_map(|rule| {
            let specificity = rule.selector.specificity_for(care)?;
            Some(((specificity, rule.priority), rule))
        });
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, rule)| rule)
    }
}

impl TryFrom<Terms> for Plan {
    type Error = PlanError;
    fn try_from(terms: Terms) -> Result<Self, PlanError> {
        Self::new(terms)
    }
}

impl From<Plan> for Terms {
    fn from(plan: Plan) -> Self {
        plan.0
    }
}
