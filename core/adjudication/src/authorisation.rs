//! What the payer agreed to beforehand.

use medcover_kernel::{AuthorisationId, Money};
use serde::{Deserialize, Serialize};

use crate::Period;

/// An authorisation of the member, with what is left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorisation {
    /// Which one.
    pub authorisation: AuthorisationId,
    /// What the payer said.
    pub state: AuthorisationState,
    /// For care on these days.
    pub period: Period,
    /// For these services. Numbers of items never change.
    pub items: Vec<AuthorisedItem>,
}

/// What the payer said to a request. Refused, expired and cancelled ones are not handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorisationState {
    /// Yes.
    Approved,
    /// Nothing yet: a claim that needs it waits.
    Undecided,
}

/// One service of an authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorisedItem {
    /// Its number in the authorisation.
    pub item: u32,
    /// Code of the service, or the beginning of one.
    pub procedure: String,
    /// Units that are left, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// Allowed amount that is left, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// What a line uses of an authorised item. It never exceeds what was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuthorisationDraw {
    /// Of which authorisation.
    pub authorisation: AuthorisationId,
    /// Of which item.
    pub item: u32,
    /// Units used.
    pub units: u32,
    /// Allowed amount used.
    pub amount: Money,
}
