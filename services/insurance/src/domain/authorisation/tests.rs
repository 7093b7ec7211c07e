//! Every command in every state, and what is left of an authorisation.

use std::fmt::Write as _;

use jiff::civil::date;
use medcover_contract_insurance::{Coverage, Network, PayerId, PlanId, RequestedItem};
use medcover_kernel::{Currency, MemberId, PatientId, PolicyId};
use uuid::Uuid;

use super::*;

const AT: Timestamp = Timestamp::from_micros(0);

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("small")
}

fn requested() -> AuthorisationRequested {
    AuthorisationRequested {
        member: MemberId::from_uuid(Uuid::from_u128(1)),
        coverage: Coverage {
            patient: PatientId::from_uuid(Uuid::from_u128(2)),
            policy: PolicyId::from_uuid(Uuid::from_u128(3)),
            payer: PayerId::from_uuid(Uuid::from_u128(4)),
            plan: PlanId::from_uuid(Uuid::from_u128(5)),
            plan_version: 1,
        },
        appointment: None,
        service_on: date(2026, 5, 4),
        expires_on: date(2026, 8, 2),
        items: vec![RequestedItem {
            procedure: "27447".to_owned(),
            units: 2,
            estimate: usd(1_000),
            network: Network::In,
        }],
    }
}

fn claim(number: u128) -> ClaimId {
    ClaimId::from_uuid(Uuid::from_u128(number))
}

fn items(units: u32, minor: i64) -> Vec<ApprovedItem> {
    vec![ApprovedItem {
        sequence: 1,
        units,
        amount: usd(minor),
    }]
}

fn commands() -> [Command; 10] {
    let text = || "text".to_owned();
    [
        Command::Request(requested()),
        Command::Pend(text()),
        Command::RequestInfo(text()),
        Command::ProvideInfo(text()),
        Command::Approve(items(2, 1_000), false),
        Command::Deny(text()),
        Command::Use(claim(1), 1, items(2, 900)),
        Command::Restore(claim(1), 1),
        Command::Expire,
        Command::Cancel(text()),
    ]
}

fn after(commands: &[&Command]) -> Authorisation {
    let mut it = Authorisation::default();
    for command in commands {
        tell(&mut it, command);
    }
    it
}

fn tell(it: &mut Authorisation, command: &Command) {
    let event = decide(it, command.clone()).expect("it is allowed");
    it.evolve(&event.expect("it is new"), AT);
}

/// An authorisation in each state, on the shortest way there.
fn states() -> [(&'static str, Authorisation); 11] {
    let [
        request,
        pend,
        ask,
        _,
        approve,
        deny,
        consume,
        _,
        expire,
        cancel,
    ] = commands();
    let partly = Command::Approve(items(1, 500), false);
    [
        ("nothing", Authorisation::default()),
        ("closed", after(&[&cancel])),
        ("requested", after(&[&request])),
        ("pended", after(&[&request, &pend])),
        ("info-requested", after(&[&request, &pend, &ask])),
        ("approved", after(&[&request, &approve])),
        ("partially-approved", after(&[&request, &partly])),
        ("denied", after(&[&request, &deny])),
        ("used", after(&[&request, &approve, &consume])),
        ("expired", after(&[&request, &approve, &expire])),
        ("cancelled", after(&[&request, &approve, &cancel])),
    ]
}

/// `+` is done, `=` was done before or there is nothing to undo, `!` is a 409 that names the state and what it allows, `?` is
/// another refusal.
#[test]
fn every_command_in_every_state() {
    let mut told = String::new();
    for (name, it) in states() {
        write!(told, "{name:19}").expect("a string takes all");
        for command in commands() {
            let command_name = command.name();
            told.push(match decide(&it, command) {
                Ok(Some(_)) => '+',
                Ok(None) => '=',
                Err(error) if error.slug() == "illegal-transition" => {
                    assert!(error.message().contains(&format!("`{name}`")), "{error}");
                    assert!(!allowed(it.state).contains(&command_name), "{error}");
                    '!'
                }
                Err(_) => '?',
            });
        }
        told.push('\n');
    }
    // request pend ask tell approve deny use restore expire cancel
    let expected = "\
nothing            +????????+
closed             ?????????=
requested          =+!!++!=!+
pended             ==+!++!=++
info-requested     =!!+++!=++
approved           =!!!!!+=++
partially-approved =!!!!!?=++
denied             =!!!!!!=!=
used               =!!!!!=+!!
expired            =!!!!!!===
cancelled          =!!!!!!=!=
";
    assert_eq!(told, expected);
}

#[test]
fn what_is_given_is_consumed_once_and_returns_when_the_claim_is_reversed() {
    let (_, mut it) = states().into_iter().nth(5).expect("approved");
    tell(&mut it, &Command::Use(claim(1), 1, items(1, 600)));
    assert_eq!(it.state, State::Approved);
    let more = Command::Use(claim(2), 1, items(1, 500));
    let refused = decide(&it, more).expect_err("400 is left");
    assert_eq!(refused.slug(), "authorisation-exhausted");
    tell(&mut it, &Command::Use(claim(2), 1, items(1, 400)));
    assert_eq!(it.state, State::Used);
    tell(&mut it, &Command::Restore(claim(1), 1));
    assert_eq!(it.state, State::Approved);
    assert_eq!(it.left_of(&items(2, 1_000)[0]), (1, usd(600)));
    assert_eq!(decide(&it, Command::Restore(claim(1), 1)).ok(), Some(None));
}

#[test]
fn no_more_is_given_than_was_asked_for() {
    let (_, it) = states().into_iter().nth(2).expect("requested");
    let zero = items(0, 0);
    let twice = [items(1, 1), items(1, 1)].concat();
    for wrong in [items(3, 1_000), items(2, 1_001), items(1, -1), zero, twice] {
        assert!(decide(&it, Command::Approve(wrong, false)).is_err());
    }
}
