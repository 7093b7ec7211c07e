//! A claim: written, looked through, sent, decided, settled.

use jiff::civil::Date;
use medcover_adjudication::{Adjudication, Case};
use medcover_contract_insurance::events::{
    ClaimAccepted, ClaimAdjudicated, ClaimAdjudicationStarted, ClaimAmended, ClaimDrafted,
    ClaimFinalized, ClaimPended, ClaimRejected, ClaimReversed, ClaimScrubFailed, ClaimScrubbed,
    ClaimSubmitted, ClaimVoided,
};
use medcover_contract_insurance::{
    ClaimContent, ClaimFinding, ClaimState, Coverage, Rejection, VersionedAdjudication,
};
use medcover_kernel::{Error, Money, RemittanceId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::refusal::{self, refused};
use ClaimState as State;

events! {
    /// What can happen to a claim.
    pub(crate) ClaimEvent {
        Drafted(ClaimDrafted),
        Amended(ClaimAmended),
        Scrubbed(ClaimScrubbed),
        ScrubFailed(ClaimScrubFailed),
        Submitted(ClaimSubmitted),
        Accepted(ClaimAccepted),
        Rejected(ClaimRejected),
        AdjudicationStarted(ClaimAdjudicationStarted),
        Pended(ClaimPended),
        Adjudicated(ClaimAdjudicated),
        Reversed(ClaimReversed),
        Finalized(ClaimFinalized),
        Voided(ClaimVoided),
    }
}

/// A claim as its events leave it. What a decision was made from stays in its event, which alone is asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// Meant only where it was written or voided.
    pub(crate) state: State,
    /// As it was first written, by which a request sent again is known.
    first: Option<ClaimContent>,
    pub(crate) content: Option<ClaimContent>,
    pub(crate) coverage: Option<Coverage>,
    pub(crate) findings: Vec<ClaimFinding>,
    pub(crate) rejection: Option<Rejection>,
    pub(crate) decided: Option<VersionedAdjudication>,
    /// The first day of the benefit year that the last adjudication was posted to.
    pub(crate) year: Option<Date>,
    /// What remittances have paid for it.
    pub(crate) remitted: Option<Money>,
    pub(crate) remittance: Option<RemittanceId>,
    pub(crate) note: Option<String>,
}

/// What is asked of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Draft(ClaimContent, Coverage),
    Amend(ClaimContent, Coverage),
    /// Findings, and whether they keep it from being sent.
    Scrub(Vec<ClaimFinding>, bool),
    Submit,
    Accept,
    Reject(Rejection),
    Start,
    Pend(String),
    Adjudicate(Box<(Case, Adjudication)>),
    /// The adjudication of that number; the present one where none is given.
    Reverse(Option<u32>, String),
    Finalize(RemittanceId, Money),
    Void(String),
}

impl Command {
    /// The name that people read.
    const fn name(&self) -> &'static str {
        match self {
            Self::Draft(..) => "draft",
            Self::Amend(..) => "amend",
            Self::Scrub(..) => "scrub",
            Self::Submit => "submit",
            Self::Accept => "accept",
            Self::Reject(_) => "reject",
            Self::Start => "start",
            Self::Pend(_) => "pend",
            Self::Adjudicate(..) => "adjudicate",
            Self::Reverse(..) => "reverse",
            Self::Finalize(..) => "finalize",
            Self::Void(_) => "void",
        }
    }
}

/// What may be done to a claim in `state`.
const fn allowed(state: State) -> &'static [&'static str] {
    match state {
        State::Draft | State::ScrubFailed | State::Rejected => &["amend", "scrub", "void"],
        State::Scrubbed => &["amend", "scrub", "submit", "void"],
        State::Submitted => &["accept", "reject"],
        State::Accepted => &["start", "pend", "void"],
        State::Adjudicating => &["adjudicate", "pend"],
        State::Pended => &["start", "void"],
        State::Adjudicated => &["reverse", "finalize"],
        State::Reversed => &["start", "finalize", "void"],
        State::Finalized => &["reverse"],
        State::Voided => &[],
    }
}

