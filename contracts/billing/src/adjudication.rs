//! What an insurer decided about the claim for an invoice.

use jiff::civil::Date;
use medcover_kernel::{ClaimId, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a claim came to. `contractual + patient + payer` is the total of the invoice, and none is below zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjudicationRequest {
    /// The claim.
    pub claim: ClaimId,
    /// Which adjudication of it, from 1. A later one replaces the earlier by the difference; an earlier one that comes
    /// late changes nothing.
    #[schema(minimum = 1)]
    pub version: u32,
    /// What is given up by contract.
    pub contractual: Money,
    /// What the patient owes.
    pub patient: Money,
    /// What the payer owes.
    pub payer: Money,
    /// The day to which it is booked; by default today, by UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
}

/// An adjudication to be taken back: the payer owes everything again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawAdjudicationRequest {
    /// The claim.
    pub claim: ClaimId,
    /// The version that is taken back, and with it every earlier one. A later one that stands is left alone.
    #[schema(minimum = 1)]
    pub version: u32,
}

/// The adjudication that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjudicationStanding {
    /// The claim.
    pub claim: ClaimId,
    /// Which adjudication of it.
    pub version: u32,
    /// Whether it was taken back.
    pub withdrawn: bool,
    /// What is given up by contract.
    pub contractual: Money,
    /// What the patient owes.
    pub patient: Money,
    /// What the payer owes.
    pub payer: Money,
}
