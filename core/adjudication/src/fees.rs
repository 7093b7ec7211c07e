//! What services may cost.

use std::collections::BTreeMap;

use medcover_kernel::{BasisPoints, Money};
use serde::{Deserialize, Serialize};

use crate::Network;

/// The agreed prices of a payer and a provider, and the sort of each service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeSchedule {
    /// Names it in explanations.
    pub id: String,
    /// By code of the service.
    pub fees: BTreeMap<String, Fee>,
    /// What holds for services that are not listed.
    pub unlisted: Unlisted,
}

/// What one service may cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Fee {
    /// Sort of the service, by which rules of a plan choose: `consultation`, `laboratory`.
    pub category: String,
    /// Price of one unit.
    pub price: Money,
    /// Price of one unit from a provider without a contract, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_out_of_network: Option<Money>,
}

/// What holds for a service that a fee schedule does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = UnlistedFee))]
pub enum Unlisted {
    /// This share of what is billed is allowed.
    ShareOfBilled(BasisPoints),
    /// It is denied.
    Denied,
}

impl Fee {
    /// The price of one unit in a network.
    pub fn price_in(&self, network: Network) -> Money {
        match network {
            Network::In => self.price,
            Network::Out => self.price_out_of_network.unwrap_or(self.price),
        }
    }
}
