//! What a version of a plan covers, and what services may cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Fee, Terms, Unlisted};

/// The terms of a version of a plan, and its fee schedule. All amounts are in the plan's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTerms {
    /// What it covers and what the patient bears of it.
    pub benefits: Terms,
    /// What services may cost, by the code of the service; at most 2,000.
    #[serde(default)]
    pub fees: BTreeMap<String, Fee>,
    /// What holds for services that are not listed.
    pub unlisted: Unlisted,
    /// Ids of rules for whose services a person decides on authorisations; those of the others are decided at once.
    #[serde(default)]
    pub reviewed: BTreeSet<String>,
}
