//! What is used and held of benefits, of one member or of all members of a policy, in one year or in a life.
//!
//! This is the lock of benefits: whoever posts or holds relies on a version of this stream, so two claims never use the same
//! remaining benefit.

use std::collections::BTreeMap;

use medcover_adjudication::plan::Plan;
use medcover_adjudication::{Account, Accumulators, Draw, Quantity};
use medcover_contract_insurance::events::{
    AccumulatorPosted, AccumulatorReleased, AccumulatorReserved, AccumulatorRestored,
};
use medcover_kernel::{AuthorisationId, ClaimId, Error, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::limits;
use super::refusal::refused;

events! {
    /// What can happen to an accumulator.
    pub(crate) AccumulatorEvent {
        Reserved(AccumulatorReserved),
        Released(AccumulatorReleased),
        Posted(AccumulatorPosted),
        Restored(AccumulatorRestored),
    }
}

/// An accumulator as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Accumulator {
    /// What claims have used.
    used: Accumulators,
    /// What authorisations still hold. One that is released is not there.
    holds: BTreeMap<AuthorisationId, Accumulators>,
    /// What each claim has used, by the adjudication that stands.
    posted: BTreeMap<ClaimId, Posted>,
}

/// What a claim has used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Posted {
    adjudication: u32,
    draws: Vec<Draw>,
    /// What of it came out of a hold.
    taken: Option<(AuthorisationId, Vec<Draw>)>,
}

/// What is asked of an accumulator.
#[derive(Clone, Debug)]
pub(crate) enum Command<'a> {
    /// Benefits are held for an authorisation.
    Reserve(AuthorisationId, Vec<Draw>, &'a Plan),
    /// What an authorisation holds returns.
    Release(AuthorisationId),
    /// A claim uses benefits, out of the hold of its authorisation where it has one.
    Post(AccumulatorPosted, &'a Plan),
    /// What a claim has used returns.
    Restore(AccumulatorRestored),
}

/// What becomes of `command`: nothing where it has happened before.
pub(crate) fn decide(
    accumulator: &Accumulator,
    command: Command<'_>,
) -> Result<Option<AccumulatorEvent>> {
    let mut after = accumulator.clone();
    let (event, plan) = match command {
        Command::Reserve(authorisation, draws, plan) => {
            if accumulator.holds.contains_key(&authorisation) {
                return Ok(None);
            }
            let reserved = AccumulatorReserved {
                authorisation,
                draws,
            };
            (reserved.into(), Some(plan))
        }
        Command::Release(authorisation) => {
            if !accumulator.holds.contains_key(&authorisation) {
                return Ok(None);
            }
            (AccumulatorReleased { authorisation }.into(), None)
        }
        Command::Post(posted, plan) => match accumulator.posted.get(&posted.claim) {
            Some(before) if before.adjudication == posted.adjudication => return Ok(None),
            // A use case that forgets to take the former decision back would count it twice.
            Some(_) => return Err(Error::internal("a claim is posted that is posted already")),
            None => (posted.into(), Some(plan)),
        },
        Command::Restore(restored) => match accumulator.posted.get(&restored.claim) {
            Some(posted) if posted.adjudication == restored.adjudication => (restored.into(), None),
            _ => return Ok(None),
        },
    };
    after.apply(&event)?;
    if let Some(plan) = plan {
        after.check(accumulator, plan)?;
    }
    Ok(Some(event))
}

impl Accumulator {
    /// What a claim finds used: what claims have used, and what authorisations other than its own hold.
    pub(crate) fn used_beside(&self, own: Option<AuthorisationId>) -> Result<Accumulators> {
        let mut used = self.used.clone();
        for (authorisation, hold) in &self.holds {
            if Some(*authorisation) != own {
                post_all(&mut used, hold)?;
            }
        }
        Ok(used)
    }

    /// What claims have used of `account`.
    pub(crate) fn used(&self, account: &Account) -> i64 {
        of(&self.used, account)
    }

    /// What authorisations hold of `account`.
    pub(crate) fn held(&self, account: &Account) -> i64 {
        self.holds.values().map(|hold| of(hold, account)).sum()
    }

    /// What a claim took out of the hold of `authorisation`.
    pub(crate) fn taken_by(&self, claim: ClaimId, authorisation: AuthorisationId) -> Vec<Draw> {
        let taken = self.posted.get(&claim).and_then(|it| it.taken.as_ref());
        taken
            .filter(|(of, _)| *of == authorisation)
            .map(|(_, draws)| draws.clone())
            .unwrap_or_default()
    }

    /// Every account that is used or held.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        let all = std::iter::once(&self.used).chain(self.holds.values());
        all.flat_map(|accounts| accounts.iter().map(|(account, _)| account))
    }

    /// Refuses what would let an account that grows exceed its limit.
    fn check(&self, before: &Self, plan: &Plan) -> Result<()> {
        for account in self.accounts() {
            let total = self.used(account) + self.held(account);
            let grows = total > before.used(account) + before.held(account);
            let limit = limits::of_account(plan, account);
            if grows && limit.is_some_and(|limit| total > limit) {
                return Err(refused(
                    "benefit-exhausted",
                    "Less remains of the benefit than this would use.",
                ));
            }
        }
        Ok(())
    }

    fn apply(&mut self, event: &AccumulatorEvent) -> Result<()> {
        match event {
            AccumulatorEvent::Reserved(reserved) => {
                let mut hold = Accumulators::new();
                hold.post_all(&reserved.draws).map_err(Error::internal)?;
                self.holds.insert(reserved.authorisation, hold);
            }
            AccumulatorEvent::Released(released) => {
                self.holds.remove(&released.authorisation);
            }
            AccumulatorEvent::Posted(posted) => self.post(posted)?,
            AccumulatorEvent::Restored(restored) => self.restore(restored.claim)?,
        }
        Ok(())
    }

    fn post(&mut self, posted: &AccumulatorPosted) -> Result<()> {
        self.used.post_all(&posted.draws).map_err(Error::internal)?;
        let mut taken = None;
        if let Some(authorisation) = posted.authorisation
            && let Some(hold) = self.holds.get_mut(&authorisation)
        {
            let draws = take(hold, &posted.draws)?;
            taken = Some((authorisation, draws));
        }
        let entry = Posted {
            adjudication: posted.adjudication,
            draws: posted.draws.clone(),
            taken,
        };
        self.posted.insert(posted.claim, entry);
        Ok(())
    }

    fn restore(&mut self, claim: ClaimId) -> Result<()> {
        let Some(posted) = self.posted.remove(&claim) else {
            return Ok(());
        };
        let back: Vec<_> = posted.draws.iter().map(Draw::inverse).collect();
        self.used.post_all(&back).map_err(Error::internal)?;
        if let Some((authorisation, draws)) = posted.taken
            && let Some(hold) = self.holds.get_mut(&authorisation)
        {
            hold.post_all(&draws).map_err(Error::internal)?;
        }
        Ok(())
    }
}

