//! A policy: offered, paid for, covering, ended.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use medcover_contract_insurance::events::{
    PolicyAccepted, PolicyActivated, PolicyCancelled, PolicyExpired, PolicyMemberAdded,
    PolicyMemberRemoved, PolicyPremiumDue, PolicyPremiumSettled, PolicyQuoted, PolicyReadied,
    PolicyReinstated, PolicyRenewed, PolicySuspended,
};
use medcover_contract_insurance::{MAX_MEMBERS, PolicyState};
use medcover_kernel::{Error, MemberId, PatientId, PolicyId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::premiums::{Instalment, instalments};
use super::refusal::{self, refused};
use PolicyState as State;

events! {
    /// What can happen to a policy.
    pub(crate) PolicyEvent {
        Quoted(PolicyQuoted),
        Accepted(PolicyAccepted),
        PremiumDue(PolicyPremiumDue),
        PremiumSettled(PolicyPremiumSettled),
        Readied(PolicyReadied),
        Activated(PolicyActivated),
        Suspended(PolicySuspended),
        Reinstated(PolicyReinstated),
        Expired(PolicyExpired),
        Cancelled(PolicyCancelled),
        Renewed(PolicyRenewed),
        MemberAdded(PolicyMemberAdded),
        MemberRemoved(PolicyMemberRemoved),
    }
}

/// A policy as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) quoted: Option<PolicyQuoted>,
    pub(crate) state: State,
    /// The last day of cover, where it is not that of the offer.
    ended_on: Option<Date>,
    suspended_on: Option<Date>,
    /// Premiums up to this number are or were due.
    pub(crate) due: u32,
    pub(crate) settled: BTreeSet<u32>,
    pub(crate) members: BTreeMap<MemberId, PatientId>,
    pub(crate) renewed_by: Option<PolicyId>,
}

/// What is asked of a policy; days are the present one unless they are named otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Quote(Box<PolicyQuoted>),
    Accept,
    /// A day has come: premiums fall due, it begins, it ends.
    Tick(Date),
    Settle(PolicyPremiumSettled),
    Activate(Date),
    Suspend(Date, String),
    Reinstate,
    Lapse(Date, String),
    /// After that last day of cover.
    Cancel(Date, String),
    Renew(PolicyId),
    AddMember(MemberId, PatientId),
    RemoveMember(MemberId),
}

impl Command {
    /// The name that people read.
    const fn name(&self) -> &'static str {
        match self {
            Self::Quote(_) => "quote",
            Self::Accept => "accept",
            Self::Tick(_) => "tick",
            Self::Settle(_) => "settle-premium",
            Self::Activate(_) => "activate",
            Self::Suspend(..) => "suspend",
            Self::Reinstate => "reinstate",
            Self::Lapse(..) => "lapse",
            Self::Cancel(..) => "cancel",
            Self::Renew(_) => "renew",
            Self::AddMember(..) => "enrol-member",
            Self::RemoveMember(_) => "unlink-member",
        }
    }
}

/// What may be done to a policy in `state`; members may be unlinked in any.
const fn allowed(state: State) -> &'static [&'static str] {
    match state {
        State::Quoted => &["accept", "cancel", "enrol-member"],
        State::PendingPayment => &["settle-premium", "lapse", "cancel", "enrol-member"],
        State::Ready => &[
            "settle-premium",
            "activate",
            "lapse",
            "cancel",
            "enrol-member",
        ],
        State::Active => &[
            "settle-premium",
            "suspend",
            "lapse",
            "cancel",
            "renew",
            "enrol-member",
        ],
        State::Suspended => &[
            "settle-premium",
            "reinstate",
            "lapse",
            "cancel",
            "enrol-member",
        ],
        State::Expired => &["settle-premium", "renew"],
        State::Cancelled | State::Renewed => &["settle-premium"],
    }
}

