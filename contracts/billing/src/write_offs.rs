//! Write-offs: asked for by one person, approved by another.

use medcover_kernel::{InvoiceId, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Side, WriteOffId};

/// A write-off to be asked for. The same id with the same content is the same write-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteOffRequest {
    /// Chosen by the caller.
    pub id: WriteOffId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// Who will not pay.
    pub side: Side,
    /// How much, above zero: no more than is open on that side when it is approved.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// In which state a write-off is.
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
pub enum WriteOffState {
    /// Nothing has changed yet.
    #[default]
    Requested,
    /// The money is not owed any more.
    Approved,
    /// It is.
    Rejected,
}

impl WriteOffState {
    /// The name, as it stands in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// A write-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WriteOff {
    /// The id.
    pub id: WriteOffId,
    /// How many changes it has seen.
    pub version: u64,
    /// The state.
    pub state: WriteOffState,
    /// The invoice.
    pub invoice: InvoiceId,
    /// Who will not pay.
    pub side: Side,
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

/// A page of write-offs, those asked for first first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WriteOffList {
    /// The write-offs.
    pub write_offs: Vec<WriteOff>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
