//! How long a user is locked out after wrong passwords.

use std::time::Duration;

use medcover_kernel::Timestamp;

/// From `threshold` wrong passwords in a row each further one locks twice as long as the one before: from `first` up to
/// `longest`. Guessing becomes hopeless, and nobody is locked out for good by somebody else's guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LockPolicy {
    pub(crate) threshold: u32,
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl LockPolicy {
    /// The end of the lock that the `failures`-th wrong password in a row brings.
    pub(crate) fn until(&self, failures: u32, now: Timestamp) -> Option<Timestamp> {
        let beyond = failures.checked_sub(self.threshold)?;
        let factor = 1_u32.checked_shl(beyond).unwrap_or(u32::MAX);
        let delay = self.first.checked_mul(factor).unwrap_or(self.longest);
        Some(now.plus(delay.min(self.longest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: LockPolicy = LockPolicy {
        threshold: 5,
        first: Duration::from_secs(30),
        longest: Duration::from_mins(15),
    };

    fn delay(failures: u32) -> Option<u64> {
        let now = Timestamp::from_micros(0);
        let until = POLICY.until(failures, now)?;
        Some(until.since(now).as_secs())
    }

    #[test]
    fn the_lock_doubles_up_to_its_bound() {
        assert_eq!(delay(4), None);
        let delays: Vec<_> = (5..=11).filter_map(delay).collect();
        assert_eq!(delays, [30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(delay(u32::MAX), Some(900));
    }

    proptest! {
        #[test]
        fn more_failures_never_lock_shorter(failures in 0_u32..200) {
            prop_assert!(delay(failures) <= delay(failures + 1));
        }
    }
}
