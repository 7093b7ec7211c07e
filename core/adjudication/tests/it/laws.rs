//! More cover never costs the patient more.

use medcover_adjudication::adjudicate;
use proptest::prelude::*;

use crate::world::{World, worlds};

/// What the patient bears of the claim.
fn patient(world: &World) -> i64 {
    adjudicate(&world.case())
        .expect("a case that fits together")
        .totals
        .patient
        .minor()
}

fn less(amount: &mut i64, by: i64) {
    *amount = (*amount - by).max(0);
}

/// `better` changes the world for the better; the patient pays no more.
fn never_costs_more(world: &World, better: impl FnOnce(&mut World)) -> Result<(), TestCaseError> {
    let mut other = world.clone();
    better(&mut other);
    let (before, after) = (patient(world), patient(&other));
    prop_assert!(
        after <= before,
        "{} -> {}\n{:#?}\n{:#?}",
        before,
        after,
        world,
        other
    );
    Ok(())
}

proptest! {
    #[test]
    fn a_lower_deductible_never_costs_the_patient_more(world in worlds(), by in 0..300_i64, network in 0..2_usize) {
        never_costs_more(&world, |it| {
            let (member, more) = &mut it.networks[network].deductible;
            if let Some(amount) = member.as_mut().or(more.as_mut()) {
                less(amount, by);
            }
        })?;
    }

    #[test]
    fn a_lower_out_of_pocket_maximum_never_costs_the_patient_more(world in worlds(), by in 0..300_i64, network in 0..2_usize) {
        never_costs_more(&world, |it| {
            let (member, more) = &mut it.networks[network].out_of_pocket;
            if let Some(amount) = member.as_mut().or(more.as_mut()) {
                less(amount, by);
            }
        })?;
    }

    #[test]
    fn a_lower_copay_never_costs_the_patient_more(world in worlds(), by in 0..60_i64, rule in 0..3_usize, tier in 0..3_usize) {
        never_costs_more(&world, |it| {
            let tiers = &mut it.rules[rule].tiers;
            let tier = tier % tiers.len();
            less(&mut tiers[tier].1, by);
        })?;
    }

    #[test]
    fn a_lower_coinsurance_never_costs_the_patient_more(world in worlds(), by in 0..10_000_u32, rule in 0..3_usize, tier in 0..3_usize) {
        never_costs_more(&world, |it| {
            let tiers = &mut it.rules[rule].tiers;
            let tier = tier % tiers.len();
            tiers[tier].3 = tiers[tier].3.saturating_sub(by);
        })?;
    }

    #[test]
    fn a_higher_limit_by_amount_never_costs_the_patient_more(world in worlds(), by in 0..300_i64, limit in 0..2_usize) {
        never_costs_more(&world, |it| {
            if let Some(amount) = &mut it.limits[limit].amount {
                *amount += by;
            }
        })?;
    }

    #[test]
    fn a_higher_limit_by_number_or_none_never_costs_the_patient_more(world in worlds(), by in option_of_more(), limit in 0..2_usize) {
        let mut world = world;
        // What is authorised and used by one line is not there for another, which may then stand in another tier.
        world.authorised = None;
        never_costs_more(&world, |it| {
            let units = &mut it.limits[limit].units;
            *units = units.zip(by).map(|(units, by)| units + by);
        })?;
    }

    #[test]
    fn a_shorter_waiting_period_never_costs_the_patient_more_where_nothing_is_limited(world in worlds(), rule in 0..3_usize) {
        let mut world = world;
        world.authorised = None;
        for rule in &mut world.rules {
            rule.limit = None;
        }
        never_costs_more(&world, |it| it.rules[rule].waiting_days = 0)?;
    }

    #[test]
    fn covering_what_was_excluded_never_costs_the_patient_more_where_nothing_is_limited(world in worlds(), rule in 0..3_usize) {
        let mut world = world;
        world.authorised = None;
        for rule in &mut world.rules {
            rule.limit = None;
        }
        world.rules[rule].excluded = true;
        never_costs_more(&world, |it| it.rules[rule].excluded = false)?;
    }

    #[test]
    fn what_was_used_before_of_the_deductible_lowers_what_the_patient_pays(world in worlds(), by in 0..300_i64) {
        let case = world.case();
        let mut met = case.clone();
        for scope in [medcover_adjudication::Scope::Member, medcover_adjudication::Scope::Family] {
            let account = medcover_adjudication::Account {
                scope,
                counter: medcover_adjudication::Counter::Deductible(medcover_adjudication::Network::In),
                period: crate::world::FIRST,
            };
            let quantity = medcover_adjudication::Quantity::Amount(crate::world::usd(by));
            met.accumulators.post(&medcover_adjudication::Draw { account, quantity }).expect("small");
        }
        let patient = |case| adjudicate(case).expect("fits together").totals.patient.minor();
        prop_assert!(patient(&met) <= patient(&case));
    }
}

fn option_of_more() -> impl Strategy<Value = Option<u32>> {
    proptest::option::of(1..5_u32)
}
