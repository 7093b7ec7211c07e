//! Remittances: what a payer has paid for which claims.

use jiff::civil::Date;
use medcover_kernel::{ClaimId, Money, RemittanceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PayerId;

/// A payment for adjudicated claims of one payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueRemittanceRequest {
    /// The id, where the caller makes it; the same again is then the same remittance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RemittanceId>,
    /// Who pays.
    pub payer: PayerId,
    /// The number of the cheque or transfer: unique for the payer, 1 to 64 characters.
    #[schema(example = "EFT-2026-05-31-1")]
    pub trace: String,
    /// The day of the payment.
    #[schema(value_type = String, format = Date)]
    pub paid_on: Date,
    /// The claims, 1 to 100: adjudicated, or reversed after they were paid, which takes back what was paid.
    pub claims: Vec<ClaimId>,
    /// What is kept back or added apart from claims; at most 20.
    #[serde(default)]
    pub provider_adjustments: Vec<ProviderAdjustment>,
}

/// Money that is kept back (more than nothing) or added (less than nothing) apart from claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderAdjustment {
    /// What for, in short: 1 to 64 characters.
    #[schema(example = "interest")]
    pub reason: String,
    /// How much is kept back.
    pub amount: Money,
}

/// A payment: `total` = the payments of `claims` − the `provider_adjustments`, never less than nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Remittance {
    /// The id.
    pub id: RemittanceId,
    /// Who pays.
    pub payer: PayerId,
    /// The number of the cheque or transfer.
    pub trace: String,
    /// The day of the payment.
    #[schema(value_type = String, format = Date)]
    pub paid_on: Date,
    /// What is paid.
    pub total: Money,
    /// For which claims.
    pub claims: Vec<RemittedClaim>,
    /// What is kept back or added.
    pub provider_adjustments: Vec<ProviderAdjustment>,
    /// How often it was changed.
    pub version: u64,
}

/// What is paid for a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemittedClaim {
    /// The claim.
    pub claim: ClaimId,
    /// The number of the adjudication that it follows; of a claim that is reversed, the one that was taken back.
    pub adjudication: u32,
    /// What was charged.
    pub billed: Money,
    /// What the payer pays by that adjudication, or nothing where it was taken back.
    pub paid: Money,
    /// What the patient pays by it, or nothing.
    pub patient: Money,
    /// What nobody pays by it, or nothing.
    pub contractual: Money,
    /// Whether it takes back what was paid.
    pub reversal: bool,
    /// What earlier remittances have paid for it.
    pub paid_before: Money,
    /// What this one pays: what is owed now − what was paid before; less than nothing where it takes back.
    pub payment: Money,
}

/// A page of remittances, the last made first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemittanceList {
    /// The remittances.
    pub remittances: Vec<RemittanceSummary>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A remittance in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemittanceSummary {
    /// The id.
    pub id: RemittanceId,
    /// Who pays.
    pub payer: PayerId,
    /// The number of the cheque or transfer.
    pub trace: String,
    /// The day of the payment.
    #[schema(value_type = String, format = Date)]
    pub paid_on: Date,
    /// What is paid.
    pub total: Money,
}