/// What becomes of `command`: nothing where it has happened before.
pub(crate) fn decide(policy: &Policy, command: Command) -> Result<Vec<PolicyEvent>> {
    let Some(quoted) = &policy.quoted else {
        return match command {
            Command::Quote(quoted) => Ok(vec![(*quoted).into()]),
            // The undo of an enrolment that never came finds nothing here.
            Command::RemoveMember(_) => Ok(Vec::new()),
            _ => Err(Error::not_found("There is no such policy.")),
        };
    };
    let name = command.name();
    let event: PolicyEvent = match (policy.state, command) {
        (_, Command::Quote(again)) if *again == *quoted => return Ok(Vec::new()),
        (_, Command::Quote(_)) => return Err(refusal::id_taken("policy")),
        (_, Command::Tick(today)) => return Ok(policy.tick(quoted, today)),
        (_, Command::RemoveMember(member)) => {
            let there = policy.members.contains_key(&member);
            let removed = there.then(|| PolicyMemberRemoved { member }.into());
            return Ok(removed.into_iter().collect());
        }
        (State::Quoted, Command::Accept) => {
            let first = instalments(&quoted.premium, quoted.from, quoted.to).next();
            let first = first.map(|it| due(quoted, it).into());
            return Ok([PolicyAccepted {}.into()]
                .into_iter()
                .chain(first)
                .collect());
        }
        (State::PendingPayment, Command::Accept)
        | (State::Active, Command::Activate(_) | Command::Reinstate)
        | (State::Suspended, Command::Suspend(..))
        | (State::Expired, Command::Lapse(..))
        | (State::Cancelled, Command::Cancel(..)) => return Ok(Vec::new()),
        (State::Renewed, Command::Renew(by)) if policy.renewed_by == Some(by) => {
            return Ok(Vec::new());
        }
        (state, Command::Settle(settled)) if state != State::Quoted => {
            return policy.settle(settled);
        }
        (State::Ready, Command::Activate(today)) => {
            let begun = quoted.from <= today;
            return Ok(begun
                .then(|| PolicyActivated {}.into())
                .into_iter()
                .collect());
        }
        (State::Active, Command::Suspend(on, reason)) => PolicySuspended { on, reason }.into(),
        (State::Suspended, Command::Reinstate) => PolicyReinstated {}.into(),
        (
            State::PendingPayment | State::Ready | State::Active | State::Suspended,
            Command::Lapse(today, reason),
        ) => policy.lapse(quoted, today, reason).into(),
        (
            State::Quoted | State::PendingPayment | State::Ready | State::Active | State::Suspended,
            Command::Cancel(on, reason),
        ) => {
            let on = on.min(quoted.to);
            PolicyCancelled { on, reason }.into()
        }
        (State::Active | State::Expired, Command::Renew(by)) => PolicyRenewed { by }.into(),
        (
            State::Quoted | State::PendingPayment | State::Ready | State::Active | State::Suspended,
            Command::AddMember(member, patient),
        ) => return policy.add(member, patient),
        (state, _) => {
            let (state, allowed) = (state_name(state), allowed(state));
            return Err(Error::illegal_transition("policy", state, name, allowed));
        }
    };
    Ok(vec![event])
}

fn due(quoted: &PolicyQuoted, instalment: Instalment) -> PolicyPremiumDue {
    PolicyPremiumDue {
        number: instalment.number,
        due_on: instalment.covers_from,
        covers_from: instalment.covers_from,
        covers_to: instalment.covers_to,
        amount: quoted.premium.amount,
    }
}

impl Policy {
    /// The last day of cover.
    pub(crate) fn to(&self, quoted: &PolicyQuoted) -> Date {
        self.ended_on.unwrap_or(quoted.to)
    }

    /// Whether it covers, or once did, on the days up to its last.
    pub(crate) const fn was_in_force(&self) -> bool {
        match self.state {
            State::Quoted | State::PendingPayment | State::Ready => false,
            State::Active
            | State::Suspended
            | State::Expired
            | State::Cancelled
            | State::Renewed => true,
        }
    }

    /// The first day of which the premium is outstanding, where claims wait for it: the policy is suspended.
    pub(crate) fn waits_from(&self, quoted: &PolicyQuoted) -> Option<Date> {
        let suspended = self
            .suspended_on
            .filter(|_| self.state == State::Suspended)?;
        let all = instalments(&quoted.premium, quoted.from, quoted.to);
        let mut owed = all.filter(|it| it.number <= self.due && !self.settled.contains(&it.number));
        Some(
            owed.next()
                .map_or(suspended, |it| it.covers_from.min(suspended)),
        )
    }

    /// The next day on which something happens by itself.
    pub(crate) fn next_tick(&self, quoted: &PolicyQuoted) -> Option<Date> {
        let premium = instalments(&quoted.premium, quoted.from, quoted.to)
            .find(|it| it.number > self.due)
            .map(|it| it.covers_from);
        let end = self.to(quoted).tomorrow().ok();
        match self.state {
            State::Quoted => end,
            State::Ready => premium.into_iter().chain(end).chain([quoted.from]).min(),
            State::PendingPayment | State::Active | State::Suspended => {
                premium.into_iter().chain(end).min()
            }
            State::Expired | State::Cancelled | State::Renewed => None,
        }
    }

