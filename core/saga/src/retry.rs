//! How often, and after which pauses, something is tried again.

use std::time::Duration;

use medcover_kernel::Rng;

/// Attempts and pauses. A pause is drawn evenly from zero to `first × 2ⁿ`, at most `cap` ("full jitter"): callers that
/// failed together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, the first one included; at least 1.
    pub attempts: u32,
    /// Upper bound of the first pause.
    pub first: Duration,
    /// Upper bound of every pause.
    pub cap: Duration,
}

impl Retry {
    /// Eight attempts over about a minute: outlasts a restart of what is asked, and soon tells a person about the rest.
    pub const DEFAULT: Self = Self {
        attempts: 8,
        first: Duration::from_millis(250),
        cap: Duration::from_secs(30),
    };

    /// One attempt only.
    pub const NEVER: Self = Self {
        attempts: 1,
        first: Duration::ZERO,
        cap: Duration::ZERO,
    };

    /// The default pauses, with `attempts` in all.
    pub const fn times(attempts: u32) -> Self {
        Self {
            attempts,
            ..Self::DEFAULT
        }
    }

    /// The pause after attempt `failed` (1 is the first), or `None` when attempts are used up.
    pub fn pause_after(&self, failed: u32, rng: &dyn Rng) -> Option<Duration> {
        (failed < self.attempts).then(|| self.jittered(failed, rng))
    }

    /// A pause as after attempt `failed`, without asking whether attempts are left.
    pub fn jittered(&self, failed: u32, rng: &dyn Rng) -> Duration {
        let doublings = failed.saturating_sub(1).min(63);
        let bound = u64::try_from(self.first.as_micros())
            .unwrap_or(u64::MAX)
            .saturating_mul(1_u64 << doublings)
            .min(u64::try_from(self.cap.as_micros()).unwrap_or(u64::MAX));
        Duration::from_micros(rng.below(bound.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_kernel::SeededRng;

    #[test]
    fn pauses_spread_evenly_below_a_bound_that_doubles_up_to_the_cap() {
        let retry = Retry {
            attempts: 100,
            first: Duration::from_millis(100),
            cap: Duration::from_millis(400),
        };
        let rng = SeededRng::new(11);
        for (failed, bound) in [(1, 100), (2, 200), (3, 400), (4, 400), (99, 400)] {
            let pauses: Vec<_> = (0..2_000)
                .map(|_| retry.pause_after(failed, &rng).expect("attempts are left"))
                .collect();
            let bound = Duration::from_millis(bound);
            assert!(pauses.iter().all(|pause| *pause <= bound));
            let mean = pauses.iter().sum::<Duration>() / 2_000;
            assert!(
                mean > bound * 45 / 100 && mean < bound * 55 / 100,
                "attempt {failed}: mean {mean:?} of {bound:?}"
            );
        }
    }

    #[test]
    fn attempts_are_used_up() {
        let rng = SeededRng::new(1);
        assert!(Retry::times(3).pause_after(2, &rng).is_some());
        assert_eq!(Retry::times(3).pause_after(3, &rng), None);
        assert_eq!(Retry::NEVER.pause_after(1, &rng), None);
        let longest = Retry {
            attempts: u32::MAX,
            first: Duration::MAX,
            cap: Duration::MAX,
        };
        assert!(longest.pause_after(u32::MAX - 1, &rng).is_some());
    }
}
