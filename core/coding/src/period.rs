//! The days on which a release is in force.

use jiff::ToSpan as _;
use jiff::civil::Date;

/// The days of one release: from `from` up to, but without, `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day in force.
    pub from: Date,
    /// First day no longer in force.
    pub until: Date,
}

impl Period {
    /// The periods of releases that begin on the days `from`, in any order; one for each, in its place.
    ///
    /// A release ends where the next one begins, after a year at the latest: by then another one is in force, whether it
    /// is loaded or not.
    pub fn of_releases(from: &[Date]) -> Vec<Self> {
        let end = |begin: Date| {
            let year = begin.saturating_add(1.year());
            let next = from.iter().copied().filter(|&it| it > begin).min();
            next.map_or(year, |next| next.min(year))
        };
        from.iter()
            .map(|&from| Self {
                from,
                until: end(from),
            })
            .collect()
    }

    /// Whether `day` is one of its days.
    pub fn covers(&self, day: Date) -> bool {
        (self.from..self.until).contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_release_ends_with_the_next_or_after_a_year() {
        let [april, october] = [date(2026, 4, 1), date(2026, 10, 1)];
        let periods = Period::of_releases(&[october, april]);
        assert_eq!((periods[1].from, periods[1].until), (april, october));
        assert_eq!(periods[0].until, date(2027, 10, 1));
        assert!(periods[1].covers(date(2026, 9, 30)));
        assert!(!periods[1].covers(october));
        assert!(!periods[1].covers(date(2026, 3, 31)));
    }

    proptest! {
        #[test]
        fn a_day_lies_in_one_period_at_most(days in prop::collection::hash_set(0_i64..4000, 1..8), day in 0_i64..5000) {
            let at = |days: i64| date(2015, 1, 1).saturating_add(days.days());
            let from: Vec<_> = days.into_iter().map(at).collect();
            let covering = Period::of_releases(&from).into_iter().filter(|it| it.covers(at(day)));
            prop_assert!(covering.count() <= 1);
        }
    }
}
