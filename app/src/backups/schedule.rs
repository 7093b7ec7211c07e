//! When a back-up is made, and when somebody is told that there is none: decisions over moments.

use std::time::Duration;

use medcover_kernel::Timestamp;

/// How soon what failed is tried again.
const AGAIN: Duration = Duration::from_mins(10);

/// Whether it is time again for what is done every so often. `done`: when it was last done, `tried`: when it last failed.
pub(super) fn is_due(
    done: Option<Timestamp>,
    tried: Option<Timestamp>,
    every: Duration,
    now: Timestamp,
) -> bool {
    let long_ago = |at: Option<Timestamp>, time| at.is_none_or(|at| now.since(at) >= time);
    long_ago(done, every) && long_ago(tried, AGAIN.min(every))
}

/// Whether the newest back-up is older than it may be; where there is none, whether the process has run for longer than that.
pub(super) fn is_late(
    newest: Option<Timestamp>,
    started: Timestamp,
    limit: Duration,
    now: Timestamp,
) -> bool {
    now.since(newest.unwrap_or(started)) > limit
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_mins(minutes))
    }

    #[test]
    fn it_is_due_at_first_and_then_every_so_often() {
        let due = |done, now| is_due(done, None, HOUR, at(now));
        assert!(due(None, 0));
        assert!(!due(Some(at(10)), 69));
        assert!(due(Some(at(10)), 70));
    }

    #[test]
    fn what_failed_is_tried_again_soon_but_not_at_once() {
        let due = |tried, now| is_due(Some(at(0)), Some(at(tried)), HOUR, at(now));
        assert!(!due(60, 69));
        assert!(due(60, 70));
        let often = Duration::from_mins(1);
        assert!(is_due(None, Some(at(1)), often, at(2)));
    }

    #[test]
    fn somebody_is_told_when_the_newest_is_too_old_or_none_came() {
        let late = |newest, now| is_late(newest, at(100), HOUR, at(now));
        assert!(!late(Some(at(100)), 160));
        assert!(late(Some(at(100)), 161));
        assert!(!late(None, 160));
        assert!(late(None, 161));
    }
}
