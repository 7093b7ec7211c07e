//! How a decision on a claim came about.

use medcover_kernel::ClaimId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Adjudication;

/// How a decision on a claim came about: each line of it has the chain of rules, in the order in which they were applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The claim.
    pub claim: ClaimId,
    /// The number of the decision within the claim.
    pub version: u32,
    /// The decision, as it was kept.
    pub decision: Adjudication,
    /// Whether deciding again, just now, over what was kept gave the same, byte for byte.
    pub replayed: bool,
    /// All that the decision was made from, as it was kept: claim, cover, fees, accumulators, authorisations.
    #[schema(value_type = Object)]
    pub case: serde_json::Value,
}
