//! What other systems got wrong with benefits and money, each by its behaviour.

use jiff::civil::date;
use medcover_adjudication::plan::{Benefit, Selector};
use medcover_adjudication::{
    Account, Accumulators, Action, Case, CaseError, Counter, Draw, Edit, Group, Plan, Quantity,
    Scope, Verdict, adjudicate,
};
use medcover_kernel::{BasisPoints, ClaimId, Money};

use crate::steps::{Change, cover, decide, finding, plain, prior_line, reasons, replan};
use crate::world::{FIRST, Line, usd, uuid};

/// A limit of 100 on what the plan pays, and a claim of 160.
fn limited() -> Case {
    let mut world = plain();
    world.limits[0].amount = Some(100);
    world.case()
}

fn limit_account() -> Account {
    Account {
        scope: Scope::Member,
        counter: Counter::LimitAmount("limit-0".into()),
        period: FIRST,
    }
}

fn posted(case: &Case) -> Accumulators {
    let mut used = case.accumulators.clone();
    used.post_all(&decide(case).draws().expect("small"))
        .expect("small");
    used
}

#[test]
fn two_claims_cannot_both_spend_the_same_remaining_ceiling() {
    let first = limited();
    let mut second = first.clone();
    second.claim.claim = ClaimId::from_uuid(uuid(20));
    second.accumulators = posted(&first);
    assert_eq!(decide(&first).totals.paid, usd(100));
    assert_eq!(decide(&second).totals.paid, usd(0));
    // Decided from a stale view, its draws stand above the ceiling, where the ledger refuses them.
    let mut stale = posted(&first);
    stale
        .post_all(&decide(&first).draws().expect("small"))
        .expect("small");
    assert!(stale.amount(&limit_account(), first.claim.currency).minor() > 100);
}

#[test]
fn a_claim_that_is_processed_again_counts_once_against_its_siblings() {
    let mut world = plain();
    world.limits[0].amount = Some(200);
    let first = world.case();
    let mut sibling = first.clone();
    sibling.claim.claim = ClaimId::from_uuid(uuid(20));
    sibling.accumulators = posted(&first);
    let once = decide(&sibling);

    let mut again = posted(&first);
    again
        .post_all(&decide(&first).reversal().expect("small"))
        .expect("small");
    again
        .post_all(&decide(&first).draws().expect("small"))
        .expect("small");
    sibling.accumulators = again;
    assert_eq!(decide(&sibling), once);
    assert_eq!(once.totals.paid, usd(40));
}

#[test]
fn a_claim_that_is_processed_again_is_no_duplicate_of_itself() {
    let mut case = plain().case();
    case.claim.lines[0].distinct = false;
    let mut own = prior_line(&case);
    own.claim = case.claim.claim;
    case.prior.lines = vec![own];
    assert_eq!(decide(&case).verdict, Verdict::Paid);
}

#[test]
fn a_child_comes_under_the_rule_for_children_until_the_day_of_its_birthday() {
    let mut case = plain().case();
    replan(&mut case, |terms| {
        terms.rules.truncate(2);
        let ages = [(None, Some(18)), (Some(18), None)];
        for (rule, (from_years, below_years)) in terms.rules.iter_mut().zip(ages) {
            rule.selector = Selector {
                from_years,
                below_years,
                ..Selector::default()
            };
        }
        terms.rules[0].id = "child".into();
        terms.rules[1].id = "adult".into();
    });
    case.coverage.born = date(2008, 3, 15);
    for (day, rule) in [(date(2026, 3, 14), "child"), (date(2026, 3, 15), "adult")] {
        case.claim.lines[0].service_date = day;
        assert_eq!(decide(&case).lines[0].rule.as_deref(), Some(rule), "{day}");
    }
}

#[test]
fn a_service_that_was_claimed_before_is_denied() {
    let mut case = plain().case();
    case.claim.lines[0].distinct = false;
    case.prior.lines = vec![prior_line(&case)];
    assert_eq!(reasons(&decide(&case), 0), [(Group::Contractual, 18, 200)]);
    case.prior.lines[0].units += 1;
    assert_eq!(decide(&case).verdict, Verdict::Paid);

    let mut world = plain();
    world.lines.push(world.lines[0]);
    let mut twice = world.case();
    assert_eq!(
        decide(&twice).verdict,
        Verdict::Paid,
        "given again on purpose"
    );
    twice
        .claim
        .lines
        .iter_mut()
        .for_each(|it| it.distinct = false);
    let decided = decide(&twice);
    assert_eq!(decided.lines[0].verdict, Verdict::Paid);
    assert_eq!(reasons(&decided, 1), [(Group::Contractual, 18, 200)]);
}

