//! Every command in every state, and what a claim keeps.

use std::fmt::Write as _;

use medcover_contract_insurance::events::examples;
use medcover_contract_insurance::{PayerId, PlanId};
use medcover_kernel::{Currency, PatientId, PolicyId};
use medcover_store::{EventPayload as _, Events as _};
use uuid::Uuid;

use super::*;

const AT: Timestamp = Timestamp::from_micros(0);

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("small")
}

fn coverage() -> Coverage {
    Coverage {
        patient: PatientId::from_uuid(Uuid::from_u128(1)),
        policy: PolicyId::from_uuid(Uuid::from_u128(2)),
        payer: PayerId::from_uuid(Uuid::from_u128(3)),
        plan: PlanId::from_uuid(Uuid::from_u128(4)),
        plan_version: 1,
    }
}

/// The decision that stands as an example in the catalogue of events.
fn decided() -> (Case, Adjudication) {
    let kind = ClaimAdjudicated::KIND;
    let example = examples().into_iter().find(|it| it.kind == kind);
    let example: ClaimAdjudicated = example.expect("there is one").payload.read().expect("JSON");
    (example.case, example.decision)
}

fn content() -> ClaimContent {
    let kind = ClaimDrafted::KIND;
    let example = examples().into_iter().find(|it| it.kind == kind);
    let example: ClaimDrafted = example.expect("there is one").payload.read().expect("JSON");
    example.content
}

fn rejection() -> Rejection {
    Rejection {
        rule: "duplicate".to_owned(),
        text: "It is claimed.".to_owned(),
        claim: None,
    }
}

fn remittance() -> RemittanceId {
    RemittanceId::from_uuid(Uuid::from_u128(9))
}

fn commands() -> [Command; 12] {
    [
        Command::Draft(content(), coverage()),
        Command::Amend(content(), coverage()),
        Command::Scrub(Vec::new(), false),
        Command::Submit,
        Command::Accept,
        Command::Reject(rejection()),
        Command::Start,
        Command::Pend("missing".to_owned()),
        Command::Adjudicate(Box::new(decided())),
        Command::Reverse(None, "wrong".to_owned()),
        Command::Finalize(remittance(), usd(100)),
        Command::Void("taken back".to_owned()),
    ]
}

fn after(commands: &[Command]) -> Claim {
    let mut claim = Claim::default();
    for command in commands {
        let event = decide(&claim, command.clone()).expect("it is allowed");
        claim.evolve(&event.expect("it is new"), AT);
    }
    claim
}

