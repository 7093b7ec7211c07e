//! An encounter: planned → in-progress → finished → coded → billed-ready; after coded, changes are amendments.

use medcover_contract_hospital::events::{
    EncounterAmended, EncounterBilled, EncounterCoded, EncounterEnteredInError, EncounterFinished,
    EncounterPlanned, EncounterRecorded, EncounterStarted,
};
use medcover_contract_hospital::{
    Coding, Diagnosis, EncounterClass, EncounterState, LocationId, Procedure,
};
use medcover_kernel::{AppointmentId, Error, PatientId, PractitionerId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::id_taken;

events! {
    /// What can happen to an encounter.
    pub(crate) EncounterEvent {
        Planned(EncounterPlanned), Started(EncounterStarted), Recorded(EncounterRecorded), Finished(EncounterFinished),
        Coded(EncounterCoded), Amended(EncounterAmended), Billed(EncounterBilled),
        EnteredInError(EncounterEnteredInError),
    }
}

/// An encounter; without a state there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encounter {
    pub(crate) state: Option<EncounterState>,
    pub(crate) parties: Option<Parties>,
    planned: Option<EncounterPlanned>,
    pub(crate) started: Option<EncounterStarted>,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) diagnoses: Vec<Diagnosis>,
    pub(crate) procedures: Vec<Procedure>,
    pub(crate) coding: Option<Coding>,
    pub(crate) reason: Option<String>,
}

/// Who is seen by whom, where and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parties {
    pub(crate) patient: PatientId,
    pub(crate) practitioner: PractitionerId,
    pub(crate) location: LocationId,
    pub(crate) class: EncounterClass,
    pub(crate) appointment: Option<AppointmentId>,
}

/// What is asked of an encounter.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Plan(EncounterPlanned),
    Start(EncounterStarted),
    Record(EncounterRecorded),
    Finish,
    Code(EncounterCoded),
    Amend(EncounterAmended),
    Bill,
    /// With whether to close the id of one that there never was.
    MarkInError {
        reason: String,
        close: bool,
    },
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Start(_) => "start",
            Self::Record(_) => "record",
            Self::Finish => "finish",
            Self::Code(_) => "code",
            Self::Amend(_) => "amend",
            Self::Bill => "bill",
            Self::MarkInError { .. } => "mark-in-error",
        }
    }
}

/// What is done to an encounter in this state.
pub(crate) const fn allowed(state: EncounterState) -> &'static [&'static str] {
    use EncounterState as S;
    match state {
        S::Planned => &["start", "mark-in-error"],
        S::InProgress => &["record", "finish", "mark-in-error"],
        S::Finished => &["record", "code", "mark-in-error"],
        S::Coded => &["amend", "bill", "mark-in-error"],
        S::BilledReady => &["amend"],
        S::EnteredInError => &[],
    }
}

impl Aggregate for Encounter {
    const KIND: &'static str = "encounter";
    type Event = EncounterEvent;

    fn evolve(&mut self, event: &EncounterEvent, at: Timestamp) {
        use EncounterEvent as E;
        self.state = Some(match event {
            E::Planned(planned) => {
                self.parties = Some(Parties::of_planned(planned));
                self.planned = Some(planned.clone());
                EncounterState::Planned
            }
            E::Started(started) => {
                self.parties = Some(Parties::of_started(started));
                self.started = Some(started.clone());
                self.started_at = Some(at);
                EncounterState::InProgress
            }
            E::Recorded(recorded) => {
                self.diagnoses.clone_from(&recorded.diagnoses);
                self.procedures.clone_from(&recorded.procedures);
                return;
            }
            E::Finished(_) => {
                self.finished_at = Some(at);
                EncounterState::Finished
            }
            E::Coded(coded) => {
                self.diagnoses.clone_from(&coded.diagnoses);
                self.procedures.clone_from(&coded.procedures);
                self.coding = Some(self.coding_after(&coded.release, at, None));
                EncounterState::Coded
            }
            E::Amended(amended) => {
                self.diagnoses.clone_from(&amended.diagnoses);
                self.procedures.clone_from(&amended.procedures);
                let reason = Some(amended.reason.clone());
                self.coding = Some(self.coding_after(&amended.release, at, reason));
                EncounterState::Coded
            }
            E::Billed(_) => EncounterState::BilledReady,
            E::EnteredInError(error) => {
                self.reason = Some(error.reason.clone());
                EncounterState::EnteredInError
            }
        });
    }
}

