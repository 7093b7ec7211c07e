//! An authorisation: asked for, decided, used, and at its end.

use std::collections::BTreeMap;

use medcover_contract_insurance::events::{
    AuthorisationApproved, AuthorisationCancelled, AuthorisationDenied, AuthorisationExpired,
    AuthorisationInfoProvided, AuthorisationInfoRequested, AuthorisationPended,
    AuthorisationRequested, AuthorisationRestored, AuthorisationUsed,
};
use medcover_contract_insurance::{ApprovedItem, AuthorisationState};
use medcover_kernel::{ClaimId, Error, Money, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::refusal;
use AuthorisationState as State;

events! {
    /// What can happen to an authorisation.
    pub(crate) AuthorisationEvent {
        Requested(AuthorisationRequested),
        Pended(AuthorisationPended),
        InfoRequested(AuthorisationInfoRequested),
        InfoProvided(AuthorisationInfoProvided),
        Approved(AuthorisationApproved),
        Denied(AuthorisationDenied),
        Used(AuthorisationUsed),
        Restored(AuthorisationRestored),
        Expired(AuthorisationExpired),
        Cancelled(AuthorisationCancelled),
    }
}

/// An authorisation as its events leave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Authorisation {
    /// As it was asked for; nothing where it never was.
    pub(crate) requested: Option<AuthorisationRequested>,
    /// When.
    pub(crate) requested_at: Timestamp,
    /// Meant only where it was asked for or cancelled.
    pub(crate) state: State,
    /// What is given.
    pub(crate) approved: Vec<ApprovedItem>,
    /// Whether less is given than was asked for.
    partially: bool,
    /// What claims have used, by the adjudication that stands.
    used: BTreeMap<ClaimId, (u32, Vec<ApprovedItem>)>,
    pub(crate) note: Option<String>,
}

impl Default for Authorisation {
    fn default() -> Self {
        Self {
            requested: None,
            requested_at: Timestamp::from_micros(0),
            state: State::Requested,
            approved: Vec::new(),
            partially: false,
            used: BTreeMap::new(),
            note: None,
        }
    }
}

/// What is asked of an authorisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Request(AuthorisationRequested),
    Pend(String),
    RequestInfo(String),
    ProvideInfo(String),
    /// What is given, and whether a limit of the plan has cut it short.
    Approve(Vec<ApprovedItem>, bool),
    Deny(String),
    /// Of a claim, by its adjudication of that number.
    Use(ClaimId, u32, Vec<ApprovedItem>),
    Restore(ClaimId, u32),
    Expire,
    Cancel(String),
}

impl Command {
    /// The name that people read.
    const fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Pend(_) => "pend",
            Self::RequestInfo(_) => "request-information",
            Self::ProvideInfo(_) => "provide-information",
            Self::Approve(..) => "approve",
            Self::Deny(_) => "deny",
            Self::Use(..) => "use",
            Self::Restore(..) => "restore",
            Self::Expire => "expire",
            Self::Cancel(_) => "void",
        }
    }
}

/// What callers may do to an authorisation in `state`.
const fn allowed(state: State) -> &'static [&'static str] {
    match state {
        State::Requested => &["pend", "approve", "deny", "void"],
        State::Pended => &["request-information", "approve", "deny", "void", "expire"],
        State::InfoRequested => &["provide-information", "approve", "deny", "void", "expire"],
        State::Approved | State::PartiallyApproved => &["use", "void", "expire"],
        State::Used => &["restore"],
        State::Denied | State::Expired | State::Cancelled => &[],
    }
}

