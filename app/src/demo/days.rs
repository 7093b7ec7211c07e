//! Days of moments.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use medcover_kernel::Timestamp;

/// The day of a moment, in UTC.
pub(super) fn day_of(at: Timestamp) -> Date {
    let moment = jiff::Timestamp::from_microsecond(at.as_micros());
    moment
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .date()
}
