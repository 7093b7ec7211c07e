//! Invoices: parts that are the whole, nothing owed below zero, and one of a kind for a visit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::super::Benefits;
use crate::model::read::{id, list, maybe_id, minor, number, text};

const SIDES: [&str; 2] = ["patient", "payer"];

#[derive(Clone, Debug, Default)]
struct Invoice {
    kind: String,
    patient: Uuid,
    payer: Option<Uuid>,
    policy: Option<Uuid>,
    encounter: Option<Uuid>,
    total: i128,
    issued: bool,
    void: bool,
    withdrawn: bool,
    /// Shares of patient and payer, and what is given up by contract.
    patient_share: i128,
    payer_share: i128,
    contractual: i128,
    /// What of a share is credited or written off.
    reduced: BTreeMap<String, i128>,
    allocated: BTreeMap<String, i128>,
    /// Claim, version and patient's share of the adjudication that stands.
    adjudication: Option<(Uuid, i128, i128)>,
}

/// All invoices.
#[derive(Default)]
pub(super) struct Invoices {
    by_id: BTreeMap<Uuid, Invoice>,
    numbers: BTreeSet<String>,
    /// Whose turn it is to be looked at.
    changed: BTreeSet<Uuid>,
}

impl Invoices {
    pub(super) fn follow(&mut self, thing: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        self.changed.insert(thing);
        let invoice = self.by_id.entry(thing).or_default();
        if invoice.withdrawn && kind != "invoice.paid" {
            return Err("it was taken back as a whole before".to_owned());
        }
        match kind {
            "invoice.drafted" => *invoice = Invoice::drafted(event)?,
            "invoice.issued" => {
                invoice.issued = true;
                invoice.share(&event["standing"])?;
                let number = text(&event["number"])?.to_owned();
                if !self.numbers.insert(number) {
                    return Err("its number was given before".to_owned());
                }
            }
            "invoice.adjudicated" => invoice.adjudicated(event)?,
            "invoice.adjudication-withdrawn" => {
                invoice.share(&event["standing"])?;
                invoice.adjudication = None;
            }
            "invoice.credited" | "invoice.written-off" => invoice.reduced(event)?,
            "invoice.allocated" => invoice.allocated(event, 1)?,
            "invoice.deallocated" => invoice.allocated(event, -1)?,
            "invoice.voided" => invoice.void = true,
            "invoice.withdrawn" => invoice.withdrawn = true,
            _ => {}
        }
        Ok(())
    }

    /// What must hold of those that changed between any two commits.
    pub(super) fn hold(&mut self) -> Result<(), String> {
        for thing in std::mem::take(&mut self.changed) {
            let invoice = &self.by_id[&thing];
            let holds = invoice.holds();
            holds.map_err(|fault| format!("invoice {thing}: {fault}"))?;
            let same = |it: &&Invoice| {
                it.lives() && it.kind == invoice.kind && it.encounter == invoice.encounter
            };
            let one_only = invoice.lives() && invoice.encounter.is_some();
            if one_only && self.by_id.values().filter(same).count() > 1 {
                return Err(format!("the visit of {thing} has two such invoices"));
            }
        }
        Ok(())
    }

    /// What every party owes still, by the account on which it owes.
    pub(super) fn open(&self) -> BTreeMap<String, i128> {
        let mut open = BTreeMap::new();
        for invoice in self.by_id.values().filter(|it| it.issued && !it.void) {
            let patient = match invoice.policy {
                Some(policy) => format!("premium-receivable:{policy}"),
                None => format!("patient-receivable:{}", invoice.patient),
            };
            *open.entry(patient).or_default() += invoice.open("patient");
            if let Some(payer) = invoice.payer {
                let payer = format!("payer-receivable:{payer}");
                *open.entry(payer).or_default() += invoice.open("payer");
            }
        }
        open
    }

    /// What patients owe by invoices is what the decisions on their claims say.
    pub(super) fn agree_with(&self, benefits: &Benefits) -> Result<(), String> {
        for (thing, invoice) in self.by_id.iter().filter(|(_, it)| it.lives()) {
            if let Some((claim, version, patient)) = invoice.adjudication
                && let Some(decision) = benefits.decisions().get(&claim)
                && decision.version == version
                && decision.patient != patient
            {
                return Err(format!("invoice {thing} has {patient}, not {decision:?}"));
            }
        }
        Ok(())
    }
}

