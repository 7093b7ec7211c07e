//! Months in UTC, which partitions are named after, and which of them there should be.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::civil::{Time, date};
use jiff::tz::Offset;
use medcover_kernel::Timestamp;

/// Months beyond the present one that have their partition already.
const AHEAD: usize = 6;
/// What the name of each partition begins with.
const PREFIX: &str = "search_logs_";

/// A month in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// That in which `at` is; beyond the years of the calendar the last or first there is.
    pub(super) fn of(at: Timestamp) -> Self {
        let nearest = if at.as_micros() < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(nearest);
        let day = Offset::UTC.to_datetime(at).date();
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// The month that a partition is named after: `search_logs_2026_11`.
    pub(super) fn of_partition(name: &str) -> Option<Self> {
        let (year, month) = name.strip_prefix(PREFIX)?.split_once('_')?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// The name of its partition.
    pub(super) fn partition(self) -> String {
        format!("{PREFIX}{self}")
    }

    pub(super) const fn next(self) -> Self {
        let Self { year, month } = self;
        match month {
            12 => Self {
                year: year + 1,
                month: 1,
            },
            _ => Self {
                year,
                month: month + 1,
            },
        }
    }

    /// Its first moment, as SQL writes it.
    pub(super) fn first(self) -> String {
        format!("{:04}-{:02}-01 00:00:00+00", self.year, self.month)
    }

    /// Its first moment.
    pub(super) fn begins(self) -> Timestamp {
        let first = date(self.year, self.month, 1).to_datetime(Time::midnight());
        let first = Offset::UTC.to_timestamp(first);
        Timestamp::from_micros(first.map_or(i64::MAX, jiff::Timestamp::as_microsecond))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}_{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The months that lack a partition: of this one and the next [`AHEAD`], and of those that rows without one are in.
pub(super) fn missing(
    existing: &BTreeSet<Month>,
    stray: impl IntoIterator<Item = Month>,
    now: Timestamp,
) -> BTreeSet<Month> {
    let mut month = Month::of(now);
    let mut wanted: BTreeSet<_> = stray.into_iter().collect();
    for _ in 0..=AHEAD {
        wanted.insert(month);
        month = month.next();
    }
    &wanted - existing
}

/// The months whose last row is past its time, the oldest first.
pub(super) fn past(existing: &BTreeSet<Month>, kept_for: Duration, now: Timestamp) -> Vec<Month> {
    let ended = |month: &&Month| month.next().begins().plus(kept_for) <= now;
    existing.iter().filter(ended).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp::from_micros(moment.as_microsecond())
    }

    fn months(names: &[&str]) -> BTreeSet<Month> {
        let read = |name: &&str| Month::of_partition(&format!("search_logs_{name}"));
        names.iter().map(|it| read(it).expect("a month")).collect()
    }

    #[test]
    fn a_month_is_read_from_the_name_that_it_gives() {
        let month = Month::of(at("2026-11-30T23:59:59.999999Z"));
        assert_eq!(month.partition(), "search_logs_2026_11");
        assert_eq!(Month::of_partition("search_logs_2026_11"), Some(month));
        assert_eq!(month.first(), "2026-11-01 00:00:00+00");
        assert_eq!(month.begins(), at("2026-11-01T00:00:00Z"));
        for other in [
            "search_logs_default",
            "search_logs_2026_13",
            "search_logs",
            "icd10_2026_11",
        ] {
            assert_eq!(Month::of_partition(other), None, "{other}");
        }
    }

    #[test]
    fn this_month_and_six_more_are_wanted_over_the_end_of_a_year() {
        let existing = months(&["2026_10", "2026_11", "2026_12"]);
        let made = missing(&existing, [], at("2026-11-30T23:59:59Z"));
        assert_eq!(
            made,
            months(&["2027_01", "2027_02", "2027_03", "2027_04", "2027_05"])
        );
        let made = missing(&existing, [], at("2026-12-01T00:00:00Z"));
        assert_eq!(made.last(), months(&["2027_06"]).last());
        let stray = months(&["2025_02", "2026_10"]);
        let made = missing(&existing, stray, at("2026-11-30T23:59:59Z"));
        assert_eq!(made.first(), months(&["2025_02"]).first());
        assert_eq!(made.len(), 6);
    }

    #[test]
    fn a_month_is_past_when_its_last_row_is() {
        let existing = months(&["2026_08", "2026_07", "2026_09"]);
        // The last row of August is 90 days old on November 30.
        let past_at = |now| past(&existing, 90 * DAY, at(now));
        assert_eq!(
            past_at("2026-11-29T23:59:59Z"),
            months(&["2026_07"]).into_iter().collect::<Vec<_>>()
        );
        let both: Vec<_> = months(&["2026_07", "2026_08"]).into_iter().collect();
        assert_eq!(past_at("2026-11-30T00:00:00Z"), both);
    }
}
