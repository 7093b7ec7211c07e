//! What claims have used and authorisations hold of benefits: never beyond a limit, and returned exactly.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use crate::model::read::{id, list, maybe_id, minor, number, text};

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

/// What is used and held.
#[derive(Default)]
pub(super) struct Accumulators {
    limits: Limits,
    used: BTreeMap<Account, i128>,
    held: BTreeMap<(Uuid, Uuid), BTreeMap<Account, i128>>,
    posted: BTreeMap<(Uuid, Uuid), Posted>,
    /// Accounts that grew since somebody looked.
    grown: BTreeSet<Account>,
}

impl Accumulators {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(super) fn follow(&mut self, stream: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        match kind {
            "accumulator.reserved" => self.reserve(stream, event),
            "accumulator.released" => {
                let held = self.held.remove(&(stream, id(&event["authorisation"])?));
                held.map(|_| ()).ok_or_else(|| "nothing was held".into())
            }
            "accumulator.posted" => self.post(stream, event),
            "accumulator.restored" => self.restore(stream, event),
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
        let taken = maybe_id(&posted["authorisation"])
            .and_then(|authorisation| self.take(stream, authorisation, &draws));
        match self.posted.insert((stream, claim), Posted { draws, taken }) {
            None => Ok(()),
            Some(_) => Err(format!("claim {claim} is posted twice")),
        }
    }

    /// Takes as much of `draws` out of a hold as there is.
    fn take(&mut self, stream: Uuid, authorisation: Uuid, draws: &Draws) -> Option<(Uuid, Draws)> {
        let held = self.held.get_mut(&(stream, authorisation))?;
        let mut taken = Vec::new();
        for (account, quantity) in draws {
            if let Some(there) = held.get_mut(account) {
                let part = (*there).min(*quantity);
                *there -= part;
                taken.push((account.clone(), part));
            }
        }
        Some((authorisation, taken))
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

    /// No account is used and held beyond its limit.
    pub(super) fn hold(&mut self) -> Result<(), String> {
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

    /// Claims that have used something.
    pub(super) fn claims(&self) -> BTreeSet<Uuid> {
        self.posted.keys().map(|(_, claim)| *claim).collect()
    }
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
