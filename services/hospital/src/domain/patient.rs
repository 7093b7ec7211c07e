//! A patient: active ⇄ merged, or entered in error; and whose an identifier is.

use std::collections::BTreeSet;

use jiff::civil::Date;
use medcover_contract_hospital::events::{
    PatientAbsorbed, PatientChanged, PatientEnteredInError, PatientIdentifierFreed,
    PatientIdentifierTaken, PatientMerged, PatientRegistered, PatientSeparated, PatientUnmerged,
};
use medcover_contract_hospital::{Identifier, MAX_MERGED, PatientDetails, PatientState};
use medcover_kernel::{Error, ErrorKind, PatientId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::fields::Faults;
use super::id_taken;

events! {
    /// What can happen to a patient.
    pub(crate) PatientEvent {
        Registered(PatientRegistered), Changed(PatientChanged), Merged(PatientMerged), Absorbed(PatientAbsorbed),
        Unmerged(PatientUnmerged), Separated(PatientSeparated), EnteredInError(PatientEnteredInError),
    }
}
events! {
    /// What can happen to an identifier.
    pub(crate) IdentifierEvent { Taken(PatientIdentifierTaken), Freed(PatientIdentifierFreed), }
}

/// A patient; without details there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Patient {
    pub(crate) details: Option<PatientDetails>,
    /// As they were registered, to know a repetition.
    registered: Option<PatientDetails>,
    pub(crate) registered_at: Option<Timestamp>,
    pub(crate) merged_into: Option<PatientId>,
    pub(crate) merged: BTreeSet<PatientId>,
    pub(crate) in_error: bool,
}

/// What is asked of a patient's record.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Register(PatientDetails),
    Change(PatientDetails),
    Merge {
        into: PatientId,
        reason: String,
    },
    Absorb(PatientId),
    Unmerge {
        reason: String,
    },
    Separate(PatientId),
    /// With whether to close the id of one that there never was.
    MarkInError {
        reason: String,
        close: bool,
    },
}

impl Aggregate for Patient {
    const KIND: &'static str = "patient";
    type Event = PatientEvent;

    fn evolve(&mut self, event: &PatientEvent, at: Timestamp) {
        match event {
            PatientEvent::Registered(registered) => {
                self.registered = Some(registered.details.clone());
                self.details = Some(registered.details.clone());
                self.registered_at = Some(at);
            }
            PatientEvent::Changed(changed) => self.details = Some(changed.details.clone()),
            PatientEvent::Merged(merged) => self.merged_into = Some(merged.into),
            PatientEvent::Absorbed(absorbed) => {
                self.merged.insert(absorbed.patient);
            }
            PatientEvent::Unmerged(_) => self.merged_into = None,
            PatientEvent::Separated(separated) => {
                self.merged.remove(&separated.patient);
            }
            PatientEvent::EnteredInError(_) => self.in_error = true,
        }
    }
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Register(_) => "register",
            Self::Change(_) => "change",
            Self::Merge { .. } => "merge",
            Self::Absorb(_) => "absorb",
            Self::Unmerge { .. } => "unmerge",
            Self::Separate(_) => "separate",
            Self::MarkInError { .. } => "mark-in-error",
        }
    }
}

/// What is done to a record in this state.
pub(crate) const fn allowed(state: PatientState) -> &'static [&'static str] {
    match state {
        PatientState::Active => &["change", "merge", "absorb", "separate", "mark-in-error"],
        PatientState::Merged => &["unmerge", "separate"],
        PatientState::EnteredInError => &[],
    }
}

const fn name_of(state: PatientState) -> &'static str {
    match state {
        PatientState::Active => "active",
        PatientState::Merged => "merged",
        PatientState::EnteredInError => "entered-in-error",
    }
}

impl Patient {
    /// What the record is good for; nothing where there never was one.
    pub(crate) const fn state(&self) -> Option<PatientState> {
        match () {
            () if self.in_error => Some(PatientState::EnteredInError),
            () if self.details.is_none() => None,
            () if self.merged_into.is_some() => Some(PatientState::Merged),
            () => Some(PatientState::Active),
        }
    }

    /// What is known; `NotFound` where there never was such a record.
    pub(crate) fn existing(&self) -> Result<&PatientDetails> {
        self.details.as_ref().ok_or_else(no_such_patient)
    }

