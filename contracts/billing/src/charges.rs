//! Charges: what was given at a visit, and its price.

use jiff::civil::Date;
use medcover_kernel::{EncounterId, InvoiceId, Money, PatientId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ChargeId;

/// One service or article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Chosen by the caller.
    pub id: ChargeId,
    /// What it is, in the house's price list: a procedure code, say.
    #[schema(example = "99213")]
    pub code: String,
    /// What it is, in words.
    pub description: String,
    /// How many, 1 or more.
    #[schema(minimum = 1)]
    pub units: u32,
    /// What one costs, zero or more.
    pub unit_price: Money,
    /// The day on which it was given.
    #[schema(value_type = String, format = Date)]
    pub service_date: Date,
}

/// Charges of one visit. Those that are known already are left as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordChargesRequest {
    /// The visit.
    pub encounter: EncounterId,
    /// Who was cared for.
    pub patient: PatientId,
    /// At least one, all of one currency.
    pub charges: Vec<Charge>,
}

/// In which state the charges of a visit are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChargeState {
    /// More may come; they are on no invoice.
    #[default]
    Open,
    /// They are on an invoice.
    Invoiced,
    /// They were cancelled, and none can be recorded any more.
    Cancelled,
}

/// The charges of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Charges {
    /// The visit.
    pub encounter: EncounterId,
    /// Who was cared for, once a charge is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// The state.
    pub state: ChargeState,
    /// The invoice they are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
    /// The charges, in the order in which they were recorded.
    pub charges: Vec<Charge>,
}
