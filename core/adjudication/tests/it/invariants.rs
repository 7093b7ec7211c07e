//! What holds of every adjudication.

use std::collections::BTreeMap;

use medcover_adjudication::{
    Account, Accumulators, Adjudication, Case, Counter, Draw, Group, Quantity, Verdict, adjudicate,
};
use medcover_kernel::{Currency, Money};
use proptest::prelude::*;

use crate::world::{World, worlds};

fn decided(world: &World) -> Adjudication {
    adjudicate(&world.case()).expect("a case that fits together")
}

/// Plan limits by account, and what was used of it.
fn bounds(case: &Case, used: &Accumulators) -> Vec<(Account, i64, i64)> {
    let terms = case.coverage.plan.terms();
    let used = used.iter().filter_map(|(account, quantity)| {
        let most = match &account.counter {
            Counter::LimitUnits(id) => i64::from(case.coverage.plan.limit(id)?.units?),
            Counter::LimitAmount(id) => case.coverage.plan.limit(id)?.amount?.minor(),
            Counter::Deductible(network) | Counter::OutOfPocket(network) => {
                let of = terms.networks.iter().find(|it| it.network == *network)?;
                let deductible = matches!(account.counter, Counter::Deductible(_));
                let ceiling = if deductible {
                    of.deductible
                } else {
                    of.out_of_pocket
                };
                let member = account.scope == medcover_adjudication::Scope::Member;
                (if member {
                    ceiling.member
                } else {
                    ceiling.family
                })?
                .minor()
            }
        };
        let used = match quantity {
            Quantity::Amount(amount) => amount.minor(),
            Quantity::Units(units) => units,
        };
        Some((account.clone(), used, most))
    });
    used.collect()
}

