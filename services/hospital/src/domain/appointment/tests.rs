use std::collections::BTreeMap;

use jiff::civil::date;
use medcover_contract_hospital::{LocationId, ScheduleId};
use medcover_kernel::PractitionerId;
use uuid::Uuid;

use super::*;

const START: Timestamp = Timestamp::from_micros(1_000);
const LATER: Timestamp = Timestamp::from_micros(2_000);

fn booking(patient: u128) -> Command {
    Command::Book(Box::new(AppointmentBooked {
        patient: PatientId::from_uuid(Uuid::from_u128(patient)),
        service: ServiceId::from_uuid(Uuid::from_u128(1)),
        schedule: ScheduleId::from_uuid(Uuid::from_u128(2)),
        practitioner: PractitionerId::from_uuid(Uuid::from_u128(3)),
        location: LocationId::from_uuid(Uuid::from_u128(4)),
        start: START,
        end: LATER,
        taken_from: START,
        taken_to: LATER,
        local_start: "then".to_owned(),
        description: None,
        hold: None,
        overbooking: None,
        rescheduled_from: None,
    }))
}

fn proposal() -> Command {
    Command::Propose(AppointmentProposed {
        patient: PatientId::from_uuid(Uuid::from_u128(7)),
        service: ServiceId::from_uuid(Uuid::from_u128(1)),
        wish: Wish {
            practitioner: None,
            earliest: date(2026, 5, 4),
            latest: None,
        },
        description: None,
    })
}

fn cancel(close: bool) -> Command {
    let reason = "asked".to_owned();
    Command::Cancel { reason, close }
}

fn in_error(close: bool) -> Command {
    let reason = "wrong".to_owned();
    Command::MarkInError { reason, close }
}

fn reschedule() -> Command {
    Command::Reschedule {
        to: AppointmentId::from_uuid(Uuid::from_u128(9)),
        reason: "asked".to_owned(),
    }
}

fn fulfil() -> Command {
    Command::Fulfil(EncounterId::from_uuid(Uuid::from_u128(8)))
}

fn every_command() -> Vec<Command> {
    vec![
        proposal(),
        Command::Accept,
        Command::Waitlist,
        booking(7),
        Command::Arrive,
        Command::CheckIn,
        fulfil(),
        cancel(false),
        reschedule(),
        Command::NoShow,
        in_error(false),
    ]
}

fn after(commands: &[Command]) -> Appointment {
    let mut appointment = Appointment::default();
    for command in commands {
        let event = appointment.decide(command.clone(), LATER).expect("legal");
        appointment.evolve(&event.expect("new"), LATER);
    }
    appointment
}

/// Each state, reached as it is in life.
fn every_state() -> Vec<Appointment> {
    use Command as C;
    vec![
        after(&[proposal()]),
        after(&[proposal(), C::Accept]),
        after(&[booking(7)]),
        after(&[booking(7), C::Arrive]),
        after(&[booking(7), C::Arrive, C::CheckIn]),
        after(&[booking(7), C::Arrive, C::CheckIn, fulfil()]),
        after(&[booking(7), cancel(false)]),
        after(&[booking(7), C::NoShow]),
        after(&[proposal(), C::Waitlist]),
        after(&[booking(7), in_error(false)]),
    ]
}

/// The table of the whole machine, written out a second time: state × command → the state after it.
fn machine() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let rows = [
        ("proposed", "accept", "pending"),
        ("proposed", "waitlist", "waitlist"),
        ("proposed", "book", "booked"),
        ("pending", "waitlist", "waitlist"),
        ("pending", "book", "booked"),
        ("waitlist", "book", "booked"),
        ("booked", "arrive", "arrived"),
        ("booked", "waitlist", "waitlist"),
        ("booked", "reschedule", "cancelled"),
        ("booked", "no-show", "noshow"),
        ("arrived", "check-in", "checked-in"),
        ("arrived", "fulfil", "fulfilled"),
        ("checked-in", "fulfil", "fulfilled"),
        // Said again, these change nothing.
        ("cancelled", "cancel", "cancelled"),
        ("noshow", "no-show", "noshow"),
        ("fulfilled", "fulfil", "fulfilled"),
        ("entered-in-error", "mark-in-error", "entered-in-error"),
        ("proposed", "propose", "proposed"),
        ("pending", "propose", "pending"),
        ("waitlist", "propose", "waitlist"),
    ];
    let mut machine: BTreeMap<_, _> = rows.map(|(from, by, to)| ((from, by), to)).into();
    for state in [
        "proposed",
        "pending",
        "booked",
        "arrived",
        "checked-in",
        "waitlist",
    ] {
        machine.insert((state, "cancel"), "cancelled");
    }
    for state in AppointmentState::ALL {
        machine.insert((state.name(), "mark-in-error"), "entered-in-error");
    }
    machine
}

#[test]
fn every_command_in_every_state_does_what_the_table_says_or_is_a_conflict() {
    let machine = machine();
    let states = every_state();
    let found: Vec<_> = states.iter().filter_map(|it| it.state).collect();
    assert_eq!(found, AppointmentState::ALL);
    let mut tried = 0;
    for appointment in states {
        let state = appointment.state.expect("a state");
        for command in every_command() {
            let name = command.name();
            let place = format!("{} × {name}", state.name());
            tried += 1;
            match (
                appointment.decide(command, LATER),
                machine.get(&(state.name(), name)),
            ) {
                (Ok(event), Some(next)) => {
                    let mut after = appointment.clone();
                    if let Some(event) = event {
                        after.evolve(&event, LATER);
                    }
                    assert_eq!(
                        after.state.map(AppointmentState::name),
                        Some(*next),
                        "{place}"
                    );
                }
                (Err(error), None) => {
                    assert_eq!(error.kind(), ErrorKind::Conflict, "{place}");
                    if name == "propose" {
                        assert_eq!(error.slug(), "id-taken", "{place}");
                        continue;
                    }
                    assert_eq!(error.slug(), "illegal-transition", "{place}");
                    assert!(
                        error.message().contains(&format!("`{}`", state.name())),
                        "{place}"
                    );
                    for allowed in allowed(state) {
                        assert!(
                            error.message().contains(allowed),
                            "{place}: {}",
                            error.message()
                        );
                    }
                }
                (Ok(_), None) => panic!("{place} is done"),
                (Err(error), Some(_)) => panic!("{place} is refused: {error}"),
            }
        }
    }
    assert_eq!(tried, 110);
}

#[test]
fn nothing_happens_to_what_was_never_made_but_closing_its_id() {
    let nothing = Appointment::default();
    for command in every_command() {
        let begins = matches!(command, Command::Propose(_) | Command::Book(_));
        let name = command.name();
        match nothing.decide(command, LATER) {
            Ok(_) => assert!(begins, "{name}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{name}"),
        }
    }
    for undo in [cancel(true), in_error(true)] {
        let closed = after(std::slice::from_ref(&undo));
        assert_eq!(closed.decide(undo, LATER).expect("again"), None);
        for late in [booking(7), proposal()] {
            let error = closed.decide(late, LATER).expect_err("too late");
            assert_eq!(error.slug(), "illegal-transition");
        }
    }
}

#[test]
fn nobody_has_missed_what_is_still_to_come() {
    let booked = after(&[booking(7)]);
    let before = Timestamp::from_micros(999);
    let error = booked.decide(Command::NoShow, before).expect_err("early");
    assert_eq!(
        (error.kind(), error.slug()),
        (ErrorKind::Refused, "not-due")
    );
    assert!(
        booked
            .decide(Command::NoShow, START)
            .expect("due")
            .is_some()
    );
}
