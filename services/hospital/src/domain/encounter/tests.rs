use std::collections::BTreeMap;

use jiff::civil::date;
use medcover_kernel::ErrorKind;
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_000);

fn patient() -> PatientId {
    PatientId::from_uuid(Uuid::from_u128(7))
}

fn plan() -> Command {
    Command::Plan(EncounterPlanned {
        patient: patient(),
        practitioner: PractitionerId::from_uuid(Uuid::from_u128(3)),
        location: LocationId::from_uuid(Uuid::from_u128(4)),
        class: EncounterClass::Ambulatory,
    })
}

fn start(practitioner: u128) -> Command {
    Command::Start(EncounterStarted {
        patient: patient(),
        practitioner: PractitionerId::from_uuid(Uuid::from_u128(practitioner)),
        location: LocationId::from_uuid(Uuid::from_u128(4)),
        class: EncounterClass::Ambulatory,
        appointment: None,
        service_date: date(2026, 5, 4),
    })
}

fn diagnoses(code: &str) -> Vec<Diagnosis> {
    vec![Diagnosis {
        code: code.to_owned(),
        rank: 1,
        present_on_admission: None,
    }]
}

fn record() -> Command {
    Command::Record(EncounterRecorded {
        diagnoses: diagnoses("J45.909"),
        procedures: Vec::new(),
    })
}

fn code(code: &str) -> Command {
    Command::Code(EncounterCoded {
        diagnoses: diagnoses(code),
        procedures: Vec::new(),
        release: "2026-04".to_owned(),
    })
}

fn amend() -> Command {
    Command::Amend(EncounterAmended {
        diagnoses: diagnoses("E11.65"),
        procedures: Vec::new(),
        release: "2026-04".to_owned(),
        reason: "result came in".to_owned(),
    })
}

fn in_error(close: bool) -> Command {
    let reason = "wrong".to_owned();
    Command::MarkInError { reason, close }
}

fn every_command() -> Vec<Command> {
    let other_codes = code("I10");
    vec![
        plan(),
        start(3),
        record(),
        Command::Finish,
        other_codes,
        amend(),
        Command::Bill,
        in_error(false),
    ]
}

fn after(commands: &[Command]) -> Encounter {
    let mut encounter = Encounter::default();
    for command in commands {
        let event = encounter.decide(command.clone()).expect("legal");
        encounter.evolve(&event.expect("new"), NOW);
    }
    encounter
}

fn every_state() -> Vec<Encounter> {
    use Command as C;
    vec![
        after(&[plan()]),
        after(&[plan(), start(3)]),
        after(&[plan(), start(3), C::Finish]),
        after(&[plan(), start(3), C::Finish, code("E11.9")]),
        after(&[plan(), start(3), C::Finish, code("E11.9"), C::Bill]),
        after(&[plan(), start(3), in_error(false)]),
    ]
}

/// The table of the whole machine, written out a second time: state × command → the state after it.
fn machine() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let rows = [
        ("planned", "start", "in-progress"),
        ("in-progress", "record", "in-progress"),
        ("in-progress", "finish", "finished"),
        ("finished", "record", "finished"),
        ("finished", "code", "coded"),
        ("coded", "amend", "coded"),
        ("coded", "bill", "billed-ready"),
        ("billed-ready", "amend", "coded"),
        ("planned", "mark-in-error", "entered-in-error"),
        ("in-progress", "mark-in-error", "entered-in-error"),
        ("finished", "mark-in-error", "entered-in-error"),
        ("coded", "mark-in-error", "entered-in-error"),
        // Said again, these change nothing.
        ("finished", "finish", "finished"),
        ("billed-ready", "bill", "billed-ready"),
        ("entered-in-error", "mark-in-error", "entered-in-error"),
    ];
    let mut machine: BTreeMap<_, _> = rows.map(|(from, by, to)| ((from, by), to)).into();
    for state in EncounterState::ALL {
        machine.insert((state.name(), "plan"), state.name());
        if state != EncounterState::Planned {
            machine.insert((state.name(), "start"), state.name());
        }
    }
    machine
}

#[test]
fn every_command_in_every_state_does_what_the_table_says_or_is_a_conflict() {
    let machine = machine();
    let states = every_state();
    let found: Vec<_> = states.iter().filter_map(|it| it.state).collect();
    assert_eq!(found, EncounterState::ALL);
    let mut tried = 0;
    for encounter in states {
        let state = encounter.state.expect("a state");
        for command in every_command() {
            let name = command.name();
            let place = format!("{} × {name}", state.name());
            tried += 1;
            match (
                encounter.decide(command),
                machine.get(&(state.name(), name)),
            ) {
                (Ok(event), Some(next)) => {
                    let mut after = encounter.clone();
                    if let Some(event) = event {
                        after.evolve(&event, NOW);
                    }
                    assert_eq!(
                        after.state.map(EncounterState::name),
                        Some(*next),
                        "{place}"
                    );
                }
                (Err(error), None) => {
                    assert_eq!(error.kind(), ErrorKind::Conflict, "{place}");
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
    assert_eq!(tried, 48);
}

#[test]
fn an_id_is_of_one_encounter_and_undo_closes_it() {
    let started = after(&[start(3)]);
    let other = started.decide(start(5)).expect_err("another practitioner");
    assert_eq!(other.slug(), "id-taken");
    let closed = after(&[in_error(true)]);
    let late = closed.decide(start(3)).expect_err("closed");
    assert_eq!(late.slug(), "illegal-transition");
    let none = Encounter::default().decide(in_error(false));
    assert_eq!(none.expect_err("none").kind(), ErrorKind::NotFound);
}

#[test]
fn an_amendment_counts_and_must_be_billed_again() {
    let encounter = after(&[
        start(3),
        Command::Finish,
        code("E11.9"),
        Command::Bill,
        amend(),
    ]);
    assert_eq!(encounter.state, Some(EncounterState::Coded));
    let coding = encounter.coding.expect("codes");
    assert_eq!(
        (coding.number, coding.reason.as_deref()),
        (2, Some("result came in"))
    );
    let same = after(&[start(3), Command::Finish, code("E11.9")]);
    assert_eq!(same.decide(code("E11.9")).expect("the same codes"), None);
}