/// What becomes of `command`: nothing where it has happened before, or where there is nothing to be undone.
pub(crate) fn decide(it: &Authorisation, command: Command) -> Result<Option<AuthorisationEvent>> {
    let Some(requested) = &it.requested else {
        return of_nothing(it, command);
    };
    let name = command.name();
    let event = match (it.state, command) {
        (_, Command::Request(again)) if *requested == again => return Ok(None),
        (_, Command::Request(_)) => return Err(refusal::id_taken("authorisation")),
        (_, Command::Restore(claim, adjudication)) => {
            let used = it
                .used
                .get(&claim)
                .is_some_and(|(of, _)| *of == adjudication);
            let restored = AuthorisationRestored {
                claim,
                adjudication,
            };
            return Ok(used.then(|| restored.into()));
        }
        (State::Cancelled | State::Denied | State::Expired, Command::Cancel(_))
        | (State::Expired, Command::Expire)
        | (State::Pended, Command::Pend(_)) => return Ok(None),
        (_, Command::Use(claim, adjudication, _)) if it.is_used_by(claim, adjudication) => {
            return Ok(None);
        }
        (State::Requested, Command::Pend(reason)) => AuthorisationPended { reason }.into(),
        (State::Pended, Command::RequestInfo(question)) => {
            AuthorisationInfoRequested { question }.into()
        }
        (State::InfoRequested, Command::ProvideInfo(answer)) => {
            AuthorisationInfoProvided { answer }.into()
        }
        (
            State::Requested | State::Pended | State::InfoRequested,
            Command::Approve(items, cut_short),
        ) => approve(requested, items, cut_short)?.into(),
        (State::Requested | State::Pended | State::InfoRequested, Command::Deny(reason)) => {
            AuthorisationDenied { reason }.into()
        }
        (State::Approved | State::PartiallyApproved, Command::Use(claim, adjudication, items)) => {
            it.use_by(claim, adjudication, items)?.into()
        }
        (
            State::Requested
            | State::Pended
            | State::InfoRequested
            | State::Approved
            | State::PartiallyApproved,
            Command::Cancel(reason),
        ) => AuthorisationCancelled { reason }.into(),
        (
            State::Pended | State::InfoRequested | State::Approved | State::PartiallyApproved,
            Command::Expire,
        ) => AuthorisationExpired {}.into(),
        (state, _) => {
            let allowed = allowed(state);
            let state = state_name(state);
            return Err(Error::illegal_transition(
                "authorisation",
                state,
                name,
                allowed,
            ));
        }
    };
    Ok(Some(event))
}

/// One that was never asked for: it can be, or be closed.
fn of_nothing(it: &Authorisation, command: Command) -> Result<Option<AuthorisationEvent>> {
    let closed = it.state == State::Cancelled;
    match command {
        Command::Request(_) if closed => Err(refusal::id_closed("authorisation")),
        Command::Request(requested) => Ok(Some(requested.into())),
        Command::Cancel(_) if closed => Ok(None),
        Command::Cancel(reason) => Ok(Some(AuthorisationCancelled { reason }.into())),
        _ => Err(Error::not_found("There is no such authorisation.")),
    }
}

fn approve(
    requested: &AuthorisationRequested,
    items: Vec<ApprovedItem>,
    cut_short: bool,
) -> Result<AuthorisationApproved> {
    let mut last = 0;
    let mut full = 0;
    for (place, item) in items.iter().enumerate() {
        let at = |field: &str| format!("/items/{place}/{field}");
        let index = usize::try_from(item.sequence)
            .ok()
            .and_then(|it| it.checked_sub(1));
        let asked = index.and_then(|index| requested.items.get(index));
        let Some(asked) = asked.filter(|_| item.sequence > last) else {
            let rule = "must be the sequence of an item that was asked for, in rising order";
            return Err(Error::invalid(at("sequence"), rule));
        };
        last = item.sequence;
        if item.units > asked.units {
            let rule = format!("must be at most {}, what was asked for", asked.units);
            return Err(Error::invalid(at("units"), rule));
        }
        let fits = item.amount.currency() == asked.estimate.currency()
            && (0..=asked.estimate.minor()).contains(&item.amount.minor());
        if !fits {
            let rule = "must be within the estimate, in its currency";
            return Err(Error::invalid(at("amount"), rule));
        }
        full += usize::from(item.units == asked.units);
    }
    if items.iter().all(|item| item.units == 0) {
        return Err(Error::invalid(
            "/items",
            "must give something; else deny it",
        ));
    }
    Ok(AuthorisationApproved {
        partially: cut_short || full < requested.items.len(),
        items,
    })
}

impl Authorisation {
    /// What claims have used of an item: units, and the allowed amount of them in minor units.
    pub(crate) fn used_of(&self, sequence: u32) -> (u32, i64) {
        let all = self.used.values().flat_map(|(_, items)| items);
        let of_item = all.filter(|item| item.sequence == sequence);
        of_item.fold((0, 0), |(units, minor), item| {
            (units + item.units, minor + item.amount.minor())
        })
    }

