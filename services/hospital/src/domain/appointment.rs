//! An appointment, through the states of FHIR.

use medcover_contract_hospital::events::{
    AppointmentAccepted, AppointmentArrived, AppointmentBooked, AppointmentCancelled,
    AppointmentCheckedIn, AppointmentEnteredInError, AppointmentFulfilled, AppointmentMissed,
    AppointmentOffered, AppointmentProposed, AppointmentRescheduled, AppointmentWaitlisted,
};
use medcover_contract_hospital::{AppointmentState, ServiceId, Wish};
use medcover_kernel::{AppointmentId, EncounterId, Error, ErrorKind, PatientId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::id_taken;

events! {
    /// What can happen to an appointment.
    pub(crate) AppointmentEvent {
        Proposed(AppointmentProposed), Accepted(AppointmentAccepted), Waitlisted(AppointmentWaitlisted), Offered(AppointmentOffered),
        Booked(AppointmentBooked), Arrived(AppointmentArrived), CheckedIn(AppointmentCheckedIn),
        Fulfilled(AppointmentFulfilled), Cancelled(AppointmentCancelled), Rescheduled(AppointmentRescheduled),
        Missed(AppointmentMissed), EnteredInError(AppointmentEnteredInError),
    }
}

/// An appointment; without a state there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Appointment {
    pub(crate) state: Option<AppointmentState>,
    pub(crate) patient: Option<PatientId>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) description: Option<String>,
    pub(crate) proposed: Option<AppointmentProposed>,
    pub(crate) booked: Option<AppointmentBooked>,
    pub(crate) reason: Option<String>,
    offered_until: Option<Timestamp>,
    pub(crate) rescheduled_to: Option<AppointmentId>,
    pub(crate) encounter: Option<EncounterId>,
}

/// What is asked of an appointment.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Propose(AppointmentProposed),
    Accept,
    Waitlist,
    Book(Box<AppointmentBooked>),
    Arrive,
    CheckIn,
    Fulfil(EncounterId),
    /// With whether to close the id of one that there never was.
    Cancel {
        reason: String,
        close: bool,
    },
    Reschedule {
        to: AppointmentId,
        reason: String,
    },
    NoShow,
    /// With whether to close the id of one that there never was.
    MarkInError {
        reason: String,
        close: bool,
    },
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Propose(_) => "propose",
            Self::Accept => "accept",
            Self::Waitlist => "waitlist",
            Self::Book(_) => "book",
            Self::Arrive => "arrive",
            Self::CheckIn => "check-in",
            Self::Fulfil(_) => "fulfil",
            Self::Cancel { .. } => "cancel",
            Self::Reschedule { .. } => "reschedule",
            Self::NoShow => "no-show",
            Self::MarkInError { .. } => "mark-in-error",
        }
    }
}

/// What is done to an appointment in this state.
pub(crate) const fn allowed(state: AppointmentState) -> &'static [&'static str] {
    use AppointmentState as S;
    match state {
        S::Proposed => &["accept", "waitlist", "book", "cancel", "mark-in-error"],
        S::Pending => &["waitlist", "book", "cancel", "mark-in-error"],
        S::Waitlist => &["book", "cancel", "mark-in-error"],
        S::Booked => &[
            "arrive",
            "waitlist",
            "reschedule",
            "no-show",
            "cancel",
            "mark-in-error",
        ],
        S::Arrived => &["check-in", "fulfil", "cancel", "mark-in-error"],
        S::CheckedIn => &["fulfil", "cancel", "mark-in-error"],
        S::Fulfilled | S::Cancelled | S::NoShow => &["mark-in-error"],
        S::EnteredInError => &[],
    }
}

impl Aggregate for Appointment {
    const KIND: &'static str = "appointment";
    type Event = AppointmentEvent;

    fn evolve(&mut self, event: &AppointmentEvent, _: Timestamp) {
        use AppointmentEvent as E;
        self.state = Some(match event {
            E::Proposed(proposed) => {
                self.patient = Some(proposed.patient);
                self.service = Some(proposed.service);
                self.description.clone_from(&proposed.description);
                self.proposed = Some(proposed.clone());
                AppointmentState::Proposed
            }
            E::Accepted(_) => AppointmentState::Pending,
            E::Waitlisted(_) => AppointmentState::Waitlist,
            E::Offered(offered) => {
                self.offered_until = Some(offered.until);
                return;
            }
            E::Booked(booked) => {
                self.patient = Some(booked.patient);
                self.service = Some(booked.service);
                self.description.clone_from(&booked.description);
                self.booked = Some(booked.clone());
                AppointmentState::Booked
            }
            E::Arrived(_) => AppointmentState::Arrived,
            E::CheckedIn(_) => AppointmentState::CheckedIn,
            E::Fulfilled(fulfilled) => {
                self.encounter = Some(fulfilled.encounter);
                AppointmentState::Fulfilled
            }
            E::Cancelled(cancelled) => {
                self.reason = Some(cancelled.reason.clone());
                AppointmentState::Cancelled
            }
            E::Rescheduled(rescheduled) => {
                self.rescheduled_to = Some(rescheduled.to);
                self.reason = Some(rescheduled.reason.clone());
                AppointmentState::Cancelled
            }
            E::Missed(_) => AppointmentState::NoShow,
            E::EnteredInError(error) => {
                self.reason = Some(error.reason.clone());
                AppointmentState::EnteredInError
            }
        });
    }
}

