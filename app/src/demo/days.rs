//! Days and hours of moments.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use medcover_kernel::Timestamp;

pub(super) const DAY: Duration = Duration::from_hours(24);
pub(super) const HOUR: Duration = Duration::from_hours(1);

/// The day of a moment, in UTC.
pub(super) fn day_of(at: Timestamp) -> Date {
    let moment = jiff::Timestamp::from_microsecond(at.as_micros());
    moment
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .date()
}

/// When the day or hour of a moment began, in UTC; `length` says which.
pub(super) fn begin_of(at: Timestamp, length: Duration) -> Timestamp {
    let length = length.as_micros() as i64;
    Timestamp::from_micros(at.as_micros() - at.as_micros().rem_euclid(length))
}

/// The moment `before` that of `at`.
pub(super) fn earlier(at: Timestamp, before: Duration) -> Timestamp {
    let micros = i64::try_from(before.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().saturating_sub(micros))
}
