//! Commissions: each is the rate of what was collected.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::model::read::{id, minor};

/// The commission that every agent of the clinic has, in basis points.
pub const COMMISSION_BASIS_POINTS: i128 = 500;

#[derive(Default)]
struct Commission {
    collected: BTreeMap<Uuid, i128>,
    accrued: i128,
}

/// The commissions of all agents.
#[derive(Default)]
pub(super) struct Commissions(BTreeMap<Uuid, Commission>);

impl Commissions {
    /// The allocations that commissions followed, and what stood of each then.
    pub(super) fn followed(&self) -> BTreeMap<Uuid, i128> {
        let followed = self.0.values().flat_map(|it| &it.collected);
        let followed = followed.filter(|(_, stands)| **stands != 0);
        followed.map(|(id, stands)| (*id, *stands)).collect()
    }

    pub(super) fn follow(&mut self, stream: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        let sign = match kind {
            "commission.accrued" => 1,
            "commission.clawed-back" => -1,
            _ => return Ok(()),
        };
        let commission = self.0.entry(stream).or_default();
        commission.accrued += sign * minor(&event["amount"])?;
        let allocation = id(&event["allocation"])?;
        let collected = minor(&event["collected"])?;
        commission.collected.insert(allocation, collected);
        let all: i128 = commission.collected.values().sum();
        let expected = half_even(all * COMMISSION_BASIS_POINTS, 10_000);
        if commission.accrued == expected {
            return Ok(());
        }
        let accrued = commission.accrued;
        Err(format!("{accrued} is earned of {all}, not {expected}"))
    }
}

/// `numerator / denominator`, rounded half to even.
fn half_even(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    let up = match (rest * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => whole % 2 != 0,
    };
    whole + i128::from(up)
}
