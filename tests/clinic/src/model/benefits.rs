//! What was used and held of benefits, what was decided on claims, and what was paid for them.

use std::collections::{BTreeMap, BTreeSet};

use medcover_store::Recorded;
use serde_json::Value;
use uuid::Uuid;

use super::read::{id, list, maybe_id, minor, number, payload, text};

/// The limits of the plan, by counter and scope as events write them: `{"deductible":"in"} member`.
pub type Limits = BTreeMap<String, i128>;

/// An account of a stream: which accumulator, and which of its counters in which period.
type Account = (Uuid, String);
type Draws = Vec<(Account, i128)>;

/// What a claim has used.
struct Posted {
    draws: Draws,
    /// What of it came out of the hold of an authorisation.
    taken: Option<(Uuid, Draws)>,
}

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

#[derive(Default)]
struct Authorised {
    approved: BTreeMap<i128, (i128, i128)>,
    used: BTreeMap<Uuid, Vec<(i128, i128, i128)>>,
}

/// What insurance has decided.
#[derive(Default)]
pub struct Benefits {
    limits: Limits,
    used: BTreeMap<Account, i128>,
    held: BTreeMap<(Uuid, Uuid), BTreeMap<Account, i128>>,
    posted: BTreeMap<(Uuid, Uuid), Posted>,
    /// Accounts that grew since somebody looked.
    grown: BTreeSet<Account>,
    decisions: BTreeMap<Uuid, Decision>,
    authorised: BTreeMap<Uuid, Authorised>,
    traces: BTreeSet<(Uuid, String)>,
    /// What remittances have paid for each claim.
    paid: BTreeMap<Uuid, i128>,
}

impl Benefits {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The decisions that stand.
    pub const fn decisions(&self) -> &BTreeMap<Uuid, Decision> {
        &self.decisions
    }

    /// What was paid for all claims together.
    pub fn paid(&self) -> i128 {
        self.paid.values().sum()
    }

    pub(super) fn follow(&mut self, recorded: &Recorded) -> Result<(), String> {
        let thing = recorded.event.stream.id;
        match &*recorded.event.kind {
            "accumulator.reserved" => self.reserve(thing, &payload(recorded)?),
            "accumulator.released" => {
                let authorisation = id(&payload(recorded)?["authorisation"])?;
                let held = self.held.remove(&(thing, authorisation));
                held.map(|_| ()).ok_or_else(|| "nothing was held".into())
            }
            "accumulator.posted" => self.post(thing, &payload(recorded)?),
            "accumulator.restored" => self.restore(thing, &payload(recorded)?),
            "claim.adjudicated" => self.decide(thing, &payload(recorded)?),
            "claim.reversed" => {
                let version = number(&payload(recorded)?["adjudication"])?;
                match self.decisions.remove(&thing) {
                    Some(decision) if decision.version == version => Ok(()),
                    other => Err(format!("decision {version} is reversed, not {other:?}")),
                }
            }
            "authorisation.approved" => {
                let approved = payload(recorded)?;
                let of = self.authorised.entry(thing).or_default();
                for item in list(&approved["items"]) {
                    let (sequence, units, amount) = approved_item(item)?;
                    of.approved.insert(sequence, (units, amount));
                }
                Ok(())
            }
            "authorisation.used" => {
                let used = payload(recorded)?;
                let of = self.authorised.entry(thing).or_default();
                let items = list(&used["items"]).iter().map(approved_item);
                let items = items.collect::<Result<_, _>>()?;
                match of.used.insert(id(&used["claim"])?, items) {
                    None => of.is_within(),
                    Some(_) => Err("one claim uses it twice".to_owned()),
                }
            }
            "authorisation.restored" => {
                let claim = id(&payload(recorded)?["claim"])?;
                let of = self.authorised.entry(thing).or_default();
                let used = of.used.remove(&claim);
                used.map(|_| ()).ok_or_else(|| "nothing was used".into())
            }
            "remittance.issued" => self.remit(&payload(recorded)?),
            _ => Ok(()),
        }
    }

    fn reserve(&mut self, stream: Uuid, reserved: &Value) -> Result<(), String> {
        let authorisation = id(&reserved["authorisation"])?;
        let mut held = BTreeMap::new();
        for (account, quantity) in draws(stream, &reserved["draws"])? {
            self.grown.insert(account.clone());
            *held.entry(account).or_default() += quantity;
        }
        match self.held.insert((stream, authorisation), held) {
            None => Ok(()),
            Some(_) => Err("one authorisation holds twice".to_owned()),
        }
    }