impl Invoice {
    fn drafted(event: &Value) -> Result<Self, String> {
        let request = &event["request"];
        let mut total = 0;
        for line in list(&request["lines"]) {
            total += number(&line["units"])? * minor(&line["unit_price"])?;
        }
        let said = minor(&event["total"])?;
        if said != total {
            return Err(format!("the total is {said}, the lines are {total}"));
        }
        Ok(Self {
            kind: text(&request["kind"])?.to_owned(),
            patient: id(&request["patient"])?,
            payer: maybe_id(&request["payer"]),
            policy: maybe_id(&request["policy"]),
            encounter: maybe_id(&request["encounter"]),
            total,
            ..Self::default()
        })
    }

    fn adjudicated(&mut self, event: &Value) -> Result<(), String> {
        self.share(&event["standing"])?;
        let decided = &event["adjudication"];
        let (patient, share) = (minor(&decided["patient"])?, self.patient_share);
        if patient != share {
            return Err(format!("the patient owes {share}, not {patient}"));
        }
        let (claim, version) = (id(&decided["claim"])?, number(&decided["version"])?);
        self.adjudication = Some((claim, version, patient));
        Ok(())
    }

    fn reduced(&mut self, event: &Value) -> Result<(), String> {
        let side = text(&event["side"])?.to_owned();
        *self.reduced.entry(side).or_default() += minor(&event["amount"])?;
        self.said(&event["standing"])
    }

    fn allocated(&mut self, event: &Value, sign: i128) -> Result<(), String> {
        let side = text(&event["side"])?.to_owned();
        *self.allocated.entry(side).or_default() += sign * minor(&event["amount"])?;
        self.said(&event["standing"])
    }

    /// Whether anybody owes by it, or has paid what was owed.
    const fn lives(&self) -> bool {
        self.issued && !self.void && !self.withdrawn
    }

    fn open(&self, side: &str) -> i128 {
        let share = if side == "patient" {
            self.patient_share
        } else {
            self.payer_share
        };
        let of = |sums: &BTreeMap<String, i128>| sums.get(side).copied().unwrap_or_default();
        share - of(&self.reduced) - of(&self.allocated)
    }

    /// Takes the shares over from what the event says.
    fn share(&mut self, standing: &Value) -> Result<(), String> {
        self.contractual = minor(&standing["contractual"])?;
        self.patient_share = minor(&standing["patient"]["share"])?;
        self.payer_share = minor(&standing["payer"]["share"])?;
        for side in SIDES {
            let said = &standing[side];
            let reduced = minor(&said["credited"])? + minor(&said["written_off"])?;
            self.reduced.insert(side.to_owned(), reduced);
        }
        Ok(())
    }

    /// What the event says stands is what the events before add up to.
    fn said(&self, standing: &Value) -> Result<(), String> {
        for side in SIDES {
            let (said, open) = (&standing[side], self.open(side));
            let reduced = minor(&said["credited"])? + minor(&said["written_off"])?;
            let left = minor(&said["share"])? - reduced - minor(&said["allocated"])?;
            if left != open {
                return Err(format!(
                    "{left} is said to be open for the {side}, not {open}"
                ));
            }
        }
        Ok(())
    }

    fn holds(&self) -> Result<(), String> {
        if !self.issued || self.void {
            return Ok(());
        }
        let shares = self.patient_share + self.payer_share + self.contractual;
        if shares != self.total {
            return Err(format!("its parts are {shares}, not {}", self.total));
        }
        let (patient, payer) = (self.open("patient"), self.open("payer"));
        let paid: i128 = self.allocated.values().sum();
        if self.withdrawn && (patient, payer, paid) != (0, 0, 0) {
            return Err(format!(
                "{patient}, {payer} and {paid} stand on what was taken back"
            ));
        }
        if patient < 0 || payer < 0 {
            return Err(format!("{patient} and {payer} are open"));
        }
        Ok(())
    }
}