    fn tick(&self, quoted: &PolicyQuoted, today: Date) -> Vec<PolicyEvent> {
        if matches!(
            self.state,
            State::Expired | State::Cancelled | State::Renewed
        ) {
            return Vec::new();
        }
        let on = self.to(quoted);
        if on < today {
            return vec![PolicyExpired { on, lapsed: None }.into()];
        }
        if self.state == State::Quoted {
            return Vec::new();
        }
        let all = instalments(&quoted.premium, quoted.from, quoted.to);
        let new = all.filter(|it| it.number > self.due && it.covers_from <= today);
        let mut events: Vec<PolicyEvent> = new.map(|it| due(quoted, it).into()).collect();
        if self.state == State::Ready && quoted.from <= today {
            events.push(PolicyActivated {}.into());
        }
        events
    }

    fn settle(&self, settled: PolicyPremiumSettled) -> Result<Vec<PolicyEvent>> {
        let number = settled.number;
        if self.settled.contains(&number) {
            return Ok(Vec::new());
        }
        if number == 0 || number > self.due {
            return Err(refused(
                "premium-not-due",
                format!("Premium {number} of the policy is not due."),
            ));
        }
        let first = self.state == State::PendingPayment && number == 1;
        let readied = first.then(|| PolicyReadied {}.into());
        Ok([settled.into()].into_iter().chain(readied).collect())
    }

    /// What is unpaid is not covered.
    fn lapse(&self, quoted: &PolicyQuoted, today: Date, reason: String) -> PolicyExpired {
        let first_day = self.suspended_on.filter(|_| self.state == State::Suspended);
        let on = first_day
            .and_then(|day| day.yesterday().ok())
            .unwrap_or(today);
        PolicyExpired {
            on: on.min(quoted.to),
            lapsed: Some(reason),
        }
    }

    fn add(&self, member: MemberId, patient: PatientId) -> Result<Vec<PolicyEvent>> {
        match self.members.get(&member) {
            Some(before) if *before == patient => return Ok(Vec::new()),
            Some(_) => return Err(refusal::id_taken("member")),
            None => {}
        }
        if self.members.values().any(|it| *it == patient) {
            let message = "The patient is a member of the policy already.";
            return Err(refusal::name_taken(message));
        }
        if self.members.len() >= MAX_MEMBERS {
            let message = format!("A policy has at most {MAX_MEMBERS} members.");
            return Err(refused("too-many", message));
        }
        Ok(vec![PolicyMemberAdded { member, patient }.into()])
    }
}

/// The name of a state, as callers see it.
pub(crate) const fn state_name(state: State) -> &'static str {
    match state {
        State::Quoted => "quoted",
        State::PendingPayment => "pending-payment",
        State::Ready => "ready",
        State::Active => "active",
        State::Suspended => "suspended",
        State::Expired => "expired",
        State::Cancelled => "cancelled",
        State::Renewed => "renewed",
    }
}

impl Aggregate for Policy {
    const KIND: &'static str = "policy";
    type Event = PolicyEvent;
    fn evolve(&mut self, event: &PolicyEvent, _: Timestamp) {
        match event {
            PolicyEvent::Quoted(quoted) => self.quoted = Some(quoted.clone()),
            PolicyEvent::Accepted(_) => self.state = State::PendingPayment,
            PolicyEvent::PremiumDue(due) => self.due = due.number,
            PolicyEvent::PremiumSettled(settled) => {
                self.settled.insert(settled.number);
            }
            PolicyEvent::Readied(_) => self.state = State::Ready,
            PolicyEvent::Activated(_) => self.state = State::Active,
            PolicyEvent::Suspended(suspended) => {
                self.suspended_on = Some(suspended.on);
                self.state = State::Suspended;
            }
            PolicyEvent::Reinstated(_) => {
                self.suspended_on = None;
                self.state = State::Active;
            }
            PolicyEvent::Expired(expired) => {
                self.ended_on = Some(expired.on);
                self.state = State::Expired;
            }
            PolicyEvent::Cancelled(cancelled) => {
                self.ended_on = Some(cancelled.on);
                self.state = State::Cancelled;
            }
            PolicyEvent::Renewed(renewed) => {
                self.renewed_by = Some(renewed.by);
                self.state = State::Renewed;
            }
            PolicyEvent::MemberAdded(added) => {
                self.members.insert(added.member, added.patient);
            }
            PolicyEvent::MemberRemoved(removed) => {
                self.members.remove(&removed.member);
            }
        }
    }
}

#[cfg(test)]
mod tests;
