//! Decisions on claims: every line adds up, and one decision stands at a time.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::model::read::{list, minor, number};

/// What was decided on a claim, and stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which decision.
    pub version: i128,
    /// What the patient owes, in minor units.
    pub patient: i128,
    /// What the payer owes.
    pub paid: i128,
}

/// The decisions that stand.
#[derive(Default)]
pub(super) struct Decisions(pub(super) BTreeMap<Uuid, Decision>);

impl Decisions {
    pub(super) fn follow(&mut self, claim: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        match kind {
            "claim.adjudicated" => match self.0.insert(claim, decision(event)?) {
                None => Ok(()),
                Some(before) => Err(format!("decision {before:?} stood")),
            },
            "claim.reversed" => {
                let version = number(&event["adjudication"])?;
                match self.0.remove(&claim) {
                    Some(decision) if decision.version == version => Ok(()),
                    other => Err(format!("decision {version} is reversed, not {other:?}")),
                }
            }
            _ => Ok(()),
        }
    }
}

fn decision(adjudicated: &Value) -> Result<Decision, String> {
    let decision = &adjudicated["decision"];
    let mut sums = [0; 3];
    for line in list(&decision["lines"]) {
        for (sum, part) in sums.iter_mut().zip(line_sums(line)?) {
            *sum += part;
        }
    }
    let totals = &decision["totals"];
    let said = [
        minor(&totals["billed"])?,
        minor(&totals["paid"])?,
        minor(&totals["patient"])?,
    ];
    if said != sums {
        return Err(format!("the totals are {said:?}, the lines {sums:?}"));
    }
    let [_, paid, patient] = sums;
    let version = number(&adjudicated["version"])?;
    Ok(Decision {
        version,
        patient,
        paid,
    })
}

/// What a line bills, what is paid of it and what the patient bears: none below zero, and together the whole.
fn line_sums(line: &Value) -> Result<[i128; 3], String> {
    let (billed, paid) = (minor(&line["billed"])?, minor(&line["paid"])?);
    let (mut all, mut borne) = (0, 0);
    for adjustment in list(&line["adjustments"]) {
        let amount = minor(&adjustment["amount"])?;
        all += amount;
        if adjustment["group"] == "PR" {
            borne += amount;
        }
    }
    let patient = minor(&line["patient"])?;
    if billed != paid + all || patient != borne || paid < 0 || patient < 0 {
        return Err(format!("a line does not add up: {line}"));
    }
    if paid < billed && list(&line["adjustments"]).is_empty() {
        return Err(format!("a line is reduced without a reason: {line}"));
    }
    Ok([billed, paid, patient])
}