impl Parties {
    fn of_planned(planned: &EncounterPlanned) -> Self {
        Self {
            patient: planned.patient,
            practitioner: planned.practitioner,
            location: planned.location,
            class: planned.class,
            appointment: None,
        }
    }

    fn of_started(started: &EncounterStarted) -> Self {
        Self {
            patient: started.patient,
            practitioner: started.practitioner,
            location: started.location,
            class: started.class,
            appointment: started.appointment,
        }
    }
}

impl Encounter {
    /// Whose visit it is; `NotFound` where there never was one.
    pub(crate) fn existing(&self) -> Result<&Parties> {
        self.parties.as_ref().ok_or_else(no_such_encounter)
    }

    fn coding_after(&self, release: &str, at: Timestamp, reason: Option<String>) -> Coding {
        Coding {
            number: self.coding.as_ref().map_or(0, |before| before.number) + 1,
            release: release.to_owned(),
            coded_at: at.into(),
            reason,
        }
    }

    /// What becomes of the request; nothing where it has happened before.
    pub(crate) fn decide(&self, command: Command) -> Result<Option<EncounterEvent>> {
        if self.is_repeated(&command)? {
            return Ok(None);
        }
        let Some(state) = self.state else {
            return match command {
                Command::Plan(planned) => Ok(Some(planned.into())),
                Command::Start(started) => Ok(Some(started.into())),
                Command::MarkInError {
                    reason,
                    close: true,
                } => Ok(Some(EncounterEnteredInError { reason }.into())),
                _ => Err(no_such_encounter()),
            };
        };
        let allowed = allowed(state);
        if !allowed.contains(&command.name()) {
            let (name, command) = (state.name(), command.name());
            return Err(Error::illegal_transition(
                "encounter",
                name,
                command,
                allowed,
            ));
        }
        Ok(Some(legal(command)))
    }

    fn is_repeated(&self, command: &Command) -> Result<bool> {
        use EncounterState as S;
        Ok(match (command, self.state) {
            (Command::Plan(planned), Some(_)) => match &self.planned {
                Some(before) if before == planned => true,
                _ if self.parties.is_some() => return Err(id_taken("encounter")),
                _ => false,
            },
            (Command::Start(started), Some(state)) if state != S::Planned => match &self.started {
                Some(before) if same_start(before, started) => true,
                Some(_) => return Err(id_taken("encounter")),
                None => false,
            },
            (Command::Finish, Some(S::Finished))
            | (Command::Bill, Some(S::BilledReady))
            | (Command::MarkInError { .. }, Some(S::EnteredInError)) => true,
            (Command::Record(record), Some(S::InProgress | S::Finished)) => {
                self.has(&record.diagnoses, &record.procedures)
            }
            (Command::Code(coded), Some(S::Coded)) => self.has(&coded.diagnoses, &coded.procedures),
            _ => false,
        })
    }

    fn has(&self, diagnoses: &[Diagnosis], procedures: &[Procedure]) -> bool {
        self.diagnoses == diagnoses && self.procedures == procedures
    }
}

/// Whether the same was asked, though at another moment, and so perhaps on another day.
fn same_start(before: &EncounterStarted, again: &EncounterStarted) -> bool {
    Parties::of_started(before) == Parties::of_started(again)
}

fn legal(command: Command) -> EncounterEvent {
    match command {
        Command::Plan(planned) => planned.into(),
        Command::Start(started) => started.into(),
        Command::Record(recorded) => recorded.into(),
        Command::Finish => EncounterFinished {}.into(),
        Command::Code(coded) => coded.into(),
        Command::Amend(amended) => amended.into(),
        Command::Bill => EncounterBilled {}.into(),
        Command::MarkInError { reason, .. } => EncounterEnteredInError { reason }.into(),
    }
}

fn no_such_encounter() -> Error {
    Error::not_found("There is no such encounter.")
}

#[cfg(test)]
mod tests;