    /// What is left of an item that was given.
    pub(crate) fn left_of(&self, item: &ApprovedItem) -> (u32, Money) {
        let (units, minor) = self.used_of(item.sequence);
        let left = item.amount.minor().saturating_sub(minor).max(0);
        let amount = Money::new(left, item.amount.currency()).expect("less than what was given");
        (item.units.saturating_sub(units), amount)
    }

    fn is_used_by(&self, claim: ClaimId, adjudication: u32) -> bool {
        self.used
            .get(&claim)
            .is_some_and(|(of, _)| *of == adjudication)
    }

    /// Consumes; never more than what is left.
    fn use_by(
        &self,
        claim: ClaimId,
        adjudication: u32,
        items: Vec<ApprovedItem>,
    ) -> Result<AuthorisationUsed> {
        let left = |item: &ApprovedItem| {
            let given = self.approved.iter().find(|it| it.sequence == item.sequence);
            given.map(|given| self.left_of(given))
        };
        for item in &items {
            let fits = left(item).is_some_and(|(units, amount)| {
                item.units <= units && item.amount.minor() <= amount.minor()
            });
            if !fits {
                let message = "Less is left of the authorisation than this would use.";
                return Err(refusal::refused("authorisation-exhausted", message));
            }
        }
        let used_now = |sequence| {
            let of_item = items.iter().filter(|item| item.sequence == sequence);
            of_item.map(|item| item.units).sum::<u32>()
        };
        let exhausted = self.approved.iter().all(|given| {
            let (units, _) = self.left_of(given);
            units <= used_now(given.sequence)
        });
        Ok(AuthorisationUsed {
            claim,
            adjudication,
            items,
            exhausted,
        })
    }

    const fn approved_state(&self) -> State {
        if self.partially {
            State::PartiallyApproved
        } else {
            State::Approved
        }
    }
}

/// The name of a state, as callers see it.
pub(crate) const fn state_name(state: State) -> &'static str {
    match state {
        State::Requested => "requested",
        State::Pended => "pended",
        State::InfoRequested => "info-requested",
        State::Approved => "approved",
        State::PartiallyApproved => "partially-approved",
        State::Denied => "denied",
        State::Used => "used",
        State::Expired => "expired",
        State::Cancelled => "cancelled",
    }
}

impl Aggregate for Authorisation {
    const KIND: &'static str = "authorisation";
    type Event = AuthorisationEvent;
    fn evolve(&mut self, event: &AuthorisationEvent, at: Timestamp) {
        let mut say = |text: &String| self.note = Some(text.clone());
        match event {
            AuthorisationEvent::Requested(requested) => {
                self.requested = Some(requested.clone());
                self.requested_at = at;
            }
            AuthorisationEvent::Pended(pended) => {
                say(&pended.reason);
                self.state = State::Pended;
            }
            AuthorisationEvent::InfoRequested(asked) => {
                say(&asked.question);
                self.state = State::InfoRequested;
            }
            AuthorisationEvent::InfoProvided(told) => {
                say(&told.answer);
                self.state = State::Pended;
            }
            AuthorisationEvent::Approved(approved) => {
                self.approved.clone_from(&approved.items);
                self.partially = approved.partially;
                self.note = None;
                self.state = self.approved_state();
            }
            AuthorisationEvent::Denied(denied) => {
                say(&denied.reason);
                self.state = State::Denied;
            }
            AuthorisationEvent::Used(used) => {
                let entry = (used.adjudication, used.items.clone());
                self.used.insert(used.claim, entry);
                if used.exhausted {
                    self.state = State::Used;
                }
            }
            AuthorisationEvent::Restored(restored) => {
                self.used.remove(&restored.claim);
                if self.state == State::Used {
                    self.state = self.approved_state();
                }
            }
            AuthorisationEvent::Expired(_) => self.state = State::Expired,
            AuthorisationEvent::Cancelled(cancelled) => {
                say(&cancelled.reason);
                self.state = State::Cancelled;
            }
        }
    }
}

#[cfg(test)]
mod tests;
