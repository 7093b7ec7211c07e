//! A commission plan: what is earned of what was collected.

use medcover_contract_billing::events::CommissionPlanMade;
use medcover_contract_billing::{CommissionTerms, MAX_TIERS};
use medcover_kernel::{Error, Money, Result, Rounding, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::rules;

/// The longest hold-back: ten years.
const MAX_HOLD_BACK_DAYS: u16 = 3_650;
const WHOLE: i128 = 10_000;

events! {
    /// What can happen to a commission plan.
    pub(crate) PlanEvent { Made(CommissionPlanMade), }
}

/// A commission plan, which never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan(pub(crate) Option<CommissionPlanMade>);

impl Aggregate for Plan {
    const KIND: &'static str = "commission-plan";
    type Event = PlanEvent;

    fn evolve(&mut self, PlanEvent::Made(made): &PlanEvent, _: Timestamp) {
        self.0 = Some(made.clone());
    }
}

/// Refuses tiers that leave a gap or overlap, by their place: in a gap nothing would be earned without anybody saying so.
pub(crate) fn check(terms: &CommissionTerms) -> Result<()> {
    let tiers = &terms.tiers;
    if tiers.is_empty() || tiers.len() > MAX_TIERS {
        return Err(Error::invalid(
            "/terms/tiers",
            format!("must be 1 to {MAX_TIERS}"),
        ));
    }
    let mut from = Some(0);
    for (place, tier) in tiers.iter().enumerate() {
        if from != Some(tier.from_minor) {
            let must = match from {
                Some(from) => format!("must be {from}: tiers have no gaps and do not overlap"),
                None => "follows a tier without end".to_owned(),
            };
            return Err(Error::invalid(
                format!("/terms/tiers/{place}/from_minor"),
                must,
            ));
        }
        let ends = tier
            .to_minor
            .is_none_or(|to| to > tier.from_minor && to <= Money::MAX_MINOR);
        if !ends {
            return Err(Error::invalid(
                format!("/terms/tiers/{place}/to_minor"),
                "must be above `from_minor`",
            ));
        }
        from = tier.to_minor;
    }
    if from.is_some() {
        return Err(Error::invalid(
            "/terms/tiers",
            "must end with a tier that has no end",
        ));
    }
    if terms.hold_back_days > MAX_HOLD_BACK_DAYS {
        return Err(Error::invalid(
            "/terms/hold_back_days",
            format!("must be at most {MAX_HOLD_BACK_DAYS}"),
        ));
    }
    Ok(())
}

/// What `collected` earns: each tier its part at its rate, all of it rounded once.
pub(crate) fn earned(terms: &CommissionTerms, collected: Money) -> Result<Money> {
    let all = i128::from(collected.minor()).max(0);
    let exact: i128 = terms
        .tiers
        .iter()
        .map(|tier| {
            let to = tier.to_minor.map_or(all, i128::from).min(all);
            (to - i128::from(tier.from_minor)).max(0) * i128::from(tier.rate.get())
        })
        .sum();
    let (whole, rest) = (exact / WHOLE, exact % WHOLE);
    let up = match (rest * 2).cmp(&WHOLE) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => terms.rounding == Rounding::HalfUp || whole % 2 != 0,
    };
    let minor = i64::try_from(whole + i128::from(up)).map_err(Error::internal)?;
    Money::new(minor, collected.currency()).map_err(rules::money)
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_billing::Tier;
    use medcover_kernel::{BasisPoints, Currency};

    fn tier(from_minor: i64, to_minor: Option<i64>, rate: u32) -> Tier {
        Tier {
            from_minor,
            to_minor,
            rate: BasisPoints::new(rate).expect("a rate"),
        }
    }

    fn terms(tiers: Vec<Tier>) -> CommissionTerms {
        CommissionTerms {
            tiers,
            rounding: Rounding::HalfEven,
            hold_back_days: 0,
        }
    }

    #[test]
    fn gaps_and_overlaps_are_refused_by_their_place() {
        for (tiers, pointer) in [
            (vec![], "/terms/tiers"),
            (vec![tier(1, None, 100)], "/terms/tiers/0/from_minor"),
            (vec![tier(0, Some(10), 100)], "/terms/tiers"),
            (
                vec![tier(0, Some(10), 100), tier(11, None, 200)],
                "/terms/tiers/1/from_minor",
            ),
            (
                vec![tier(0, Some(10), 100), tier(9, None, 200)],
                "/terms/tiers/1/from_minor",
            ),
            (
                vec![tier(0, None, 100), tier(10, None, 200)],
                "/terms/tiers/1/from_minor",
            ),
            (
                vec![tier(0, Some(0), 100), tier(0, None, 200)],
                "/terms/tiers/0/to_minor",
            ),
        ] {
            let refused = check(&terms(tiers)).expect_err(pointer);
            assert_eq!(refused.faults()[0].pointer, pointer);
        }
        assert!(check(&terms(vec![tier(0, Some(10), 100), tier(10, None, 200)])).is_ok());
    }

    #[test]
    fn each_part_earns_its_own_rate_and_the_sum_is_rounded_once() {
        let plan = terms(vec![tier(0, Some(10_000), 500), tier(10_000, None, 1_000)]);
        let usd = |minor| Money::new(minor, Currency::USD).expect("money");
        for (collected, commission) in [
            (0, 0),
            (10, 0), // exactly half a cent, to the even
            (30, 2), // one and a half
            (10_000, 500),
            (10_001, 500), // 500.1
            (20_000, 1_500),
            (-5, 0),
        ] {
            let earned = earned(&plan, usd(collected)).expect("money");
            assert_eq!(earned, usd(commission), "{collected}");
        }
    }
}
