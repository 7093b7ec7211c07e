//! How long one attempt may take, out of what is left for all of them.

use std::time::Duration;

use medcover_kernel::Deadline;

/// How the time of a call is dealt out to its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptTime {
    /// The most that one attempt may take.
    pub per_try: Duration,
    /// What an attempt needs to be worth starting: below it an answer is not to be expected.
    pub least: Duration,
    /// What is kept back for the way of the answer home.
    pub margin: Duration,
}

impl Default for AttemptTime {
    /// 5 s a try, none below 5 ms, 2 ms kept back.
    fn default() -> Self {
        Self {
            per_try: Duration::from_secs(5),
            least: Duration::from_millis(5),
            margin: Duration::from_millis(2),
        }
    }
}

/// An attempt would not be worth its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotWorthStarting {
    /// What is left of the deadline.
    pub left: Duration,
    /// What would be needed.
    pub needed: Duration,
}

impl AttemptTime {
    /// The time-out of the next attempt; what is asked is told of it, as its own deadline.
    ///
    /// Attempts that are still possible (`attempts`, this one included) share what is left evenly, so that a first one
    /// that hangs leaves time for a second; never less than `least` each, never more than `per_try`.
    pub fn of_attempt(
        &self,
        deadline: Deadline,
        now: Duration,
        attempts: u32,
    ) -> Result<Duration, NotWorthStarting> {
        let left = deadline.left(now);
        let usable = left.saturating_sub(self.margin);
        if usable.is_zero() || usable < self.least {
            let needed = self.least.saturating_add(self.margin);
            return Err(NotWorthStarting { left, needed });
        }
        let share = usable / attempts.max(1);
        Ok(share.max(self.least).min(self.per_try).min(usable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: AttemptTime = AttemptTime {
        per_try: Duration::from_millis(500),
        least: Duration::from_millis(40),
        margin: Duration::from_millis(10),
    };

    fn of_attempt(left_ms: u64, attempts: u32) -> Result<u128, NotWorthStarting> {
        let now = Duration::from_secs(9);
        let deadline = Deadline::after(now, Duration::from_millis(left_ms));
        let time = TIME.of_attempt(deadline, now, attempts);
        time.map(|time| time.as_millis())
    }

    #[test]
    fn attempts_share_what_is_left() {
        assert_eq!(of_attempt(910, 3), Ok(300));
        assert_eq!(of_attempt(610, 2), Ok(300));
        assert_eq!(of_attempt(310, 1), Ok(300));
    }

    #[test]
    fn no_attempt_takes_more_than_one_may_nor_gets_less_than_it_needs() {
        assert_eq!(of_attempt(9_000, 3), Ok(500));
        assert_eq!(of_attempt(100, 3), Ok(40));
        assert_eq!(of_attempt(310, 0), Ok(300));
    }

    #[test]
    fn too_little_is_not_worth_starting() {
        let refused = |left| NotWorthStarting {
            left: Duration::from_millis(left),
            needed: Duration::from_millis(50),
        };
        assert_eq!(of_attempt(50, 1), Ok(40));
        assert_eq!(of_attempt(49, 1), Err(refused(49)));
        assert_eq!(of_attempt(0, 1), Err(refused(0)));
        let none = AttemptTime {
            least: Duration::ZERO,
            ..TIME
        };
        let now = Duration::ZERO;
        assert!(
            none.of_attempt(Deadline::after(now, none.margin), now, 1)
                .is_err()
        );
    }
}