#[test]
fn a_diagnosis_that_is_not_valid_on_the_day_is_denied() {
    let mut case = plain().case();
    case.findings = vec![finding(Edit::DiagnosisInvalid, Action::Deny)];
    let decided = decide(&case);
    assert_eq!(reasons(&decided, 0), [(Group::Contractual, 146, 200)]);
    assert_eq!(decided.lines[0].adjustments[0].text, "What was found.");
}

#[test]
fn an_authorisation_is_more_than_a_tick_and_is_used_once() {
    let mut world = plain();
    world.rules[0].authorisation = true;
    world.authorised = Some((Some(3), None));
    world.lines.push(Line {
        day: 101,
        ..world.lines[0]
    });
    world.lines.push(Line {
        day: 102,
        ..world.lines[0]
    });
    let decided = decide(&world.case());
    let units: Vec<_> = decided.lines.iter().map(|it| it.covered_units).collect();
    assert_eq!(units, [2, 1, 0]);
    assert_eq!(reasons(&decided, 1)[0], (Group::Contractual, 198, 100));
    assert_eq!(reasons(&decided, 2), [(Group::Contractual, 198, 200)]);

    world.authorised = Some((None, Some(200)));
    let decided = decide(&world.case());
    let allowed: Vec<_> = decided.lines.iter().map(|it| it.allowed.minor()).collect();
    assert_eq!(allowed, [160, 40, 0]);
}

#[test]
fn what_is_excluded_and_what_is_in_no_rule_have_reasons_of_their_own() {
    let mut case = plain().case();
    replan(&mut case, |terms| {
        terms.rules[0].benefit = Benefit::Excluded;
    });
    assert_eq!(reasons(&decide(&case), 0), [(Group::Patient, 96, 200)]);
    replan(&mut case, |terms| {
        terms.rules.remove(0);
    });
    assert_eq!(reasons(&decide(&case), 0), [(Group::Patient, 204, 200)]);
}

#[test]
fn a_later_change_of_plan_or_member_touches_no_claim_that_was_made_before() {
    let kept = plain().case().canonical_json();
    let before = decide(&serde_json::from_str(&kept).expect("a case"));
    let mut now = plain().case();
    replan(&mut now, |terms| {
        cover(terms).tiers[0].coinsurance = BasisPoints::WHOLE;
    });
    now.coverage.policy.until = Some(FIRST);
    assert_ne!(decide(&now), before);
    assert_eq!(
        decide(&serde_json::from_str(&kept).expect("a case")),
        before
    );
}

#[test]
fn what_others_hold_of_a_limit_is_not_there_to_be_spent() {
    let mut case = limited();
    let hold = Draw {
        account: limit_account(),
        quantity: Quantity::Amount(usd(70)),
    };
    case.accumulators.post(&hold).expect("small");
    assert_eq!(decide(&case).totals.paid, usd(30));
    case.accumulators.post(&hold.inverse()).expect("small");
    assert_eq!(decide(&case).totals.paid, usd(100));
    assert_eq!(case.accumulators, Accumulators::new());
}

#[test]
fn a_limit_that_was_lowered_below_what_is_used_pays_nothing_and_takes_nothing_back() {
    let mut case = limited();
    case.accumulators
        .post(&Draw {
            account: limit_account(),
            quantity: Quantity::Amount(usd(150)),
        })
        .expect("small");
    let decided = decide(&case);
    assert_eq!(
        (decided.totals.paid, decided.totals.patient),
        (usd(0), usd(160))
    );
    assert_eq!(decided.verdict, Verdict::Denied);
}

#[test]
fn a_negative_amount_is_refused() {
    let mut case = plain().case();
    case.claim.lines[0].billed = usd(-1);
    let refused = adjudicate(&case).expect_err("less than nothing");
    assert!(
        matches!(refused, CaseError::Invalid { pointer, .. } if pointer == "/claim/lines/0/billed")
    );
}