/// What becomes of `command`: nothing where it has happened before, or where there is nothing to be undone.
pub(crate) fn decide(claim: &Claim, command: Command) -> Result<Option<ClaimEvent>> {
    if claim.content.is_none() {
        return of_nothing(claim, command);
    }
    let name = command.name();
    let event = match (claim.state, command) {
        (_, Command::Draft(content, _)) => {
            let again = claim.first.as_ref() == Some(&content);
            return if again {
                Ok(None)
            } else {
                Err(refusal::id_taken("claim"))
            };
        }
        (State::Voided, Command::Void(_)) | (State::Pended, Command::Pend(_)) => return Ok(None),
        (_, Command::Reverse(version, _)) if claim.is_reversed(version) => return Ok(None),
        (
            State::Draft | State::ScrubFailed | State::Rejected | State::Scrubbed,
            Command::Amend(content, coverage),
        ) => ClaimAmended { content, coverage }.into(),
        (
            State::Draft | State::ScrubFailed | State::Rejected | State::Scrubbed,
            Command::Scrub(findings, blocked),
        ) => scrub(findings, blocked),
        (State::Scrubbed, Command::Submit) => ClaimSubmitted {}.into(),
        (State::Submitted, Command::Accept) => ClaimAccepted {}.into(),
        (State::Submitted, Command::Reject(rejection)) => ClaimRejected { rejection }.into(),
        (State::Accepted | State::Pended | State::Reversed, Command::Start) => {
            ClaimAdjudicationStarted {}.into()
        }
        (State::Accepted | State::Adjudicating, Command::Pend(reason)) => {
            ClaimPended { reason }.into()
        }
        (State::Adjudicating, Command::Adjudicate(decided)) => {
            let (case, decision) = *decided;
            let version = claim.version() + 1;
            let adjudicated = ClaimAdjudicated {
                version,
                case,
                decision,
            };
            adjudicated.into()
        }
        (State::Adjudicated | State::Finalized, Command::Reverse(version, reason)) => {
            claim.reverse(version, reason)?.into()
        }
        (State::Adjudicated | State::Reversed, Command::Finalize(remittance, payment)) => {
            let finalized = ClaimFinalized {
                remittance,
                payment,
                reversal: claim.state == State::Reversed,
            };
            finalized.into()
        }
        (
            State::Draft
            | State::ScrubFailed
            | State::Rejected
            | State::Scrubbed
            | State::Accepted
            | State::Pended
            | State::Reversed,
            Command::Void(reason),
        ) => claim.void(reason)?.into(),
        (state, _) => {
            let (state, allowed) = (state_name(state), allowed(state));
            return Err(Error::illegal_transition("claim", state, name, allowed));
        }
    };
    Ok(Some(event))
}

/// One that was never written: it can be, or be closed.
fn of_nothing(claim: &Claim, command: Command) -> Result<Option<ClaimEvent>> {
    let closed = claim.state == State::Voided;
    match command {
        Command::Draft(..) if closed => Err(refusal::id_closed("claim")),
        Command::Draft(content, coverage) => Ok(Some(ClaimDrafted { content, coverage }.into())),
        Command::Void(_) if closed => Ok(None),
        Command::Void(reason) => Ok(Some(ClaimVoided { reason }.into())),
        _ => Err(Error::not_found("There is no such claim.")),
    }
}

fn scrub(findings: Vec<ClaimFinding>, blocked: bool) -> ClaimEvent {
    if blocked {
        ClaimScrubFailed { findings }.into()
    } else {
        ClaimScrubbed { findings }.into()
    }
}

impl Claim {
    /// The number of the last adjudication, 0 where there is none.
    pub(crate) fn version(&self) -> u32 {
        self.decided.as_ref().map_or(0, |decided| decided.version)
    }

    /// Whether the adjudication `version` was taken back before.
    fn is_reversed(&self, version: Option<u32>) -> bool {
        match version {
            Some(version) if version < self.version() => version > 0,
            Some(version) if version > self.version() => false,
            _ => self.state == State::Reversed,
        }
    }

