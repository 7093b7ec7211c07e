//! Refunds: asked for by one person, approved by another.

use medcover_kernel::{Money, PaymentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RefundId;

/// A refund to be asked for. The same id with the same content is the same refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// Chosen by the caller.
    pub id: RefundId,
    /// The payment whose money goes back, the way it came.
    pub payment: PaymentId,
    /// How much, above zero: no more than was paid, less what was given back or is asked to be.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// In which state a refund is.
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
pub enum RefundState {
    /// The money is held until another person has looked.
    #[default]
    Requested,
    /// It is agreed. What stood against invoices was taken back from them, as far as needed.
    Approved,
    /// It is not agreed; nothing is held any more.
    Rejected,
    /// The money is under way.
    Sent,
    /// It has arrived.
    Succeeded,
    /// It has not, and is unapplied cash again.
    Failed,
    /// Nobody knows.
    Unknown,
}

impl RefundState {
    /// The name, as it stands in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Sent => "sent",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refund {
    /// The id.
    pub id: RefundId,
    /// How many changes it has seen.
    pub version: u64,
    /// The state.
    pub state: RefundState,
    /// The payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Who approved or rejected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// A page of refunds, those asked for first first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefundList {
    /// The refunds.
    pub refunds: Vec<Refund>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