#[test]
fn amounts_that_are_too_large_are_refused_and_never_wrap() {
    let mut world = plain();
    world.lines.push(world.lines[0]);
    let mut case = world.case();
    case.claim
        .lines
        .iter_mut()
        .for_each(|it| it.billed = usd(Money::MAX_MINOR));
    assert!(matches!(adjudicate(&case), Err(CaseError::Money(_))));
}

#[test]
fn an_amount_with_a_fraction_is_refused_and_not_cut() {
    let kept = plain().case().canonical_json();
    let cut = kept.replacen(
        "\"billed\":{\"amount_minor\":200",
        "\"billed\":{\"amount_minor\":200.9",
        1,
    );
    assert_ne!(cut, kept);
    assert!(serde_json::from_str::<Case>(&cut).is_err());
}

#[test]
fn a_percentage_is_exact_to_the_cent_and_rounded_by_the_rule_of_the_plan() {
    for (half_up, patient) in [(false, 50), (true, 51)] {
        let mut world = plain();
        world.half_up = half_up;
        world.rules[0].tiers[0].3 = 5_000;
        (world.lines[0].billed, world.lines[0].units) = (101, 2);
        let decided = decide(&world.case());
        assert_eq!(decided.totals.patient, usd(patient));
        assert_eq!(decided.totals.paid, usd(101 - patient));
    }
}

#[test]
fn no_cent_is_lost_or_made_where_a_price_is_divided_over_units() {
    let mut world = plain();
    world.limits[0].units = Some(1);
    (world.lines[0].billed, world.lines[0].units) = (100, 3);
    let decided = decide(&world.case());
    assert_eq!(reasons(&decided, 0), [(Group::Patient, 119, 67)]);
    assert_eq!(decided.totals.paid, usd(33));
}

#[test]
fn a_unit_between_two_tiers_is_not_free_because_there_is_none() {
    let mut terms = plain().terms();
    let tier = cover(&mut terms).tiers[0].clone();
    cover(&mut terms).tiers[0].until_unit = Some(3);
    let mut next = tier;
    next.from_unit = 5;
    cover(&mut terms).tiers.push(next);
    let error = Plan::new(terms).expect_err("a gap");
    assert_eq!(
        error.to_string(),
        "/rules/0/benefit/covered/tiers/1/from_unit: must be 4, so that no unit is in two tiers or in none"
    );
}

#[test]
fn a_second_payers_adjustments_add_up_with_what_the_first_one_paid() {
    let mut world = plain();
    world.rules[0].tiers[0].3 = 2_000;
    world.lines[0].paid_by_other = Some(110);
    let decided = decide(&world.case());
    assert_eq!(
        reasons(&decided, 0),
        [
            (Group::Other, 23, 110),
            (Group::Contractual, 45, 40),
            (Group::Patient, 2, 10)
        ]
    );
    assert_eq!(decided.totals.paid, usd(40));
}

#[test]
fn a_claim_that_cannot_be_is_refused_before_anything_is_decided() {
    let faults: [(&str, Change); 5] = [
        ("/claim/lines", |it| it.claim.lines.clear()),
        ("/claim/lines/1/line", |it| {
            it.claim.lines.push(it.claim.lines[0].clone());
        }),
        ("/claim/lines/0/units", |it| it.claim.lines[0].units = 0),
        ("/claim/lines/0/diagnoses", |it| {
            it.claim.lines[0].diagnoses = vec![9];
        }),
        ("/claim/currency", |it| {
            it.claim.currency = medcover_kernel::Currency::EUR;
        }),
    ];
    for (expected, fault) in faults {
        let mut case = plain().case();
        fault(&mut case);
        let refused = adjudicate(&case).expect_err(expected);
        assert!(
            matches!(refused, CaseError::Invalid { pointer, .. } if pointer == expected),
            "{expected}"
        );
    }
}

#[test]
fn care_on_both_sides_of_a_new_benefit_year_uses_the_limit_of_each() {
    let mut world = plain();
    world.limits[0].amount = Some(100);
    world.lines.push(Line {
        day: 364,
        ..world.lines[0]
    });
    world.lines.push(Line {
        day: 365,
        ..world.lines[0]
    });
    let paid: Vec<_> = decide(&world.case())
        .lines
        .iter()
        .map(|it| it.paid.minor())
        .collect();
    assert_eq!(paid, [100, 0, 100]);
}
