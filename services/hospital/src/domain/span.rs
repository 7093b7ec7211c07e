//! Spans of time: half-open, so that what ends when another begins does not meet it.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::Offset;
use medcover_kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// From `start` on until before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

impl Span {
    pub(crate) const fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.start.as_micros() >= self.end.as_micros()
    }

    pub(crate) const fn contains(self, at: Timestamp) -> bool {
        self.start.as_micros() <= at.as_micros() && at.as_micros() < self.end.as_micros()
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The span with so many minutes more at either side.
    pub(crate) fn with_buffers(self, before_minutes: u32, after_minutes: u32) -> Self {
        let before = minutes(before_minutes).as_micros() as i64;
        Self {
            start: Timestamp::from_micros(self.start.as_micros() - before),
            end: self.end.plus(minutes(after_minutes)),
        }
    }

    /// The days by UTC that it touches.
    pub(crate) fn days(self) -> Vec<Date> {
        if self.is_empty() {
            return Vec::new();
        }
        let last = day_of(Timestamp::from_micros(self.end.as_micros() - 1));
        let mut day = day_of(self.start);
        let mut days = vec![day];
        while day < last {
            day = day.tomorrow().unwrap_or(last);
            days.push(day);
        }
        days
    }
}

pub(crate) const fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(minutes as u64 * 60)
}

/// The day by UTC on which `at` is.
pub(crate) fn day_of(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(instant(at)).date()
}

/// `at` as jiff has it; a moment beyond the years it knows is its nearest.
pub(crate) fn instant(at: Timestamp) -> jiff::Timestamp {
    let nearest = if at.as_micros() < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    };
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(nearest)
}

pub(crate) fn moment(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        moment(text.parse().expect("a moment"))
    }

    #[test]
    fn midnight_belongs_to_the_next_day_alone() {
        let span = |start: &str, end: &str| Span::new(at(start), at(end)).days();
        let (fourth, fifth) = (date(2026, 5, 4), date(2026, 5, 5));
        assert_eq!(
            span("2026-05-04T23:00:00Z", "2026-05-05T00:00:00Z"),
            [fourth]
        );
        assert_eq!(
            span("2026-05-04T23:59:59.999999Z", "2026-05-05T00:00:00.000001Z"),
            [fourth, fifth]
        );
        assert_eq!(span("2026-05-05T00:00:00Z", "2026-05-05T00:00:00Z"), []);
        assert_eq!(
            span("2026-05-04T01:00:00Z", "2026-05-06T01:00:00Z").len(),
            3
        );
    }

    #[test]
    fn what_touches_does_not_overlap() {
        let span =
            |start, end| Span::new(Timestamp::from_micros(start), Timestamp::from_micros(end));
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert!(span(0, 11).overlaps(span(10, 20)));
        assert!(span(12, 13).overlaps(span(10, 20)));
    }
}
