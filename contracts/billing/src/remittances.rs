//! Remittances: what a payer says it paid, and for which claims.

use jiff::civil::Date;
use medcover_kernel::{ClaimId, InvoiceId, Money, PaymentId, RemittanceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Why a claim was paid less than was billed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimAdjustment {
    /// Who bears it: `CO`, `PR`, `OA`, `PI`.
    #[schema(example = "CO")]
    pub group: String,
    /// The number of the reason, as CARC has it.
    #[schema(example = "45")]
    pub reason: String,
    /// How much less, or more where it is below zero, in minor units of the remittance's currency.
    pub amount_minor: i64,
}

/// What was paid for one claim. `billed = paid + Σ adjustments`, or the remittance is parked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimPayment {
    /// The claim.
    pub claim: ClaimId,
    /// The invoice that it was made for.
    pub invoice: InvoiceId,
    /// What was billed.
    pub billed: Money,
    /// What is paid, zero or more.
    pub paid: Money,
    /// What is not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<ClaimAdjustment>,
}

/// What a payer keeps back, or adds, that is about no claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PostedProviderAdjustment)]
pub struct ProviderAdjustment {
    /// The reason, as X12's PLB segment has it: `WO`, `FB`, `L6`.
    #[schema(example = "WO")]
    pub reason: String,
    /// How much is kept back, or added where it is below zero, in minor units of the remittance's currency.
    pub amount_minor: i64,
}

/// A remittance to be posted. `total = Σ paid − Σ provider adjustments`, or it is parked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemittanceRequest {
    /// Chosen by the caller.
    pub id: RemittanceId,
    /// Who pays.
    pub payer: Uuid,
    /// The number of the cheque or transfer. A payer's trace is posted once.
    pub trace: String,
    /// The control number of the file in which it came. The same content under another one is the same remittance.
    pub control: String,
    /// What was paid.
    pub total: Money,
    /// When.
    #[schema(value_type = String, format = Date)]
    pub paid_on: Date,
    /// For which claims.
    pub claims: Vec<ClaimPayment>,
    /// What is about no claim.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provider_adjustments: Vec<ProviderAdjustment>,
}

/// What became of a remittance.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RemittanceState {
    /// Its money is on the books and stands against its invoices.
    Posted,
    /// Something about it is wrong; a person must look.
    #[default]
    Parked,
    /// It came before: `duplicate_of` says under which id.
    Duplicate,
    /// A person has looked, and it will not be posted.
    Dismissed,
}

impl RemittanceState {
    /// The name, as it stands in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Parked => "parked",
            Self::Duplicate => "duplicate",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A remittance, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PostedRemittance)]
pub struct RemittancePosting {
    /// The id.
    pub id: RemittanceId,
    /// How many changes it has seen.
    pub version: u64,
    /// What became of it.
    pub state: RemittanceState,
    /// Who pays.
    pub payer: Uuid,
    /// The number of the cheque or transfer.
    pub trace: String,
    /// The control number of the file.
    pub control: String,
    /// What was paid.
    pub total: Money,
    /// When.
    #[schema(value_type = String, format = Date)]
    pub paid_on: Date,
    /// Why it is parked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The remittance that it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<RemittanceId>,
    /// The payment that it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
}

/// A page of remittances, those that came first first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemittancePostingList {
    /// The remittances.
    pub remittance_postings: Vec<RemittancePosting>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
