//! Authorisations: nothing is used beyond what was given, and by each claim once.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::model::read::{id, list, minor, number};

/// Sequence, units, amount.
type Item = (i128, i128, i128);

#[derive(Default)]
struct Authorisation {
    approved: BTreeMap<i128, (i128, i128)>,
    used: BTreeMap<Uuid, Vec<Item>>,
}

/// All authorisations.
#[derive(Default)]
pub(super) struct Authorised(BTreeMap<Uuid, Authorisation>);

impl Authorised {
    pub(super) fn follow(&mut self, thing: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        let authorisation = self.0.entry(thing).or_default();
        match kind {
            "authorisation.approved" => {
                for (sequence, units, amount) in items(event)? {
                    authorisation.approved.insert(sequence, (units, amount));
                }
                Ok(())
            }
            "authorisation.used" => {
                let claim = id(&event["claim"])?;
                match authorisation.used.insert(claim, items(event)?) {
                    None => authorisation.is_within(),
                    Some(_) => Err("one claim uses it twice".to_owned()),
                }
            }
            "authorisation.restored" => {
                let used = authorisation.used.remove(&id(&event["claim"])?);
                used.map(|_| ()).ok_or_else(|| "nothing was used".into())
            }
            _ => Ok(()),
        }
    }
}

impl Authorisation {
    fn is_within(&self) -> Result<(), String> {
        for (sequence, (units, amount)) in &self.approved {
            let of_item = || self.used.values().flatten().filter(|it| it.0 == *sequence);
            let used_units: i128 = of_item().map(|it| it.1).sum();
            let used_amount: i128 = of_item().map(|it| it.2).sum();
            if used_units > *units || used_amount > *amount {
                return Err(format!(
                    "item {sequence}: {used_units} of {units} units and {used_amount} of {amount} are used"
                ));
            }
        }
        Ok(())
    }
}

fn items(event: &Value) -> Result<Vec<Item>, String> {
    let item = |item: &Value| {
        let (sequence, units) = (number(&item["sequence"])?, number(&item["units"])?);
        Ok((sequence, units, minor(&item["amount"])?))
    };
    list(&event["items"]).iter().map(item).collect()
}
