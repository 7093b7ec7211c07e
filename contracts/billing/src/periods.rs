//! Months, and whether anything can be booked to them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A month to be closed: one that is over. Those before it close with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosePeriodRequest {
    /// The month.
    #[schema(example = "2026-04")]
    pub month: String,
}

/// A month to be opened again. Those after it open with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenPeriodRequest {
    /// The month.
    #[schema(example = "2026-04")]
    pub month: String,
    /// Why.
    pub reason: String,
}

/// Which months are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Periods {
    /// The last month that is closed; every one before it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_through: Option<String>,
}
