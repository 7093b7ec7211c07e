//! The same benefits worked out a second time, over plain numbers and without the steps.

use std::collections::HashMap;

use medcover_adjudication::{Group, adjudicate};
use proptest::prelude::*;

use crate::world::{World, worlds};

/// Paid, borne by the patient, written off, borne by others.
#[derive(Debug, PartialEq, Eq)]
struct Line(i64, i64, i64, i64);

/// `part` of `of` of `amount`, rounded.
fn round(amount: i64, part: i64, of: i64, half_up: bool) -> i64 {
    let (whole, rest) = (amount * part / of, amount * part % of);
    let up = 2 * rest > of || (2 * rest == of && (half_up || whole % 2 == 1));
    whole + i64::from(up)
}

/// The part of the first `units` of `all`: of two remainders the larger goes up, the first where they are equal.
fn first_part(amount: i64, units: i64, all: i64) -> i64 {
    round(amount, units, all, true)
}

#[expect(
    clippy::too_many_lines,
    reason = "one straight text, so that it has no structure in common with what it checks"
)]
fn model(world: &World) -> Vec<Line> {
    let mut used: HashMap<(&str, usize, i32), i64> = HashMap::new();
    let mut authorised = HashMap::new();
    let mut answer = Vec::new();
    for line in &world.lines {
        let billed = line.billed;
        let (year, network) = (line.day.div_euclid(365), usize::from(line.out));
        if line.day < 0 {
            answer.push(Line(0, billed, 0, 0));
            continue;
        }
        let other = line.paid_by_other.unwrap_or(0).min(billed);
        let mut open = billed - other;
        let Some(rule) = world
            .rules
            .get(line.service)
            .filter(|it| !it.excluded && i64::from(line.day) >= i64::from(it.waiting_days))
        else {
            answer.push(Line(0, open, 0, other));
            continue;
        };
        let mut units = i64::from(line.units);
        let (mut patient, mut written_off, mut others_part) = (0, 0, other);
        let keep = |units: &mut i64, open: &mut i64, others_part: &mut i64, left: i64| {
            let kept = first_part(*open, left, *units);
            let cut = *open - kept;
            *others_part = first_part(*others_part, left, *units);
            (*open, *units) = (kept, left);
            cut
        };

        let item = world.authorised.map(|(units, amount)| {
            *authorised
                .entry(line.service)
                .or_insert((units.map(i64::from), amount))
        });
        let usable = item.filter(|&(units, amount)| units != Some(0) && amount != Some(0));
        if rule.authorisation {
            let Some((left, _)) = usable else {
                answer.push(Line(0, 0, open, other));
                continue;
            };
            let left = left.unwrap_or(units).min(units);
            written_off += keep(&mut units, &mut open, &mut others_part, left);
        }

        let period = |limit: usize| {
            if world.limits[limit].lifetime {
                0
            } else {
                year
            }
        };
        let counted = rule.limit.map_or(0, |it| {
            used.get(&("units", it, period(it))).copied().unwrap_or(0)
        });
        if let Some(most) = rule.limit.and_then(|it| world.limits[it].units) {
            let left = (i64::from(most) - counted).clamp(0, units);
            patient += keep(&mut units, &mut open, &mut others_part, left);
        }
        if units == 0 {
            answer.push(Line(0, patient, written_off, other));
            continue;
        }

        let charged = open + others_part;
        let fee = world.fees.get(line.service).map(|&(price, out)| {
            units
                * if line.out {
                    out.unwrap_or(price)
                } else {
                    price
                }
        });
        let share = world
            .unlisted
            .map(|it| round(charged, i64::from(it), 10_000, world.half_up));
        let Some(price) = fee.or(share) else {
            answer.push(Line(0, patient, written_off + open, other));
            continue;
        };
        let price = price.min(charged);
        let payable = (price - others_part).max(0);
        *(if line.out {
            &mut patient
        } else {
            &mut written_off
        }) += open - payable;
        let bound = usable.and_then(|it| it.1).filter(|_| rule.authorisation);
        let allowed = bound.map_or(price, |it| it.min(price));
        open = (allowed - others_part).max(0);
        written_off += payable - open;

        let mut unit = counted;
        let tiers = rule.tiers_in();
        let mut tier = tiers[tiers.len() - 1];
        for it in &tiers[..tiers.len() - 1] {
            if unit < i64::from(it.0) {
                tier = *it;
                break;
            }
            unit -= i64::from(it.0);
        }
        let left = |bounds: (Option<i64>, Option<i64>), used: i64| {
            let family = bounds.1.map(|more| bounds.0.unwrap_or(0) + more);
            bounds
                .0
                .into_iter()
                .chain(family)
                .min()
                .map(|most| (most - used).max(0))
        };
        let get =
            |used: &HashMap<_, _>, name| used.get(&(name, network, year)).copied().unwrap_or(0);
        let copay = tier.1.min(open);
        let applies =
            left(world.networks[network].deductible, get(&used, "deductible")).filter(|_| tier.2);
        let deductible = applies.unwrap_or(0).min(open - copay);
        let coinsurance = round(
            open - copay - deductible,
            i64::from(tier.3),
            10_000,
            world.half_up,
        );
        let mut shared = copay + deductible + coinsurance;
        let counts = rule.counts_in(world);
        if counts {
            let most = left(world.networks[network].out_of_pocket, get(&used, "pocket"));
            shared = most.unwrap_or(shared).min(shared);
            *used.entry(("pocket", network, year)).or_default() += shared;
        }
        *used.entry(("deductible", network, year)).or_default() +=
            deductible.min((shared - copay).max(0));
        let mut paid = open - shared;
        if let Some(limit) = rule.limit {
            if let Some(most) = world.limits[limit].amount {
                let spent = used.entry(("amount", limit, period(limit))).or_default();
                let within = paid.min((most - *spent).max(0));
                patient += paid - within;
                paid = within;
                *spent += paid;
            }
            *used.entry(("units", limit, period(limit))).or_default() += units;
        }
        if let Some((left, amount)) = usable {
            authorised.insert(
                line.service,
                (
                    left.map(|it| (it - units).max(0)),
                    amount.map(|it| (it - allowed).max(0)),
                ),
            );
        }
        answer.push(Line(paid, patient + shared, written_off, other));
    }
    answer
}

proptest! {
    #[test]
    fn the_second_model_agrees_on_every_line(world in worlds()) {
        let decided = adjudicate(&world.case()).expect("a case that fits together");
        let of = |line: &medcover_adjudication::LineAdjudication, group| line.adjusted(group).expect("small").minor();
        let lines: Vec<_> = decided.lines.iter().map(|it| {
            Line(it.paid.minor(), it.patient.minor(), of(it, Group::Contractual), of(it, Group::Other))
        }).collect();
        prop_assert_eq!(lines, model(&world));
    }
}