proptest! {
    #[test]
    fn every_line_adds_up_and_nothing_is_less_than_nothing(world in worlds()) {
        let decided = decided(&world);
        for line in &decided.lines {
            let adjusted: i64 = line.adjustments.iter().map(|it| it.amount.minor()).sum();
            prop_assert_eq!(line.billed.minor(), line.paid.minor() + adjusted);
            prop_assert_eq!(Some(line.patient), line.adjusted(Group::Patient));
            prop_assert!(line.paid.minor() >= 0 && line.patient.minor() >= 0 && line.allowed.minor() >= 0);
            prop_assert!(line.adjustments.iter().all(|it| it.amount.is_positive()));
            prop_assert!(line.allowed.minor() <= line.billed.minor());
            prop_assert!(line.paid.minor() <= line.allowed.minor());
        }
        let totals = decided.totals;
        let parts = [totals.paid, totals.patient, totals.written_off, totals.other];
        prop_assert_eq!(Money::sum(Currency::USD, parts), Ok(totals.billed));
    }

    #[test]
    fn every_amount_that_is_not_paid_has_a_reason_a_rule_and_words(world in worlds()) {
        for line in decided(&world).lines {
            prop_assert_eq!(line.paid == line.billed, line.adjustments.is_empty());
            for it in &line.adjustments {
                prop_assert!(!it.text.is_empty() && !it.rule.is_empty());
            }
            prop_assert!(!line.explanation.is_empty());
            prop_assert!(line.explanation.is_sorted_by_key(|it| it.step));
            prop_assert_eq!(line.explanation.last().map(|it| it.open), Some(line.paid));
        }
    }

    #[test]
    fn no_account_and_no_authorisation_is_drawn_beyond_its_limit(world in worlds()) {
        let case = world.case();
        let decided = decided(&world);
        let mut used = Accumulators::new();
        used.post_all(&decided.draws().expect("small")).expect("small");
        for (account, used, most) in bounds(&case, &used) {
            prop_assert!((0..=most).contains(&used), "{:?}: {} of {}", account, used, most);
        }
        let mut left = BTreeMap::new();
        for of in &case.authorisations {
            left.extend(of.items.iter().map(|it| (it.item, (it.units, it.amount))));
        }
        let mut sums: BTreeMap<u32, (u32, i64)> = BTreeMap::new();
        for draw in decided.authorisations() {
            let sum = sums.entry(draw.item).or_default();
            *sum = (sum.0 + draw.units, sum.1 + draw.amount.minor());
            let (units, amount) = left[&draw.item];
            prop_assert!(units.is_none_or(|units| sum.0 <= units));
            prop_assert!(amount.is_none_or(|amount| sum.1 <= amount.minor()));
        }
    }

    #[test]
    fn replay_gives_the_same_bytes(world in worlds()) {
        let case = world.case();
        let kept = case.canonical_json();
        let again: Case = serde_json::from_str(&kept).expect("what it wrote");
        prop_assert_eq!(&again, &case);
        let bytes = adjudicate(&case).expect("fits together").canonical_json();
        prop_assert_eq!(&bytes, &adjudicate(&again).expect("fits together").canonical_json());
        let read: Adjudication = serde_json::from_str(&bytes).expect("what it wrote");
        prop_assert_eq!(read.canonical_json(), bytes);
    }

    #[test]
    fn lines_are_taken_in_the_order_of_their_numbers(world in worlds(), by in any::<prop::sample::Index>()) {
        let case = world.case();
        let mut mixed = case.clone();
        mixed.claim.lines.reverse();
        let by = by.index(mixed.claim.lines.len());
        mixed.claim.lines.rotate_left(by);
        mixed.coverage.plan = {
            let mut terms = case.coverage.plan.terms().clone();
            terms.rules.reverse();
            terms.limits.reverse();
            terms.networks.reverse();
            medcover_adjudication::Plan::new(terms).expect("the same terms")
        };
        prop_assert_eq!(adjudicate(&case), adjudicate(&mixed));
    }

    #[test]
    fn a_claim_is_worth_what_its_lines_are_worth_as_claims_in_their_order(world in worlds()) {
        let mut world = world;
        world.authorised = None;
        let whole = decided(&world);
        let mut case = world.case();
        let lines = std::mem::take(&mut case.claim.lines);
        for (line, expected) in lines.into_iter().zip(&whole.lines) {
            case.claim.lines = vec![line];
            let one = adjudicate(&case).expect("fits together");
            prop_assert_eq!(&one.lines[0], expected);
            case.accumulators.post_all(&one.draws().expect("small")).expect("small");
        }
    }

    #[test]
    fn a_reversal_leaves_every_account_as_it_was(before in worlds(), world in worlds()) {
        let mut accounts = Accumulators::new();
        accounts.post_all(&decided(&before).draws().expect("small")).expect("small");
        let mut case = world.case();
        case.accumulators = accounts.clone();
        let first = adjudicate(&case).expect("fits together");
        accounts.post_all(&first.draws().expect("small")).expect("small");
        accounts.post_all(&first.reversal().expect("small")).expect("small");
        prop_assert_eq!(&accounts, &case.accumulators);
        case.accumulators = accounts;
        prop_assert_eq!(adjudicate(&case).expect("fits together").canonical_json(), first.canonical_json());
    }

    #[test]
    fn the_patients_share_of_what_counts_never_exceeds_what_is_left_of_the_maximum(world in worlds()) {
        let case = world.case();
        let mut shares: BTreeMap<Account, i64> = BTreeMap::new();
        for line in decided(&world).lines {
            let counted = line.draws.iter().filter(|it| matches!(it.account.counter, Counter::OutOfPocket(_)));
            let by_reason = line.adjustments.iter().filter(|it| (1..=3).contains(&it.reason.number()));
            let share: i64 = by_reason.map(|it| it.amount.minor()).sum();
            for Draw { account, quantity } in counted {
                prop_assert_eq!(*quantity, Quantity::Amount(crate::world::usd(share)));
                *shares.entry(account.clone()).or_default() += share;
            }
            let rule = case.coverage.plan.terms().rules.iter().find(|it| Some(&it.id) == line.rule.as_ref());
            let counts = matches!(rule.map(|it| &it.benefit), Some(medcover_adjudication::plan::Benefit::Covered(it)) if it.counts_to_out_of_pocket);
            prop_assert!(!counts || share == 0 || line.draws.iter().any(|it| matches!(it.account.counter, Counter::OutOfPocket(_))));
        }
        let used: Vec<Draw> = shares.into_iter().map(|(account, share)| Draw { account, quantity: Quantity::Amount(crate::world::usd(share)) }).collect();
        let used = Accumulators::try_from(used).expect("each once");
        for (account, used, most) in bounds(&case, &used) {
            prop_assert!(used <= most, "{:?}: {} of {}", account, used, most);
        }
    }

    #[test]
    fn the_verdict_says_what_was_denied(world in worlds()) {
        let decided = decided(&world);
        let denied = |number: u16| [16, 18, 26, 27, 29, 50, 96, 97, 119, 147, 179, 197, 198, 204].contains(&number);
        let mut any = false;
        for line in &decided.lines {
            let some = line.adjustments.iter().any(|it| denied(it.reason.number()));
            any |= some;
            match line.verdict {
                Verdict::Paid => prop_assert!(!some),
                Verdict::Partial => prop_assert!(some && line.paid.is_positive()),
                Verdict::Denied => prop_assert!(line.paid.is_zero()),
                Verdict::Pended => prop_assert!(false, "a line never waits"),
            }
        }
        prop_assert!(!(any && decided.verdict == Verdict::Paid));
    }
}