    /// What becomes of the request; nothing where it has happened before.
    pub(crate) fn decide(&self, command: Command) -> Result<Option<PatientEvent>> {
        if let Some(repeated) = self.repeated(&command) {
            return repeated.map(|()| None);
        }
        let Some(state) = self.state() else {
            return match command {
                Command::Register(details) => Ok(Some(PatientRegistered { details }.into())),
                Command::MarkInError {
                    reason,
                    close: true,
                } => Ok(Some(PatientEnteredInError { reason }.into())),
                _ => Err(no_such_patient()),
            };
        };
        let allowed = allowed(state);
        if !allowed.contains(&command.name()) {
            let name = command.name();
            return Err(Error::illegal_transition(
                "patient",
                name_of(state),
                name,
                allowed,
            ));
        }
        self.legal(command).map(Some)
    }

    fn repeated(&self, command: &Command) -> Option<Result<()>> {
        match command {
            Command::Register(details) => match &self.registered {
                Some(before) if before == details && !self.in_error => Some(Ok(())),
                Some(_) if !self.in_error => Some(Err(id_taken("patient"))),
                _ => None,
            },
            Command::Change(details) if self.merged_into.is_none() && !self.in_error => {
                (self.details.as_ref() == Some(details)).then_some(Ok(()))
            }
            Command::Merge { into, .. } => (self.merged_into == Some(*into)).then_some(Ok(())),
            Command::MarkInError { .. } => self.in_error.then_some(Ok(())),
            _ => None,
        }
    }

    fn legal(&self, command: Command) -> Result<PatientEvent> {
        Ok(match command {
            Command::Register(details) => PatientRegistered { details }.into(),
            Command::Change(details) => PatientChanged { details }.into(),
            Command::Merge { into, reason } => PatientMerged { into, reason }.into(),
            Command::Absorb(patient) => PatientAbsorbed { patient }.into(),
            Command::Unmerge { reason } => {
                let from = self.merged_into.expect("a merged record says into which");
                PatientUnmerged { from, reason }.into()
            }
            Command::Separate(patient) => PatientSeparated { patient }.into(),
            Command::MarkInError { reason, .. } => {
                if !self.merged.is_empty() {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "conflict",
                        "Other records were merged into this one: take that back first.",
                    ));
                }
                PatientEnteredInError { reason }.into()
            }
        })
    }
}

fn no_such_patient() -> Error {
    Error::not_found("There is no such patient.")
}

/// Refuses to merge records that would be more than [`MAX_MERGED`] together.
pub(crate) fn check_merged(together: usize) -> Result<()> {
    if together <= MAX_MERGED {
        return Ok(());
    }
    let message = format!("At most {MAX_MERGED} records are merged into one.");
    Err(Error::new(ErrorKind::Refused, "too-many", message))
}

/// Whose an identifier is: the key stream of its system and value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PatientIdentifier(pub(crate) Option<PatientId>);

impl Aggregate for PatientIdentifier {
    const KIND: &'static str = "patient-identifier";
    type Event = IdentifierEvent;

    fn evolve(&mut self, event: &IdentifierEvent, _: Timestamp) {
        self.0 = match event {
            IdentifierEvent::Taken(taken) => Some(taken.patient),
            IdentifierEvent::Freed(_) => None,
        };
    }
}

impl PatientIdentifier {
    /// Gives it to `patient`.
    pub(crate) fn take(&self, patient: PatientId, of: &Identifier) -> Result<IdentifierEvent> {
        if self.0.is_some() {
            let message = format!("Another patient has the identifier of {}.", of.system);
            return Err(Error::new(ErrorKind::Conflict, "identifier-taken", message));
        }
        Ok(PatientIdentifierTaken { patient }.into())
    }
}

/// The earliest date of birth that is taken.
const FIRST_BIRTH: Date = jiff::civil::date(1850, 1, 1);

