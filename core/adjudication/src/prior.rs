//! What was there before the claim: services already claimed, and what other payers paid.

use jiff::civil::Date;
use medcover_kernel::{ClaimId, Money, PractitionerId};
use serde::{Deserialize, Serialize};

/// What was there before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// The member's services in active claims. Lines of the claim in hand are passed over, so that a claim is no
    /// duplicate of itself when it is adjudicated again.
    pub lines: Vec<PriorLine>,
    /// Another payer is to pay first: a line without a [`PaidByOther`] is denied until that payer has answered.
    pub other_payer_is_first: bool,
    /// What other payers paid, at most one for each line.
    pub paid_by_others: Vec<PaidByOther>,
}

/// A service that was claimed before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorLine {
    /// In which claim.
    pub claim: ClaimId,
    /// As which line.
    pub line: u32,
    /// Who gave the care.
    pub provider: PractitionerId,
    /// Day of the service.
    pub service_date: Date,
    /// Code of the service.
    pub procedure: String,
    /// How often.
    pub units: u32,
}

/// What all other payers together paid for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidByOther {
    /// For which line.
    pub line: u32,
    /// How much; what is beyond the billed amount is left out of account.
    pub amount: Money,
}
