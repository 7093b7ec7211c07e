//! Which terms make a plan, and which rule is chosen.

use medcover_adjudication::plan::{Benefit, Selector, Tier};
use medcover_adjudication::{Case, Network, Plan, Terms};
use medcover_kernel::{Currency, Money};
use proptest::prelude::*;

use crate::steps::{cover, decide, plain};
use crate::world::{usd, worlds};

/// What makes terms other ones.
type Change = fn(&mut Terms);

/// Where the faults of the terms are.
fn faults(change: impl FnOnce(&mut Terms)) -> Vec<String> {
    let mut terms = plain().terms();
    change(&mut terms);
    match Plan::new(terms) {
        Ok(_) => Vec::new(),
        Err(error) => error
            .faults
            .iter()
            .map(|it| it.pointer.to_string())
            .collect(),
    }
}

fn tiers(terms: &mut Terms, bounds: &[(u32, Option<u32>)]) {
    let first = cover(terms).tiers[0].clone();
    let tier = |&(from_unit, until_unit): &(u32, Option<u32>)| Tier {
        from_unit,
        until_unit,
        ..first.clone()
    };
    cover(terms).tiers = bounds.iter().map(tier).collect();
}

#[test]
fn a_gap_an_overlap_and_an_open_end_of_tiers_are_refused_where_they_are() {
    const AT: &str = "/rules/0/benefit/covered/tiers";
    let of = |bounds: &[(u32, Option<u32>)]| faults(|terms| tiers(terms, bounds));
    assert_eq!(of(&[(1, Some(3)), (4, None)]), [""; 0]);
    assert_eq!(
        of(&[(1, Some(3)), (5, None)]),
        [format!("{AT}/1/from_unit")]
    );
    assert_eq!(
        of(&[(1, Some(3)), (3, None)]),
        [format!("{AT}/1/from_unit")]
    );
    assert_eq!(of(&[(2, None)]), [format!("{AT}/0/from_unit")]);
    assert_eq!(of(&[(1, Some(3))]), [format!("{AT}/0/until_unit")]);
    assert_eq!(of(&[(1, None), (2, None)]), [format!("{AT}/1/from_unit")]);
    assert_eq!(of(&[]), [AT]);
}

#[test]
fn two_rules_for_one_service_are_refused_unless_one_is_closer_or_comes_first() {
    let both = |one: Selector, other: Selector, priority| {
        faults(|terms| {
            terms.rules.truncate(2);
            terms.rules[0].selector = one;
            terms.rules[1].selector = other;
            terms.rules[1].priority = priority;
        })
    };
    let codes = |codes: &[&str]| Selector {
        procedures: codes.iter().map(|&it| it.to_owned()).collect(),
        ..Selector::default()
    };
    let tied = ["/rules/1/selector"];
    assert_eq!(both(Selector::default(), Selector::default(), 0), tied);
    assert_eq!(both(Selector::default(), Selector::default(), 1), [""; 0]);
    assert_eq!(both(codes(&["A1", "B2"]), codes(&["C3", "B2"]), 0), tied);
    assert_eq!(both(codes(&["A1"]), codes(&["A10"]), 0), [""; 0]);
    let abroad = Selector {
        network: Some(Network::Out),
        ..Selector::default()
    };
    let child = Selector {
        below_years: Some(18),
        ..Selector::default()
    };
    let adult = Selector {
        from_years: Some(18),
        ..Selector::default()
    };
    assert_eq!(both(abroad, child.clone(), 0), tied);
    assert_eq!(both(child, adult, 0), [""; 0]);
    let of = |code: &str| Selector {
        diagnoses: vec![code.into()],
        ..Selector::default()
    };
    assert_eq!(
        both(of("E11"), of("I10"), 0),
        tied,
        "a line may be for both"
    );
    assert_eq!(both(of("E11"), of("E11.9"), 0), [""; 0]);
}