/// A claim in each state, on the shortest way there.
fn states() -> [(&'static str, Claim); 14] {
    let [
        draft,
        _,
        scrub,
        submit,
        accept,
        reject,
        start,
        pend,
        adjudicate,
        reverse,
        finalize,
        void,
    ] = commands();
    let failed = Command::Scrub(Vec::new(), true);
    let to = |more: &[&Command]| {
        let way = [&draft].into_iter().chain(more.iter().copied());
        after(&way.cloned().collect::<Vec<_>>())
    };
    let sent = [&scrub, &submit];
    let accepted = [&sent[..], &[&accept]].concat();
    let adjudicated = [&accepted[..], &[&start, &adjudicate]].concat();
    let with = |way: &[&Command], more: &Command| to(&[way, &[more]].concat());
    [
        ("nothing", Claim::default()),
        ("closed", after(std::slice::from_ref(&void))),
        ("draft", to(&[])),
        ("scrubbed", to(&[&scrub])),
        ("scrub-failed", to(&[&failed])),
        ("submitted", to(&sent)),
        ("accepted", to(&accepted)),
        ("rejected", with(&sent, &reject)),
        ("adjudicating", with(&accepted, &start)),
        ("pended", with(&accepted, &pend)),
        ("adjudicated", to(&adjudicated)),
        ("reversed", with(&adjudicated, &reverse)),
        ("finalized", with(&adjudicated, &finalize)),
        ("voided", to(&[&void])),
    ]
}

/// `+` is done, `=` was done before, `!` is a 409 that names the state and what it allows, `?` is another refusal.
#[test]
fn every_command_in_every_state() {
    let mut told = String::new();
    for (name, claim) in states() {
        write!(told, "{name:13}").expect("a string takes all");
        for command in commands() {
            let command_name = command.name();
            told.push(match decide(&claim, command) {
                Ok(Some(_)) => '+',
                Ok(None) => '=',
                Err(error) if error.slug() == "illegal-transition" => {
                    assert!(error.message().contains(&format!("`{name}`")), "{error}");
                    assert!(!allowed(claim.state).contains(&command_name), "{error}");
                    '!'
                }
                Err(_) => '?',
            });
        }
        told.push('\n');
    }
    // draft amend scrub submit accept reject start pend adjudicate reverse finalize void
    let expected = "\
nothing      +??????????+
closed       ???????????=
draft        =++!!!!!!!!+
scrubbed     =+++!!!!!!!+
scrub-failed =++!!!!!!!!+
submitted    =!!!++!!!!!!
accepted     =!!!!!++!!!+
rejected     =++!!!!!!!!+
adjudicating =!!!!!!++!!!
pended       =!!!!!+=!!!+
adjudicated  =!!!!!!!!++!
reversed     =!!!!!+!!=++
finalized    =!!!!!!!!+!!
voided       =!!!!!!!!!!=
";
    assert_eq!(told, expected);
}

#[test]
fn what_was_paid_is_taken_back_before_the_claim_is() {
    let [.., reverse, finalize, void] = commands();
    let (_, adjudicated) = states().into_iter().nth(10).expect("a state");
    let mut claim = adjudicated;
    for command in [finalize, reverse] {
        let event = decide(&claim, command).expect("allowed").expect("new");
        claim.evolve(&event, AT);
    }
    assert_eq!(claim.state, State::Reversed);
    let refused = decide(&claim, void.clone()).expect_err("it was paid");
    assert_eq!(refused.slug(), "claim-paid");
    let back = Command::Finalize(remittance(), usd(-100));
    let event = decide(&claim, back).expect("allowed").expect("new");
    claim.evolve(&event, AT);
    assert_eq!(
        (claim.state, claim.remitted),
        (State::Reversed, Some(usd(0)))
    );
    assert!(decide(&claim, void).expect("allowed").is_some());
}

#[test]
fn a_decision_is_taken_back_once_and_by_its_number() {
    let (_, claim) = states().into_iter().nth(11).expect("a state");
    let [.., start, _, adjudicate, _, _, _] = commands();
    let reverse = |claim: &Claim, version| {
        let command = Command::Reverse(Some(version), "wrong".to_owned());
        decide(claim, command).map(|event| event.is_some())
    };
    assert!(!reverse(&claim, 1).expect("it is so"));
    let mut again = claim;
    for command in [start, adjudicate] {
        let event = decide(&again, command).expect("allowed").expect("new");
        again.evolve(&event, AT);
    }
    assert_eq!(again.version(), 2);
    assert!(
        !reverse(&again, 1).expect("that one is"),
        "a late repeat changes nothing"
    );
    assert!(reverse(&again, 2).expect("allowed"));
    assert!(reverse(&again, 3).is_err());
}

#[test]
fn a_snapshot_is_the_state_and_an_event_reads_back() {
    for (name, claim) in states() {
        let kept = serde_json::to_string(&claim).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Claim>(&kept).expect("a claim"),
            claim,
            "{name}"
        );
    }
    let id = medcover_kernel::EventId::from_uuid(Uuid::from_u128(1));
    let event: ClaimEvent = ClaimVoided {
        reason: "x".to_owned(),
    }
    .into();
    assert_eq!(event.to_new(id, AT).expect("JSON").kind, "claim.voided");
}