/// Takes as much of `draws` out of `hold` as there is, and says what.
fn take(hold: &mut Accumulators, draws: &[Draw]) -> Result<Vec<Draw>> {
    let mut taken = Vec::new();
    for draw in draws {
        let there = of(hold, &draw.account);
        let quantity = match draw.quantity {
            Quantity::Units(units) => Quantity::Units(units.min(there)),
            Quantity::Amount(amount) if amount.minor() <= there => Quantity::Amount(amount),
            Quantity::Amount(amount) => {
                Quantity::Amount(hold.amount(&draw.account, amount.currency()))
            }
        };
        if limits::number(quantity) > 0 {
            let part = Draw {
                account: draw.account.clone(),
                quantity,
            };
            hold.post(&part.inverse()).map_err(Error::internal)?;
            taken.push(part);
        }
    }
    Ok(taken)
}

fn of(accounts: &Accumulators, account: &Account) -> i64 {
    let found = accounts.iter().find(|(it, _)| *it == account);
    found.map_or(0, |(_, quantity)| limits::number(quantity))
}

fn post_all(to: &mut Accumulators, from: &Accumulators) -> Result<()> {
    for (account, quantity) in from.iter() {
        let account = account.clone();
        to.post(&Draw { account, quantity })
            .map_err(Error::internal)?;
    }
    Ok(())
}

impl Aggregate for Accumulator {
    const KIND: &'static str = "accumulator";
    type Event = AccumulatorEvent;
    fn evolve(&mut self, event: &AccumulatorEvent, _: Timestamp) {
        self.apply(event)
            .expect("an event was applied once before it was kept");
    }
}

#[cfg(test)]
mod tests;