impl Appointment {
    /// Whether there ever was one: a closed id has a state and no patient.
    pub(crate) fn existing(&self) -> Result<PatientId> {
        self.patient.ok_or_else(no_such_appointment)
    }

    /// What was wished for.
    pub(crate) fn wish(&self) -> Option<&Wish> {
        self.proposed.as_ref().map(|proposed| &proposed.wish)
    }

    /// Whether a slot is offered to it now.
    pub(crate) fn is_offered(&self, now: Timestamp) -> bool {
        self.offered_until.is_some_and(|until| now < until)
    }

    /// The booking whose time it takes now; nothing where it takes none.
    pub(crate) fn takes(&self) -> Option<&AppointmentBooked> {
        use AppointmentState::{Arrived, Booked, CheckedIn, Fulfilled};
        let takes = matches!(self.state, Some(Booked | Arrived | CheckedIn | Fulfilled));
        self.booked.as_ref().filter(|_| takes)
    }

    /// What becomes of the request; nothing where it has happened before.
    pub(crate) fn decide(
        &self,
        command: Command,
        now: Timestamp,
    ) -> Result<Option<AppointmentEvent>> {
        if self.is_repeated(&command)? {
            return Ok(None);
        }
        let Some(state) = self.state else {
            return begin(command).map(Some);
        };
        let allowed = allowed(state);
        if !allowed.contains(&command.name()) {
            let (name, command) = (state.name(), command.name());
            return Err(Error::illegal_transition(
                "appointment",
                name,
                command,
                allowed,
            ));
        }
        self.legal(command, now).map(Some)
    }

    fn is_repeated(&self, command: &Command) -> Result<bool> {
        use AppointmentState as S;
        Ok(match (command, self.state) {
            (Command::Propose(proposed), Some(_)) => match &self.proposed {
                Some(before) if before == proposed => true,
                _ if self.patient.is_some() => return Err(id_taken("appointment")),
                _ => false,
            },
            (Command::Cancel { .. }, Some(S::Cancelled))
            | (Command::NoShow, Some(S::NoShow))
            | (Command::MarkInError { .. }, Some(S::EnteredInError)) => true,
            (Command::Fulfil(by), Some(S::Fulfilled)) => self.encounter == Some(*by),
            (Command::Reschedule { to, .. }, Some(S::Cancelled)) => {
                self.rescheduled_to == Some(*to)
            }
            _ => false,
        })
    }

    fn legal(&self, command: Command, now: Timestamp) -> Result<AppointmentEvent> {
        Ok(match command {
            Command::Propose(proposed) => proposed.into(),
            Command::Accept => AppointmentAccepted {}.into(),
            Command::Waitlist => AppointmentWaitlisted {}.into(),
            Command::Book(booked) => AppointmentEvent::Booked(*booked),
            Command::Arrive => AppointmentArrived {}.into(),
            Command::CheckIn => AppointmentCheckedIn {}.into(),
            Command::Fulfil(encounter) => AppointmentFulfilled { encounter }.into(),
            Command::Cancel { reason, .. } => AppointmentCancelled { reason }.into(),
            Command::Reschedule { to, reason } => AppointmentRescheduled { to, reason }.into(),
            Command::NoShow => {
                self.check_due(now)?;
                AppointmentMissed {}.into()
            }
            Command::MarkInError { reason, .. } => AppointmentEnteredInError { reason }.into(),
        })
    }

    fn check_due(&self, now: Timestamp) -> Result<()> {
        match &self.booked {
            Some(booked) if now < booked.start => Err(Error::new(
                ErrorKind::Refused,
                "not-due",
                format!(
                    "The appointment is at {}: nobody has missed it yet.",
                    booked.local_start
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// The first event of an appointment.
fn begin(command: Command) -> Result<AppointmentEvent> {
    match command {
        Command::Propose(proposed) => Ok(proposed.into()),
        Command::Book(booked) => Ok(AppointmentEvent::Booked(*booked)),
        Command::Cancel {
            reason,
            close: true,
        } => Ok(AppointmentCancelled { reason }.into()),
        Command::MarkInError {
            reason,
            close: true,
        } => Ok(AppointmentEnteredInError { reason }.into()),
        _ => Err(no_such_appointment()),
    }
}

fn no_such_appointment() -> Error {
    Error::not_found("There is no such appointment.")
}

#[cfg(test)]
mod tests;
