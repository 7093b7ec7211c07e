//! The books, kept once more: sums of `i128` over what events say, and nothing of the ledger's code.

use std::collections::{BTreeMap, BTreeSet};

use medcover_store::Recorded;
use serde_json::Value;
use uuid::Uuid;

use super::Benefits;
use super::read::{id, list, maybe_id, minor, number, payload, text};

/// The commission that every agent of the clinic has, in basis points.
pub const COMMISSION_BASIS_POINTS: i128 = 500;

/// An account, a layer, a currency.
type Key = (String, String, String);

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

#[derive(Clone, Debug, Default)]
struct Payment {
    amount: i128,
    captured: i128,
    allocated: BTreeMap<Uuid, i128>,
    /// Refunds that hold, or have given back, some of it.
    refunds: BTreeMap<Uuid, i128>,
    given_back: i128,
}

#[derive(Default)]
struct Commission {
    collected: BTreeMap<Uuid, i128>,
    accrued: i128,
}

/// The books of billing.
#[derive(Default)]
pub struct Money {
    balances: BTreeMap<Key, i128>,
    entries: BTreeSet<Uuid>,
    closed_through: Option<String>,
    invoices: BTreeMap<Uuid, Invoice>,
    payments: BTreeMap<Uuid, Payment>,
    commissions: BTreeMap<Uuid, Commission>,
    /// Allocations that earn somebody a commission, and what stands of them.
    earning: BTreeMap<Uuid, i128>,
    posted: BTreeMap<(Uuid, String), Uuid>,
    contents: BTreeMap<String, Uuid>,
    remittances: BTreeMap<Uuid, Value>,
    numbers: BTreeSet<String>,
    changed: BTreeSet<Uuid>,
}

impl Money {
    /// The sums of accounts, without those that are zero.
    pub fn balances(&self) -> BTreeMap<Key, i128> {
        let balances = self.balances.iter();
        balances
            .filter(|(_, minor)| **minor != 0)
            .map(|(key, minor)| (key.clone(), *minor))
            .collect()
    }

    /// What came in, in minor units.
    pub fn captured(&self) -> i128 {
        self.payments.values().map(|it| it.captured).sum()
    }

    /// Allocations whose commission may not have followed, with their payments.
    pub fn earning(&self) -> Vec<(Uuid, Uuid)> {
        let of = |allocation: &Uuid| {
            let mut payments = self.payments.iter();
            let payment = payments.find(|(_, it)| it.allocated.contains_key(allocation));
            payment.map(|(payment, _)| (*payment, *allocation))
        };
        self.earning.keys().filter_map(of).collect()
    }

