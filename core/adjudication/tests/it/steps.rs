//! Each step, and that they stand in their order.

use jiff::ToSpan as _;
use medcover_adjudication::plan::{Benefit, Cover};
use medcover_adjudication::{
    Action, Adjudication, AuthorisationState, Case, CodeFact, Edit, Finding, Group, ORDER, Plan,
    PriorLine, Reason, Sex, Step, Terms, Unlisted, Verdict, adjudicate,
};
use medcover_kernel::ClaimId;

use crate::world::{Bounds, FIRST, Line, Most, Rule, World, usd, uuid};

/// One service of 2 units at 100 each, of which the fee schedule allows 80, all of it paid.
pub(crate) fn plain() -> World {
    let none = Bounds {
        deductible: (None, None),
        out_of_pocket: (None, None),
    };
    let most = Most {
        family: false,
        lifetime: false,
        units: None,
        amount: None,
    };
    let rule = Rule {
        excluded: false,
        waiting_days: 0,
        authorisation: false,
        limit: Some(0),
        counts: true,
        tiers: vec![(1, 0, true, 0)],
    };
    let line = Line {
        service: 0,
        day: 100,
        units: 2,
        billed: 200,
        out: false,
        paid_by_other: None,
    };
    World {
        half_up: false,
        networks: [none; 2],
        limits: [most; 2],
        rules: [rule.clone(), rule.clone(), rule],
        fees: [(80, None); 2],
        unlisted: None,
        authorised: None,
        lines: vec![line],
    }
}

pub(crate) fn replan(case: &mut Case, change: impl FnOnce(&mut Terms)) {
    let mut terms = case.coverage.plan.terms().clone();
    change(&mut terms);
    case.coverage.plan = Plan::new(terms).expect("a plan that holds together");
}

pub(crate) fn cover(terms: &mut Terms) -> &mut Cover {
    match &mut terms.rules[0].benefit {
        Benefit::Covered(cover) => cover,
        Benefit::Excluded => panic!("rule 0 covers"),
    }
}

pub(crate) fn decide(case: &Case) -> Adjudication {
    adjudicate(case).expect("a case that fits together")
}

/// Group, number and amount of each adjustment of a line.
pub(crate) fn reasons(decided: &Adjudication, line: usize) -> Vec<(Group, u16, i64)> {
    let adjustments = decided.lines[line].adjustments.iter();
    adjustments
        .map(|it| (it.group, it.reason.number(), it.amount.minor()))
        .collect()
}

pub(crate) fn finding(edit: Edit, action: Action) -> Finding {
    Finding {
        line: Some(1),
        edit,
        action,
        text: "What was found.".into(),
        rule: "release/rule".into(),
    }
}

pub(crate) fn prior_line(case: &Case) -> PriorLine {
    let line = &case.claim.lines[0];
    PriorLine {
        claim: ClaimId::from_uuid(uuid(77)),
        line: 1,
        provider: case.claim.provider,
        service_date: line.service_date,
        procedure: line.procedure.clone(),
        units: line.units,
    }
}

/// What makes a case another one.
pub(crate) type Change = fn(&mut Case);

/// What makes each step deny, in the order of steps.
const FAULTS: &[(Step, Group, u16, Change)] = &[
    (Step::Dates, Group::Patient, 27, |it| {
        it.coverage.policy.until = Some(it.claim.lines[0].service_date);
    }),
    (Step::Duplicate, Group::Contractual, 18, |it| {
        it.claim.lines[0].distinct = false;
        it.prior.lines = vec![prior_line(it)];
    }),
    (Step::TimelyFiling, Group::Contractual, 29, |it| {
        replan(it, |terms| terms.timely_filing_days = Some(1));
    }),
    (Step::DataComplete, Group::Contractual, 16, |it| {
        it.findings.push(finding(Edit::Incomplete, Action::Deny));
    }),
    (Step::Coordination, Group::Contractual, 22, |it| {
        it.prior.other_payer_is_first = true;
    }),
    (Step::Coverage, Group::Patient, 96, |it| {
        replan(it, |terms| terms.rules[0].benefit = Benefit::Excluded);
    }),
    (Step::WaitingPeriod, Group::Patient, 179, |it| {
        replan(it, |terms| cover(terms).waiting_days = 101);
    }),
    (Step::Authorisation, Group::Contractual, 197, |it| {
        replan(it, |terms| cover(terms).authorisation_required = true);
    }),
    (Step::MedicalEdits, Group::Contractual, 50, |it| {
        it.findings.push(finding(Edit::NotNecessary, Action::Deny));
    }),
    (Step::Frequency, Group::Patient, 119, |it| {
        replan(it, |terms| terms.limits[0].units = Some(0));
    }),
    (Step::Allowed, Group::Contractual, 147, |it| {
        it.fees.fees.clear();
        it.fees.unlisted = Unlisted::Denied;
    }),
];

