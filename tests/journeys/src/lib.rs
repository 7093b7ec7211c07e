//! A clinic of the real services in one process, over stores in memory or on a server: what journeys are
//! tried in.

mod clinic;
mod codes;
mod picture;
mod stores;
mod visit;

pub use clinic::{Clinic, Insured, Practice};
pub use codes::SomeCodes;
pub use stores::Stores;

use medcover_kernel::{Currency, Money};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A request as JSON has it.
///
/// # Panics
///
/// Where it is none.
pub fn of<T: DeserializeOwned>(json: Value) -> T {
    let text = json.to_string();
    serde_json::from_value(json).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// Dollars, in cents.
pub fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("an amount")
}
