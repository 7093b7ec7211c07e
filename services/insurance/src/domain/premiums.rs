//! Which premiums a policy has, and when they are due.

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_contract_insurance::{PremiumPeriod, PremiumSchedule};

/// The premium of one period: due on the first day that it pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instalment {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) covers_from: Date,
    pub(crate) covers_to: Date,
}

/// The premiums of a policy that covers from `from` to `to`, both included, in their order. Periods are counted from `from`,
/// so that one that begins on the 31st begins on the last day of shorter months; the last ends with the policy, and costs
/// as much as the others.
pub(crate) fn instalments(
    schedule: &PremiumSchedule,
    from: Date,
    to: Date,
) -> impl Iterator<Item = Instalment> {
    let months = match schedule.every {
        PremiumPeriod::Month => 1,
        PremiumPeriod::Quarter => 3,
        PremiumPeriod::Year => 12,
    };
    let begin = move |number: u32| from.saturating_add((i64::from(number - 1) * months).months());
    let all = (1_u32..).map(move |number| {
        let next = begin(number + 1);
        Instalment {
            number,
            covers_from: begin(number),
            covers_to: next.yesterday().map_or(to, |last| last.min(to)),
        }
    });
    all.take_while(move |instalment| instalment.covers_from <= to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use medcover_kernel::{Currency, Money};
    use proptest::prelude::*;

    fn every(every: PremiumPeriod) -> PremiumSchedule {
        PremiumSchedule {
            amount: Money::new(100, Currency::USD).expect("small"),
            every,
            grace_days: 0,
        }
    }

    #[test]
    fn a_year_has_twelve_months_also_from_a_31st() {
        let year = (date(2026, 1, 31), date(2027, 1, 30));
        let months: Vec<_> = instalments(&every(PremiumPeriod::Month), year.0, year.1).collect();
        assert_eq!(months.len(), 12);
        assert_eq!(months[1].covers_from, date(2026, 2, 28));
        assert_eq!(months[2].covers_from, date(2026, 3, 31));
        assert_eq!(months[11].covers_to, date(2027, 1, 30));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Every day is paid for, and none twice.
        #[test]
        fn instalments_cover_the_policy_without_gap_or_overlap(
            start in 0_i32..3_000, days in 0_i32..1_500, period in 0..3,
        ) {
            let period = [PremiumPeriod::Month, PremiumPeriod::Quarter, PremiumPeriod::Year][period as usize];
            let from = date(2020, 1, 1).saturating_add(start.days());
            let to = from.saturating_add(days.days());
            let mut next = from;
            for instalment in instalments(&every(period), from, to) {
                prop_assert_eq!(instalment.covers_from, next);
                prop_assert!(instalment.covers_from <= instalment.covers_to);
                next = instalment.covers_to.tomorrow().expect("within range");
            }
            prop_assert_eq!(next, to.tomorrow().expect("within range"));
        }
    }
}