    pub(super) fn follow(&mut self, recorded: &Recorded) -> Result<(), String> {
        let (thing, kind) = (recorded.event.stream.id, &*recorded.event.kind);
        let event = payload(recorded)?;
        if !event["entry"].is_null() {
            self.enter(&event["entry"])?;
        }
        match kind.split_once('.').map_or("", |(of, _)| of) {
            "invoice" => self.invoice(thing, kind, &event),
            "payment" => self.payment(thing, kind, &event),
            "commission" => self.commission(thing, kind, &event),
            "remittance-posting" => self.remittance(thing, kind, &event),
            "period" => {
                self.period(kind, &event)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// An entry: it balances in each layer and currency, stands once, and in no month that is closed.
    fn enter(&mut self, entry: &Value) -> Result<(), String> {
        if !self.entries.insert(id(&entry["id"])?) {
            return Err("an entry stands twice".to_owned());
        }
        let on = text(&entry["on"])?;
        let closed = self.closed_through.as_deref();
        if closed.is_some_and(|month| on.get(..7) <= Some(month)) {
            return Err(format!("an entry of {on} stands in a closed month"));
        }
        let mut sums = BTreeMap::<(String, String), i128>::new();
        for posting in list(&entry["postings"]) {
            let currency = text(&posting["amount"]["currency"])?.to_owned();
            let layer = text(&posting["layer"])?.to_owned();
            let minor = minor(&posting["amount"])?;
            *sums.entry((layer.clone(), currency.clone())).or_default() += minor;
            let key = (text(&posting["account"])?.to_owned(), layer, currency);
            *self.balances.entry(key).or_default() += minor;
        }
        if sums.is_empty() || sums.values().any(|minor| *minor != 0) {
            return Err(format!("an entry does not balance: {entry}"));
        }
        Ok(())
    }

    fn period(&mut self, kind: &str, event: &Value) -> Result<(), String> {
        let month = text(&event["month"])?;
        match kind {
            "period.closed" => self.closed_through = Some(month.to_owned()),
            // The clinic opens none again.
            other => return Err(format!("{other} is not expected")),
        }
        Ok(())
    }

    fn invoice(&mut self, thing: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        self.changed.insert(thing);
        let invoice = self.invoices.entry(thing).or_default();
        let side = || Ok::<_, String>(text(&event["side"])?.to_owned());
        match kind {
            "invoice.drafted" => {
                let request = &event["request"];
                let mut total = 0;
                for line in list(&request["lines"]) {
                    total += number(&line["units"])? * minor(&line["unit_price"])?;
                }
                *invoice = Invoice {
                    kind: text(&request["kind"])?.to_owned(),
                    patient: id(&request["patient"])?,
                    payer: maybe_id(&request["payer"]),
                    policy: maybe_id(&request["policy"]),
                    encounter: maybe_id(&request["encounter"]),
                    total,
                    ..Invoice::default()
                };
                let said = minor(&event["total"])?;
                if said != total {
                    return Err(format!("the total is {said}, the lines are {total}"));
                }
            }
            "invoice.issued" => {
                invoice.issued = true;
                let number = text(&event["number"])?.to_owned();
                if !self.numbers.insert(number) {
                    return Err("its number was given before".to_owned());
                }
                invoice.share(&event["standing"])?;
            }
            "invoice.adjudicated" | "invoice.adjudication-withdrawn" => {
                invoice.share(&event["standing"])?;
                let decided = &event["adjudication"];
                let withdrawn = kind == "invoice.adjudication-withdrawn";
                invoice.adjudication = if withdrawn {
                    None
                } else {
                    let patient = minor(&decided["patient"])?;
                    if patient != invoice.patient_share {
                        let share = invoice.patient_share;
                        return Err(format!("the patient owes {share}, not {patient}"));
                    }
                    Some((
                        id(&decided["claim"])?,
                        number(&decided["version"])?,
                        patient,
                    ))
                };
            }
            "invoice.credited" | "invoice.written-off" => {
                *invoice.reduced.entry(side()?).or_default() += minor(&event["amount"])?;
                invoice.said(&event["standing"])?;
            }
            "invoice.allocated" => {
                *invoice.allocated.entry(side()?).or_default() += minor(&event["amount"])?;
                invoice.said(&event["standing"])?;
            }
            "invoice.deallocated" => {
                *invoice.allocated.entry(side()?).or_default() -= minor(&event["amount"])?;
                invoice.said(&event["standing"])?;
            }
            "invoice.voided" => invoice.void = true,
            _ => {}
        }
        Ok(())
    }

    fn payment(&mut self, thing: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        let payment = self.payments.entry(thing).or_default();
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
            "payment.charged-back" => payment.captured -= amount()?,
            _ => {}
        }
        let allocated: i128 = payment.allocated.values().sum();
        let refunded: i128 = payment.refunds.values().sum();
        let bounded = payment.allocated.values().all(|it| *it >= 0)
            && allocated <= payment.captured.max(0)
            && refunded <= payment.amount
            && payment.given_back <= payment.amount;
        if kind == "payment.charged-back" || bounded {
            return Ok(());
        }
        Err(format!("more is done with it than it has: {payment:?}"))
    }

    fn commission(&mut self, stream: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        let commission = self.commissions.entry(stream).or_default();
        let sign = match kind {
            "commission.accrued" => 1,
            "commission.clawed-back" => -1,
            _ => return Ok(()),
        };
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

    fn remittance(&mut self, thing: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        match kind {
            "remittance-posting.received" => {
                self.remittances.insert(thing, event["request"].clone());
                Ok(())
            }
            "remittance-posting.posted" => {
                let request = self.remittances.get(&thing).ok_or("it was not received")?;
                let key = (id(&request["payer"])?, text(&request["trace"])?.to_owned());
                let mut content = request.clone();
                for part in ["id", "control", "trace"] {
                    content[part] = Value::Null;
                }
                if let Some(other) = self.posted.insert(key, thing) {
                    return Err(format!("{other} was posted with its trace"));
                }
                if let Some(other) = self.contents.insert(content.to_string(), thing) {
                    return Err(format!("{other} was posted with its content"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What must hold between any two commits.
    pub(super) fn holds(&mut self) -> Result<(), String> {
        for thing in std::mem::take(&mut self.changed) {
            let invoice = &self.invoices[&thing];
            invoice
                .holds()
                .map_err(|fault| format!("invoice {thing}: {fault}"))?;
            // One that was withdrawn after it was paid is credited as a whole, and another may be in its place.
            let same = |it: &&Invoice| {
                it.issued
                    && !it.void
                    && it.reduced.values().sum::<i128>() < it.patient_share + it.payer_share
                    && it.kind == invoice.kind
                    && it.encounter.is_some()
                    && it.encounter == invoice.encounter
            };
            if invoice.issued && self.invoices.values().filter(same).count() > 1 {
                return Err(format!("the visit of {thing} has two such invoices"));
            }
        }
        self.receivables()
    }

    /// What is receivable of each party is what their invoices leave open, and the sum of all accounts is nothing.
    fn receivables(&self) -> Result<(), String> {
        let mut open = BTreeMap::<String, i128>::new();
        for invoice in self.invoices.values().filter(|it| it.issued && !it.void) {
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
        let mut layers = BTreeMap::<_, i128>::new();
        for ((account, layer, currency), minor) in &self.balances {
            *layers.entry((layer, currency)).or_default() += minor;
            let is_receivable = account.contains("-receivable:");
            if is_receivable && layer == "settled" {
                let left = open.remove(account).unwrap_or_default();
                if left != *minor {
                    return Err(format!("{account} is {minor}, invoices leave {left} open"));
                }
            }
            let is_floored = account.starts_with("unapplied-cash:");
            if is_floored && layer == "settled" && *minor > 0 {
                return Err(format!("{account} is overdrawn by {minor}"));
            }
        }
        if let Some((account, left)) = open.iter().find(|(_, left)| **left != 0) {
            return Err(format!("{account} is nothing, invoices leave {left} open"));
        }
        match layers.iter().find(|(_, sum)| **sum != 0) {
            Some((layer, sum)) => Err(format!("the trial balance of {layer:?} is {sum}")),
            None => Ok(()),
        }
    }

    /// What patients owe by invoices is what the decisions on their claims say; commissions follow what stands.
    pub(super) fn agrees_with(&self, benefits: &Benefits) -> Result<(), String> {
        for (thing, invoice) in &self.invoices {
            let Some((claim, version, patient)) = invoice.adjudication.filter(|_| !invoice.void)
            else {
                continue;
            };
            if let Some(decision) = benefits.decisions().get(&claim)
                && decision.version == version
                && decision.patient != patient
            {
                return Err(format!("invoice {thing} has {patient}, not {decision:?}"));
            }
        }
        let followed = self.commissions.values().flat_map(|it| &it.collected);
        let followed: BTreeMap<_, _> = followed.filter(|(_, stands)| **stands != 0).collect();
        let earning: BTreeMap<_, _> = self.earning.iter().filter(|(_, it)| **it != 0).collect();
        if followed == earning {
            return Ok(());
        }
        Err(format!(
            "commissions follow {followed:?}, and {earning:?} stand"
        ))
    }
}

impl Invoice {
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
        for side in ["patient", "payer"] {
            let said = &standing[side];
            let reduced = minor(&said["credited"])? + minor(&said["written_off"])?;
            self.reduced.insert(side.to_owned(), reduced);
        }
        Ok(())
    }

    /// What the event says stands is what the events before add up to.
    fn said(&self, standing: &Value) -> Result<(), String> {
        for side in ["patient", "payer"] {
            let said = &standing[side];
            let reduced = minor(&said["credited"])? + minor(&said["written_off"])?;
            let left = minor(&said["share"])? - reduced - minor(&said["allocated"])?;
            if left != self.open(side) {
                let open = self.open(side);
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
        if patient < 0 || payer < 0 {
            return Err(format!("{patient} and {payer} are open"));
        }
        Ok(())
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