#[test]
fn of_all_steps_that_would_deny_the_first_in_the_order_does() {
    assert!(ORDER.is_sorted());
    for (place, &(step, group, number, _)) in FAULTS.iter().enumerate() {
        let mut case = plain().case();
        for (_, _, _, fault) in FAULTS[place..].iter().rev() {
            fault(&mut case);
        }
        let decided = decide(&case);
        assert_eq!(reasons(&decided, 0), [(group, number, 200)], "{step:?}");
        assert_eq!(
            decided.lines[0].explanation.last().map(|it| it.step),
            Some(step)
        );
        assert_eq!(decided.verdict, Verdict::Denied);
        assert!(
            decided.draws().expect("none").is_empty(),
            "{step:?}: what is denied uses nothing"
        );
    }
}

#[test]
fn the_patients_share_is_copay_then_deductible_then_coinsurance_up_to_the_maximum() {
    let mut world = plain();
    world.rules[0].limit = None;
    world.rules[0].tiers = vec![(1, 30, true, 5_000)];
    world.networks[0].deductible = (Some(50), None);
    let share = |world: &World| {
        let decided = decide(&world.case());
        (
            decided.totals.paid.minor(),
            reasons(&decided, 0)[1..].to_vec(),
        )
    };
    let pr = |number, amount| (Group::Patient, number, amount);
    assert_eq!(share(&world), (40, vec![pr(3, 30), pr(1, 50), pr(2, 40)]));
    world.networks[0].out_of_pocket = (Some(100), None);
    assert_eq!(share(&world), (60, vec![pr(3, 30), pr(1, 50), pr(2, 20)]));
    world.networks[0].out_of_pocket = (Some(100), Some(0));
    assert_eq!(share(&world), (60, vec![pr(3, 30), pr(1, 50), pr(2, 20)]));
    world.networks[0].out_of_pocket = (Some(35), None);
    assert_eq!(share(&world), (125, vec![pr(3, 30), pr(1, 5)]));
    world.networks[0].out_of_pocket = (Some(0), None);
    assert_eq!(share(&world), (160, vec![]));
}

#[test]
fn above_the_fee_is_written_off_under_a_contract_and_the_patients_without_one() {
    let mut world = plain();
    assert_eq!(
        reasons(&decide(&world.case()), 0),
        [(Group::Contractual, 45, 40)]
    );
    world.lines[0].out = true;
    assert_eq!(
        reasons(&decide(&world.case()), 0),
        [(Group::Patient, 45, 40)]
    );
}

#[test]
fn the_plan_pays_up_to_the_limit_by_amount_and_the_patient_the_rest() {
    let mut world = plain();
    world.limits[0].amount = Some(100);
    let decided = decide(&world.case());
    assert_eq!(
        reasons(&decided, 0),
        [(Group::Contractual, 45, 40), (Group::Patient, 119, 60)]
    );
    assert_eq!(decided.verdict, Verdict::Partial);
}

#[test]
fn units_beyond_the_limit_are_the_patients_at_what_was_billed_for_them() {
    let mut world = plain();
    world.limits[0].units = Some(1);
    let decided = decide(&world.case());
    assert_eq!(
        reasons(&decided, 0),
        [(Group::Patient, 119, 100), (Group::Contractual, 45, 20)]
    );
    assert_eq!(decided.lines[0].covered_units, 1);
}

