//! Every command in every state, and what days bring.

use std::fmt::Write as _;

use jiff::civil::date;
use medcover_contract_insurance::{PayerId, PlanId, PremiumPeriod, PremiumSchedule};
use medcover_kernel::{Currency, Money};
use uuid::Uuid;

use super::*;

const AT: Timestamp = Timestamp::from_micros(0);

fn quoted() -> PolicyQuoted {
    PolicyQuoted {
        number: "N-1".to_owned(),
        payer: PayerId::from_uuid(Uuid::from_u128(1)),
        plan: PlanId::from_uuid(Uuid::from_u128(2)),
        plan_version: 1,
        from: date(2026, 1, 1),
        to: date(2026, 12, 31),
        premium: PremiumSchedule {
            amount: Money::new(100, Currency::USD).expect("small"),
            every: PremiumPeriod::Month,
            grace_days: 0,
        },
        agent: None,
    }
}

fn settled(number: u32) -> Command {
    Command::Settle(PolicyPremiumSettled {
        number,
        invoice: None,
        payment: None,
    })
}

fn next() -> PolicyId {
    PolicyId::from_uuid(Uuid::from_u128(7))
}

fn commands() -> [Command; 11] {
    let day = date(2026, 3, 10);
    let text = || "reason".to_owned();
    [
        Command::Quote(Box::new(quoted())),
        Command::Accept,
        settled(1),
        Command::Activate(day),
        Command::Suspend(day, text()),
        Command::Reinstate,
        Command::Lapse(day, text()),
        Command::Cancel(day, text()),
        Command::Renew(next()),
        Command::AddMember(
            MemberId::from_uuid(Uuid::from_u128(3)),
            PatientId::from_uuid(Uuid::from_u128(4)),
        ),
        Command::RemoveMember(MemberId::from_uuid(Uuid::from_u128(3))),
    ]
}

fn after(commands: &[&Command]) -> Policy {
    let mut policy = Policy::default();
    for command in commands {
        tell(&mut policy, command);
    }
    policy
}

fn tell(policy: &mut Policy, command: &Command) -> usize {
    let events = decide(policy, command.clone()).expect("it is allowed");
    for event in &events {
        policy.evolve(event, AT);
    }
    events.len()
}

/// A policy in each state, on the shortest way there.
fn states() -> [(&'static str, Policy); 9] {
    let [
        quote,
        accept,
        settle,
        activate,
        suspend,
        _,
        lapse,
        cancel,
        renew,
        _,
        _,
    ] = commands();
    let active = [&quote, &accept, &settle, &activate];
    let with = |command| after(&[&active[..], &[command]].concat());
    [
        ("nothing", Policy::default()),
        ("quoted", after(&[&quote])),
        ("pending-payment", after(&[&quote, &accept])),
        ("ready", after(&active[..3])),
        ("active", after(&active)),
        ("suspended", with(&suspend)),
        ("expired", with(&lapse)),
        ("cancelled", with(&cancel)),
        ("renewed", with(&renew)),
    ]
}

/// `+` is done, `=` was done before, `!` is a 409 that names the state and what it allows, `?` is another refusal.
#[test]
fn every_command_in_every_state() {
    let mut told = String::new();
    for (name, policy) in states() {
        write!(told, "{name:16}").expect("a string takes all");
        for command in commands() {
            let command_name = command.name();
            told.push(match decide(&policy, command) {
                Ok(events) if events.is_empty() => '=',
                Ok(_) => '+',
                Err(error) if error.slug() == "illegal-transition" => {
                    assert!(error.message().contains(&format!("`{name}`")), "{error}");
                    assert!(!allowed(policy.state).contains(&command_name), "{error}");
                    '!'
                }
                Err(_) => '?',
            });
        }
        told.push('\n');
    }
    // quote accept settle activate suspend reinstate lapse cancel renew add remove
    let expected = "\
nothing         +?????????=
quoted          =+!!!!!+!+=
pending-payment ==+!!!++!+=
ready           =!=+!!++!+=
active          =!==+=++++=
suspended       =!=!=+++!+=
expired         =!=!!!=!+!=
cancelled       =!=!!!!=!!=
renewed         =!=!!!!!=!=
";
    assert_eq!(told, expected);
}

#[test]
fn days_bring_premiums_the_begin_and_the_end() {
    let [quote, accept, settle, ..] = commands();
    let mut policy = after(&[&quote, &accept]);
    assert_eq!(policy.due, 1, "the first premium is due at once");
    assert_eq!(tell(&mut policy, &settle), 2);
    let quoted = quoted();
    assert_eq!(policy.next_tick(&quoted), Some(date(2026, 1, 1)));
    assert_eq!(tell(&mut policy, &Command::Tick(date(2025, 12, 31))), 0);
    tell(&mut policy, &Command::Tick(date(2026, 1, 1)));
    assert_eq!(policy.state, State::Active);
    assert_eq!(policy.next_tick(&quoted), Some(date(2026, 2, 1)));
    assert_eq!(tell(&mut policy, &Command::Tick(date(2026, 3, 1))), 2);
    assert_eq!(policy.due, 3);
    assert_eq!(
        tell(&mut policy, &Command::Tick(date(2026, 3, 1))),
        0,
        "once"
    );
    let error = decide(&policy, settled(4)).expect_err("it is not due");
    assert_eq!(error.slug(), "premium-not-due");
    tell(&mut policy, &Command::Tick(date(2027, 1, 1)));
    assert_eq!(policy.state, State::Expired);
    assert_eq!(policy.next_tick(&quoted), None);
}

#[test]
fn a_suspended_policy_waits_from_the_first_day_that_is_unpaid() {
    let (_, mut policy) = states().into_iter().nth(4).expect("active");
    tell(&mut policy, &Command::Tick(date(2026, 3, 1)));
    assert_eq!(policy.waits_from(&quoted()), None, "within grace it covers");
    tell(
        &mut policy,
        &Command::Suspend(date(2026, 3, 20), "unpaid".to_owned()),
    );
    assert_eq!(policy.waits_from(&quoted()), Some(date(2026, 2, 1)));
    tell(
        &mut policy,
        &Command::Lapse(date(2026, 4, 1), "unpaid".to_owned()),
    );
    assert_eq!(
        policy.to(&quoted()),
        date(2026, 3, 19),
        "the last day before it was suspended"
    );
}

#[test]
fn a_patient_is_a_member_once() {
    let (_, mut policy) = states().into_iter().nth(1).expect("quoted");
    let [.., add, _] = commands();
    assert_eq!(tell(&mut policy, &add), 1);
    assert_eq!(tell(&mut policy, &add), 0);
    let patient = PatientId::from_uuid(Uuid::from_u128(4));
    let other = Command::AddMember(MemberId::from_uuid(Uuid::from_u128(5)), patient);
    let error = decide(&policy, other).expect_err("the patient is a member");
    assert_eq!(error.slug(), "name-taken");
}