    fn post(&mut self, stream: Uuid, posted: &Value) -> Result<(), String> {
        let claim = id(&posted["claim"])?;
        let draws = draws(stream, &posted["draws"])?;
        for (account, quantity) in &draws {
            *self.used.entry(account.clone()).or_default() += quantity;
            self.grown.insert(account.clone());
        }
        let authorisation = maybe_id(&posted["authorisation"]);
        let taken = authorisation.and_then(|authorisation| {
            let held = self.held.get_mut(&(stream, authorisation))?;
            let mut taken = Vec::new();
            for (account, quantity) in &draws {
                if let Some(there) = held.get_mut(account) {
                    let part = (*there).min(*quantity);
                    *there -= part;
                    taken.push((account.clone(), part));
                }
            }
            Some((authorisation, taken))
        });
        match self.posted.insert((stream, claim), Posted { draws, taken }) {
            None => Ok(()),
            Some(_) => Err(format!("claim {claim} is posted twice")),
        }
    }

    fn restore(&mut self, stream: Uuid, restored: &Value) -> Result<(), String> {
        let claim = id(&restored["claim"])?;
        let posted = self.posted.remove(&(stream, claim));
        let posted = posted.ok_or_else(|| format!("claim {claim} has used nothing"))?;
        for (account, quantity) in posted.draws {
            *self.used.entry(account).or_default() -= quantity;
        }
        let Some((authorisation, taken)) = posted.taken else {
            return Ok(());
        };
        if let Some(held) = self.held.get_mut(&(stream, authorisation)) {
            for (account, quantity) in taken {
                self.grown.insert(account.clone());
                *held.entry(account).or_default() += quantity;
            }
        }
        Ok(())
    }

    fn decide(&mut self, claim: Uuid, adjudicated: &Value) -> Result<(), String> {
        let decision = &adjudicated["decision"];
        let mut sums = [0; 3];
        for line in list(&decision["lines"]) {
            let of_line = line_sums(line)?;
            for (sum, part) in sums.iter_mut().zip(of_line) {
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
        let decision = Decision {
            version,
            patient,
            paid,
        };
        match self.decisions.insert(claim, decision) {
            None => Ok(()),
            Some(before) => Err(format!("decision {before:?} stood")),
        }
    }

    fn remit(&mut self, issued: &Value) -> Result<(), String> {
        let key = (id(&issued["payer"])?, text(&issued["trace"])?.to_owned());
        if !self.traces.insert(key) {
            return Err("its trace was used before".to_owned());
        }
        let mut total = 0;
        for claim in list(&issued["claims"]) {
            let (of, payment) = (id(&claim["claim"])?, minor(&claim["payment"])?);
            let before = self.paid.entry(of).or_default();
            if minor(&claim["paid_before"])? != *before {
                return Err(format!("{before} was paid for {of} before"));
            }
            let owed = if claim["reversal"] == Value::Bool(true) {
                0
            } else {
                let owed = self.decisions.get(&of).map(|it| it.paid);
                owed.ok_or_else(|| format!("no decision on {of} stands"))?
            };
            if *before + payment != owed {
                return Err(format!(
                    "{of}: {owed} is owed, {before} and {payment} are paid"
                ));
            }
            *before = owed;
            total += payment;
        }
        for adjustment in list(&issued["provider_adjustments"]) {
            total -= minor(&adjustment["amount"])?;
        }
        let said = minor(&issued["total"])?;
        if said == total && total >= 0 {
            return Ok(());
        }
        Err(format!("the total is {said}, the claims give {total}"))
    }

    /// No account is used and held beyond its limit.
    pub(super) fn holds(&mut self) -> Result<(), String> {
        for account in std::mem::take(&mut self.grown) {
            let used = self.used.get(&account).copied().unwrap_or_default();
            let of_stream = self.held.iter().filter(|((of, _), _)| *of == account.0);
            let held: i128 = of_stream.filter_map(|(_, held)| held.get(&account)).sum();
            let kind = account.1.rsplit_once(' ').map_or("", |(kind, _)| kind);
            let limit = self.limits.get(kind);
            let within = limit.is_none_or(|limit| used + held <= *limit);
            if used < 0 || held < 0 || !within {
                return Err(format!(
                    "{account:?}: {used} used and {held} held of {limit:?}"
                ));
            }
        }
        Ok(())
    }
}

impl Authorised {
    /// Nothing is used beyond what was given.
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

fn approved_item(item: &Value) -> Result<(i128, i128, i128), String> {
    Ok((
        number(&item["sequence"])?,
        number(&item["units"])?,
        minor(&item["amount"])?,
    ))
}

/// What a line bills, what is paid of it and what the patient bears: each part above zero, and together the whole.
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

fn draws(stream: Uuid, draws: &Value) -> Result<Draws, String> {
    let draw = |draw: &Value| {
        let (account, quantity) = (&draw["account"], &draw["quantity"]);
        let quantity = match &quantity["units"] {
            Value::Null => minor(&quantity["amount"])?,
            units => number(units)?,
        };
        let counter = &account["counter"];
        let (scope, period) = (text(&account["scope"])?, text(&account["period"])?);
        Ok(((stream, format!("{counter} {scope} {period}")), quantity))
    };
    list(draws).iter().map(draw).collect()
}
