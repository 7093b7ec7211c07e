//! Payments: nothing of one is spent twice.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::model::read::{id, minor};

#[derive(Clone, Debug, Default)]
struct Payment {
    amount: i128,
    captured: i128,
    allocated: BTreeMap<Uuid, i128>,
    /// Refunds that hold, or have given back, some of it.
    refunds: BTreeMap<Uuid, i128>,
    given_back: i128,
}

/// All payments.
#[derive(Default)]
pub(super) struct Payments {
    by_id: BTreeMap<Uuid, Payment>,
    /// Allocations that earn somebody a commission, and what stands of them.
    earning: BTreeMap<Uuid, i128>,
}

impl Payments {
    /// What came in, in minor units.
    pub(super) fn captured(&self) -> i128 {
        self.by_id.values().map(|it| it.captured).sum()
    }

    /// Allocations that earn a commission, and what stands of each.
    pub(super) fn earning(&self) -> BTreeMap<Uuid, i128> {
        let earning = self.earning.iter().filter(|(_, stands)| **stands != 0);
        earning.map(|(id, stands)| (*id, *stands)).collect()
    }

    pub(super) fn follow(&mut self, thing: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        let payment = self.by_id.entry(thing).or_default();
        let amount = || minor(&event["amount"]);
        match kind {
            "payment.created" => {
                if payment.amount != 0 {
                    return Err("it was created before".to_owned());
                }
                payment.amount = minor(&event["request"]["amount"])?;
            }
            "payment.completed" => {
                if payment.captured != 0 {
                    return Err("it was captured before".to_owned());
                }
                payment.captured = amount()?;
            }
            "payment.allocated" => {
                let allocation = id(&event["allocation"])?;
                *payment.allocated.entry(allocation).or_default() += amount()?;
                if !event["agent"].is_null() {
                    *self.earning.entry(allocation).or_default() += amount()?;
                }
            }
            "payment.deallocated" => {
                let allocation = id(&event["allocation"])?;
                *payment.allocated.entry(allocation).or_default() -= amount()?;
                if let Some(stands) = self.earning.get_mut(&allocation) {
                    *stands -= amount()?;
                }
            }
            "payment.refund-held" => {
                let refund = id(&event["refund"])?;
                if payment.refunds.insert(refund, amount()?).is_some() {
                    return Err("one refund holds twice".to_owned());
                }
            }
            "payment.refund-released" => {
                payment.refunds.remove(&id(&event["refund"])?);
            }
            "payment.refund-paid" => {
                payment.given_back += amount()?;
                let refund = id(&event["refund"])?;
                if payment.refunds.get(&refund) != Some(&amount()?) {
                    return Err("what is given back was not held".to_owned());
                }
            }
            "payment.charged-back" => {
                payment.captured -= amount()?;
                return Ok(());
            }
            _ => {}
        }
        payment.is_within()
    }
}

impl Payment {
    fn is_within(&self) -> Result<(), String> {
        let allocated: i128 = self.allocated.values().sum();
        let refunded: i128 = self.refunds.values().sum();
        let bounded = self.allocated.values().all(|it| *it >= 0)
            && allocated <= self.captured.max(0)
            && refunded <= self.amount
            && self.given_back <= self.amount;
        if bounded {
            return Ok(());
        }
        Err(format!("more is done with it than it has: {self:?}"))
    }
}