    fn reverse(&self, version: Option<u32>, reason: String) -> Result<ClaimReversed> {
        let present = self.version();
        if version.is_some_and(|version| version != present) {
            let rule = format!("must be at most {present}, the last one");
            return Err(Error::invalid("/adjudication", rule));
        }
        Ok(ClaimReversed {
            adjudication: present,
            reason,
        })
    }

    /// What was paid is taken back by a remittance first.
    fn void(&self, reason: String) -> Result<ClaimVoided> {
        if self.remitted.is_some_and(|remitted| !remitted.is_zero()) {
            return Err(refused(
                "claim-paid",
                "The claim was paid: a remittance takes back what was paid before it can be taken back itself.",
            ));
        }
        Ok(ClaimVoided { reason })
    }
}

/// The first day of the benefit year of a claim's services, which are all of one day.
fn year_of(case: &Case) -> Option<Date> {
    let line = case.claim.lines.first()?;
    Some(case.coverage.benefit_year(line.service_date))
}

/// The name of a state, as callers see it.
pub(crate) const fn state_name(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Scrubbed => "scrubbed",
        State::ScrubFailed => "scrub-failed",
        State::Submitted => "submitted",
        State::Accepted => "accepted",
        State::Rejected => "rejected",
        State::Adjudicating => "adjudicating",
        State::Pended => "pended",
        State::Adjudicated => "adjudicated",
        State::Reversed => "reversed",
        State::Finalized => "finalized",
        State::Voided => "voided",
    }
}

impl Aggregate for Claim {
    const KIND: &'static str = "claim";
    type Event = ClaimEvent;
    fn evolve(&mut self, event: &ClaimEvent, _: Timestamp) {
        match event {
            ClaimEvent::Drafted(drafted) => {
                self.first = Some(drafted.content.clone());
                self.write(&drafted.content, drafted.coverage);
            }
            ClaimEvent::Amended(amended) => self.write(&amended.content, amended.coverage),
            ClaimEvent::Scrubbed(scrubbed) => {
                self.findings.clone_from(&scrubbed.findings);
                self.state = State::Scrubbed;
            }
            ClaimEvent::ScrubFailed(failed) => {
                self.findings.clone_from(&failed.findings);
                self.state = State::ScrubFailed;
            }
            ClaimEvent::Submitted(_) => {
                self.rejection = None;
                self.state = State::Submitted;
            }
            ClaimEvent::Accepted(_) => self.state = State::Accepted,
            ClaimEvent::Rejected(rejected) => {
                self.rejection = Some(rejected.rejection.clone());
                self.state = State::Rejected;
            }
            ClaimEvent::AdjudicationStarted(_) => self.state = State::Adjudicating,
            ClaimEvent::Pended(pended) => self.say(State::Pended, &pended.reason),
            ClaimEvent::Adjudicated(adjudicated) => {
                self.decided = Some(VersionedAdjudication {
                    version: adjudicated.version,
                    decision: adjudicated.decision.clone(),
                });
                self.year = year_of(&adjudicated.case);
                self.note = None;
                self.state = State::Adjudicated;
            }
            ClaimEvent::Reversed(reversed) => self.say(State::Reversed, &reversed.reason),
            ClaimEvent::Finalized(finalized) => self.settle(finalized),
            ClaimEvent::Voided(voided) => self.say(State::Voided, &voided.reason),
        }
    }
}

impl Claim {
    fn write(&mut self, content: &ClaimContent, coverage: Coverage) {
        self.content = Some(content.clone());
        self.coverage = Some(coverage);
        self.findings.clear();
        self.rejection = None;
        self.state = State::Draft;
    }

    fn say(&mut self, state: State, note: &str) {
        self.note = Some(note.to_owned());
        self.state = state;
    }

    fn settle(&mut self, finalized: &ClaimFinalized) {
        let before = self.remitted;
        let before = before.unwrap_or(Money::zero(finalized.payment.currency()));
        let sum = before.plus(finalized.payment);
        self.remitted = Some(sum.expect("a payment is what is owed less what was paid"));
        self.remittance = Some(finalized.remittance);
        // A claim whose payment is taken back stays reversed: it may be decided again.
        if !finalized.reversal {
            self.state = State::Finalized;
        }
    }
}

#[cfg(test)]
mod tests;