#[test]
fn what_contradicts_something_is_refused_with_its_place() {
    let euro = Money::zero(Currency::EUR);
    let cases: [(&str, Change); 9] = [
        ("/id", |it| it.id.clear()),
        ("/limits/1/id", |it| {
            it.limits[1].id = it.limits[0].id.clone();
        }),
        ("/limits/0/amount", |it| {
            it.limits[0].amount = Some(usd(-1));
            cover(it).counts_to_out_of_pocket = false;
            it.rules.truncate(1);
        }),
        ("/rules/0/benefit/covered/limit", |it| {
            cover(it).limit = Some("none".into());
        }),
        ("/rules/1/id", |it| it.rules[1].id = it.rules[0].id.clone()),
        ("/rules/0/selector/below_years", |it| {
            it.rules[0].selector.from_years = Some(18);
            it.rules[0].selector.below_years = Some(18);
        }),
        ("/rules/0/selector/procedures/0", |it| {
            it.rules[0].selector.procedures[0] = "a*".into();
        }),
        ("/networks/1/network", |it| {
            it.networks[1].network = Network::In;
        }),
        ("/networks/0/deductible/family", |it| {
            it.networks[0].deductible.member = Some(usd(2));
            it.networks[0].deductible.family = Some(usd(1));
        }),
    ];
    for (pointer, change) in cases {
        assert_eq!(faults(change), [pointer]);
    }
    assert_eq!(
        faults(|it| cover(it).tiers[0].copay = euro),
        ["/rules/0/benefit/covered/tiers/0/copay"]
    );
}

#[test]
fn a_share_of_more_than_the_whole_cannot_be_written() {
    let terms = serde_json::to_string(&plain().terms()).expect("plain fields");
    let read = |text: &str| serde_json::from_str::<Plan>(text).map_err(|it| it.to_string());
    assert!(read(&terms).is_ok());
    let more = terms.replacen("\"coinsurance\":0", "\"coinsurance\":10001", 1);
    assert!(
        read(&more)
            .expect_err("too much")
            .contains("10000 basis points")
    );
    let gap = terms.replacen("\"from_unit\":1", "\"from_unit\":2", 1);
    assert!(
        read(&gap)
            .expect_err("a gap")
            .contains("/rules/0/benefit/covered/tiers/0/from_unit")
    );
}

#[test]
fn the_closest_rule_is_chosen_whatever_their_order() {
    let mut case = plain().case();
    let rule = |id: &str, selector: Selector| {
        let mut rule = case.coverage.plan.terms().rules[0].clone();
        (rule.id, rule.selector) = (id.into(), selector);
        rule
    };
    let code = |code: &str| vec![code.to_owned()];
    let rules = vec![
        rule("any", Selector::default()),
        rule(
            "inpatient",
            Selector {
                network: Some(Network::In),
                ..Selector::default()
            },
        ),
        rule(
            "diabetes",
            Selector {
                diagnoses: code("E11"),
                ..Selector::default()
            },
        ),
        rule(
            "care",
            Selector {
                category: Some("care".into()),
                ..Selector::default()
            },
        ),
        rule(
            "a",
            Selector {
                procedures: code("A"),
                ..Selector::default()
            },
        ),
        rule(
            "a10",
            Selector {
                procedures: code("A10"),
                ..Selector::default()
            },
        ),
        rule(
            "a10-diabetes",
            Selector {
                procedures: code("A10"),
                diagnoses: code("E11.9"),
                ..Selector::default()
            },
        ),
        rule(
            "a10-other",
            Selector {
                procedures: code("A10"),
                diagnoses: code("I10.00"),
                ..Selector::default()
            },
        ),
    ];
    let mut left = rules.clone();
    for expected in [
        "a10-diabetes",
        "a10",
        "a",
        "care",
        "diabetes",
        "inpatient",
        "any",
    ] {
        crate::steps::replan(&mut case, |terms| {
            terms.rules = left.iter().rev().cloned().collect();
        });
        let forwards = decide(&case);
        crate::steps::replan(&mut case, |terms| terms.rules = left.clone());
        assert_eq!(forwards, decide(&case));
        assert_eq!(forwards.lines[0].rule.as_deref(), Some(expected));
        left.retain(|it| it.id != expected);
    }
}

proptest! {
    #[test]
    fn a_plan_reads_back_as_it_was_written(world in worlds()) {
        let case: Case = world.case();
        let text = serde_json::to_string(&case.coverage.plan).expect("plain fields");
        prop_assert_eq!(serde_json::from_str::<Plan>(&text).expect("a plan"), case.coverage.plan.clone());
        let excluded = case.coverage.plan.terms().rules.iter().filter(|it| it.benefit == Benefit::Excluded).count();
        prop_assert_eq!(excluded, world.rules.iter().filter(|it| it.excluded).count());
    }
}