#[test]
fn what_is_wanted_holds_the_whole_claim_and_uses_nothing() {
    let wants: [(Step, u16, Change); 6] = [
        (Step::Dates, 257, |it| {
            it.coverage.in_grace_from = Some(FIRST);
        }),
        (Step::DataComplete, 16, |it| {
            it.claim.lines[0].diagnoses.clear();
        }),
        (Step::DataComplete, 16, |it| it.claim.received = FIRST),
        (Step::Authorisation, 197, |it| {
            replan(it, |terms| cover(terms).authorisation_required = true);
            it.authorisations[0].state = AuthorisationState::Undecided;
        }),
        (Step::MedicalEdits, 50, |it| {
            it.findings.push(finding(Edit::NotNecessary, Action::Pend));
        }),
        (Step::MedicalEdits, 97, |it| {
            it.findings.push(finding(Edit::Bundled, Action::Pend));
            it.findings.push(finding(Edit::NotNecessary, Action::Note));
        }),
    ];
    for (step, number, missing) in wants {
        let mut world = plain();
        world.authorised = Some((None, None));
        world.lines.push(Line {
            service: 1,
            ..world.lines[0]
        });
        let mut case = world.case();
        missing(&mut case);
        let decided = decide(&case);
        assert_eq!(decided.verdict, Verdict::Pended, "{step:?}");
        assert_eq!(
            (decided.wanted[0].step, decided.wanted[0].reason.number()),
            (step, number)
        );
        assert!(decided.lines.is_empty() && decided.totals.billed.is_zero());
        assert!(decided.draws().expect("none").is_empty());
    }
}

#[test]
fn codes_that_are_not_for_the_members_sex_or_age_are_denied_by_what_is_wrong() {
    let fact = |code: &str, sex, from_years, below_years| CodeFact {
        code: code.into(),
        sex,
        from_years,
        below_years,
    };
    let member = 45;
    for (fact, number) in [
        (fact("E119", Some(Sex::Male), None, None), 10),
        (fact("E11.9", None, Some(member + 1), None), 9),
        (fact("A10", Some(Sex::Male), None, None), 7),
        (fact("A10", None, None, Some(member)), 6),
    ] {
        let mut case = plain().case();
        case.coverage.sex = Some(Sex::Female);
        case.facts = vec![fact.clone()];
        assert_eq!(
            reasons(&decide(&case), 0),
            [(Group::Contractual, number, 200)]
        );
        case.coverage.sex = None;
        let still = decide(&case).verdict == Verdict::Denied;
        assert_eq!(
            still,
            fact.sex.is_none(),
            "a sex that is not known conflicts with nothing"
        );
    }
}

#[test]
fn before_the_cover_and_after_it_have_reasons_of_their_own() {
    let mut case = plain().case();
    let day = case.claim.lines[0].service_date;
    case.coverage.member.until = Some(day.saturating_add(1.day()));
    assert_eq!(decide(&case).verdict, Verdict::Paid);
    case.coverage.member.until = Some(day);
    assert_eq!(reasons(&decide(&case), 0), [(Group::Patient, 27, 200)]);
    case.coverage.member.from = day.saturating_add(1.day());
    case.coverage.member.until = None;
    assert_eq!(reasons(&decide(&case), 0), [(Group::Patient, 26, 200)]);
}

#[test]
fn what_others_paid_comes_off_the_price_and_not_off_the_write_off() {
    let mut world = plain();
    world.lines[0].paid_by_other = Some(100);
    let decided = decide(&world.case());
    assert_eq!(
        reasons(&decided, 0),
        [(Group::Other, 23, 100), (Group::Contractual, 45, 40)]
    );
    assert_eq!(decided.totals.paid, usd(60));
    world.lines[0].paid_by_other = Some(180);
    assert_eq!(
        reasons(&decide(&world.case()), 0),
        [(Group::Other, 23, 180), (Group::Contractual, 45, 20)]
    );
}

#[test]
fn every_reason_has_words_and_a_number_of_its_own() {
    assert!(Reason::ALL.is_sorted_by(|one, other| one < other));
    assert!(
        Reason::ALL
            .iter()
            .all(|it| it.text().ends_with('.') && !it.text().contains("No words"))
    );
}