/// What is known about a patient as it is kept, or what is wrong; `today` bounds the date of birth.
pub(crate) fn checked(given: &PatientDetails, today: Date) -> Result<PatientDetails> {
    let mut faults = Faults::default();
    // Anywhere on earth it may be tomorrow.
    let born = (FIRST_BIRTH..=today.tomorrow().unwrap_or(today)).contains(&given.birth_date);
    faults.unless(born, "/details/birth_date", "must be from 1850 to today");
    let details = PatientDetails {
        family_name: faults.text("/details/family_name", &given.family_name),
        given_names: faults
            .maybe("/details/given_names", Some(&given.given_names))
            .unwrap_or_default(),
        birth_date: given.birth_date,
        sex: given.sex,
        identifiers: faults.identifiers("/details/identifiers", &given.identifiers),
        phone: faults.maybe("/details/phone", given.phone.as_deref()),
        email: faults.maybe("/details/email", given.email.as_deref()),
        address: faults.description("/details/address", given.address.as_deref()),
    };
    faults.check()?;
    Ok(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_hospital::AdministrativeSex;
    use uuid::Uuid;

    fn details(family_name: &str) -> PatientDetails {
        PatientDetails {
            family_name: family_name.to_owned(),
            given_names: String::new(),
            birth_date: jiff::civil::date(1984, 2, 29),
            sex: AdministrativeSex::Unknown,
            identifiers: Vec::new(),
            phone: None,
            email: None,
            address: None,
        }
    }

    fn id(number: u128) -> PatientId {
        PatientId::from_uuid(Uuid::from_u128(number))
    }

    fn after(commands: &[Command]) -> Patient {
        let mut patient = Patient::default();
        for command in commands {
            let event = patient
                .decide(command.clone())
                .expect("legal")
                .expect("new");
            patient.evolve(&event, Timestamp::from_micros(0));
        }
        patient
    }

    fn every_command() -> [Command; 7] {
        [
            Command::Register(details("Bianchi")),
            Command::Change(details("Verdi")),
            Command::Merge {
                into: id(9),
                reason: "same".to_owned(),
            },
            Command::Absorb(id(8)),
            Command::Unmerge {
                reason: "two".to_owned(),
            },
            Command::Separate(id(8)),
            Command::MarkInError {
                reason: "twice".to_owned(),
                close: false,
            },
        ]
    }

    /// Each state, by what leads there, with the commands it takes.
    #[test]
    fn every_command_in_every_state_is_legal_or_refused_by_name() {
        let register = Command::Register(details("Rossi"));
        let merge = Command::Merge {
            into: id(2),
            reason: "same".to_owned(),
        };
        let error = Command::MarkInError {
            reason: "twice".to_owned(),
            close: false,
        };
        let cases: [(&str, Patient, &[&str]); 3] = [
            (
                "active",
                after(std::slice::from_ref(&register)),
                &["change", "merge", "absorb", "separate", "mark-in-error"],
            ),
            (
                "merged",
                after(&[register.clone(), merge]),
                &["unmerge", "separate"],
            ),
            (
                "entered-in-error",
                after(&[register, error]),
                &["mark-in-error"],
            ),
        ];
        for (state, patient, legal) in cases {
            for command in every_command() {
                let name = command.name();
                match patient.decide(command) {
                    Ok(_) => assert!(legal.contains(&name), "{state} × {name}"),
                    Err(error) => {
                        assert!(!legal.contains(&name), "{state} × {name}");
                        assert_eq!(error.kind(), ErrorKind::Conflict, "{state} × {name}");
                        // Registering anew is refused by the id, everything else by the state.
                        if name != "register" || state == "entered-in-error" {
                            assert_eq!(error.slug(), "illegal-transition");
                            assert!(error.message().contains(state), "{}", error.message());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_again_changes_nothing_and_undo_closes_the_id() {
        let patient = after(&[Command::Register(details("Rossi"))]);
        assert_eq!(
            patient
                .decide(Command::Register(details("Rossi")))
                .expect("same"),
            None
        );
        let other = patient
            .decide(Command::Register(details("Verdi")))
            .expect_err("other");
        assert_eq!(other.slug(), "id-taken");

        let undo = |close| Command::MarkInError {
            reason: "undone".to_owned(),
            close,
        };
        let nobody = Patient::default();
        assert_eq!(
            nobody.decide(undo(false)).expect_err("none").kind(),
            ErrorKind::NotFound
        );
        let closed = after(&[undo(true)]);
        let late = closed
            .decide(Command::Register(details("Rossi")))
            .expect_err("closed");
        assert_eq!(late.kind(), ErrorKind::Conflict);
        assert_eq!(closed.decide(undo(true)).expect("again"), None);
    }
}
