//! A hold: held → booked | released, or expired by the clock alone.

use medcover_contract_hospital::HoldState;
use medcover_contract_hospital::events::{HoldBooked, HoldMade, HoldReleased};
use medcover_kernel::{AppointmentId, Error, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::id_taken;

events! {
    /// What can happen to a hold.
    pub(crate) HoldEvent { Made(HoldMade), Booked(HoldBooked), Released(HoldReleased), }
}

/// A hold; one that was closed before it was made is released and was never made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) made: Option<HoldMade>,
    pub(crate) appointment: Option<AppointmentId>,
    released: bool,
}

/// What is asked of a hold.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Make(HoldMade),
    Book(AppointmentId),
    /// With whether to close the id of one that there never was.
    Release(bool),
}

impl Aggregate for Hold {
    const KIND: &'static str = "hold";
    type Event = HoldEvent;

    fn evolve(&mut self, event: &HoldEvent, _: Timestamp) {
        match event {
            HoldEvent::Made(made) => self.made = Some(made.clone()),
            HoldEvent::Booked(booked) => self.appointment = Some(booked.appointment),
            HoldEvent::Released(_) => self.released = true,
        }
    }
}

impl Hold {
    /// What has become of it; nothing where there never was one.
    pub(crate) fn state(&self, now: Timestamp) -> Option<HoldState> {
        match &self.made {
            _ if self.appointment.is_some() => Some(HoldState::Booked),
            _ if self.released => Some(HoldState::Released),
            Some(made) if made.expires_at <= now => Some(HoldState::Expired),
            Some(_) => Some(HoldState::Held),
            None => None,
        }
    }

    /// What becomes of the request; nothing where it has happened before.
    pub(crate) fn decide(&self, command: Command, now: Timestamp) -> Result<Option<HoldEvent>> {
        if self.is_repeated(&command, now)? {
            return Ok(None);
        }
        match (command, self.state(now)) {
            (Command::Make(made), None) => Ok(Some(made.into())),
            (Command::Book(appointment), Some(HoldState::Held)) => {
                Ok(Some(HoldBooked { appointment }.into()))
            }
            (Command::Release(_), Some(HoldState::Held)) | (Command::Release(true), None) => {
                Ok(Some(HoldReleased {}.into()))
            }
            (Command::Book(_) | Command::Release(false), None) => {
                Err(Error::not_found("There is no such hold."))
            }
            (command, Some(state)) => Err(illegal(state, command.name())),
        }
    }

    fn is_repeated(&self, command: &Command, now: Timestamp) -> Result<bool> {
        Ok(match (command, self.state(now)) {
            (Command::Make(made), _) => match &self.made {
                Some(before) if same_request(before, made) => true,
                Some(_) => return Err(id_taken("hold")),
                None => false,
            },
            (Command::Book(by), Some(HoldState::Booked)) => self.appointment == Some(*by),
            (Command::Release(_), state) => {
                matches!(state, Some(HoldState::Expired | HoldState::Released))
            }
            _ => false,
        })
    }
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::Make(_) => "hold",
            Self::Book(_) => "book",
            Self::Release(_) => "release",
        }
    }
}

fn illegal(state: HoldState, command: &str) -> Error {
    let (state, allowed): (_, &[&str]) = match state {
        HoldState::Held => ("held", &["book", "release"]),
        HoldState::Expired => ("expired", &[]),
        HoldState::Booked => ("booked", &[]),
        HoldState::Released => ("released", &[]),
    };
    Error::illegal_transition("hold", state, command, allowed)
}

/// Whether the same was asked, though another moment gave it another end.
fn same_request(before: &HoldMade, again: &HoldMade) -> bool {
    (
        before.schedule,
        before.service,
        before.patient,
        before.start,
        before.seconds,
    ) == (
        again.schedule,
        again.service,
        again.patient,
        again.start,
        again.seconds,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_hospital::{LocationId, ScheduleId, ServiceId};
    use medcover_kernel::{ErrorKind, PatientId, PractitionerId};
    use uuid::Uuid;

    const EXPIRES: Timestamp = Timestamp::from_micros(100);
    const BEFORE: Timestamp = Timestamp::from_micros(99);

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn make(patient: u128) -> Command {
        Command::Make(HoldMade {
            schedule: ScheduleId::from_uuid(id(1)),
            service: ServiceId::from_uuid(id(2)),
            practitioner: PractitionerId::from_uuid(id(3)),
            location: LocationId::from_uuid(id(4)),
            patient: PatientId::from_uuid(id(patient)),
            start: EXPIRES,
            end: EXPIRES,
            taken_from: EXPIRES,
            taken_to: EXPIRES,
            local_start: "then".to_owned(),
            expires_at: EXPIRES,
            seconds: 1,
        })
    }

    fn book(appointment: u128) -> Command {
        Command::Book(AppointmentId::from_uuid(id(appointment)))
    }

    fn after(commands: &[Command]) -> Hold {
        let mut hold = Hold::default();
        for command in commands {
            let event = hold.decide(command.clone(), BEFORE).expect("legal");
            hold.evolve(&event.expect("new"), BEFORE);
        }
        hold
    }

    /// State × command: `new` where an event follows, `same` where nothing does, else the refusal.
    #[test]
    fn every_command_in_every_state_does_what_the_table_says() {
        let held = after(&[make(7)]);
        let states = [
            ("held", held.clone(), BEFORE),
            ("expired", held, EXPIRES),
            ("booked", after(&[make(7), book(8)]), BEFORE),
            (
                "released",
                after(&[make(7), Command::Release(false)]),
                BEFORE,
            ),
            ("closed", after(&[Command::Release(true)]), BEFORE),
            ("none", Hold::default(), BEFORE),
        ];
        let commands = [make(7), make(6), book(8), book(9), Command::Release(false)];
        let table = [
            ("held", ["same", "id-taken", "new", "new", "new"]),
            (
                "expired",
                [
                    "same",
                    "id-taken",
                    "illegal-transition",
                    "illegal-transition",
                    "same",
                ],
            ),
            (
                "booked",
                [
                    "same",
                    "id-taken",
                    "same",
                    "illegal-transition",
                    "illegal-transition",
                ],
            ),
            (
                "released",
                [
                    "same",
                    "id-taken",
                    "illegal-transition",
                    "illegal-transition",
                    "same",
                ],
            ),
            (
                "closed",
                [
                    "illegal-transition",
                    "illegal-transition",
                    "illegal-transition",
                    "illegal-transition",
                    "same",
                ],
            ),
            (
                "none",
                ["new", "new", "not-found", "not-found", "not-found"],
            ),
        ];
        for ((state, hold, now), (name, row)) in states.iter().zip(table) {
            assert_eq!(*state, name);
            for (command, expected) in commands.iter().zip(row) {
                let found = match hold.decide(command.clone(), *now) {
                    Ok(Some(_)) => "new".to_owned(),
                    Ok(None) => "same".to_owned(),
                    Err(error) => {
                        let kind = error.kind();
                        assert!(matches!(kind, ErrorKind::Conflict | ErrorKind::NotFound));
                        error.slug().to_owned()
                    }
                };
                assert_eq!(found, expected, "{state} × {command:?}");
            }
        }
    }
}
