//! What one instance did lately, and whether that puts it aside.

use std::time::Duration;

use medcover_kernel::Rng;

use super::OutlierConfig;

/// The record of one instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Conduct {
    consecutive: u32,
    interval: u64,
    calls: u32,
    failed: u32,
    back_at: Option<Duration>,
    times: u32,
}

impl Conduct {
    /// Notes a call; whether the instance should be put aside for it.
    pub(super) fn note(&mut self, config: &OutlierConfig, failed: bool, now: Duration) -> bool {
        let interval = (now.as_nanos() / config.interval.as_nanos()) as u64;
        if interval != self.interval {
            (self.interval, self.calls, self.failed) = (interval, 0, 0);
        }
        self.calls = self.calls.saturating_add(1);
        if failed {
            self.failed = self.failed.saturating_add(1);
            self.consecutive = self.consecutive.saturating_add(1);
        } else {
            self.consecutive = 0;
        }
        failed && self.is_outlier(config)
    }

    /// Puts it aside, for longer each time; a tenth by chance, so that not all return together.
    pub(super) fn eject(&mut self, config: &OutlierConfig, now: Duration, rng: &dyn Rng) {
        let starts_over = |back: Duration| now.saturating_sub(back) >= config.longest_ejection;
        if self.back_at.is_none_or(starts_over) {
            self.times = 0;
        }
        self.times = self.times.saturating_add(1);
        let aside = config.base_ejection.saturating_mul(self.times);
        let aside = aside.min(config.longest_ejection);
        let spread = Duration::from_nanos(rng.below((aside.as_nanos() / 10) as u64 + 1));
        *self = Self {
            back_at: Some(now.saturating_add(aside).saturating_add(spread)),
            times: self.times,
            ..Self::default()
        };
    }

    pub(super) fn is_ejected(&self, now: Duration) -> bool {
        self.back_at.is_some_and(|back| back > now)
    }

    fn is_outlier(&self, config: &OutlierConfig) -> bool {
        let row = config.consecutive_failures;
        let share =
            |rate: u32| u64::from(self.failed) * 10_000 >= u64::from(self.calls) * u64::from(rate);
        (row > 0 && self.consecutive >= row)
            || (self.calls >= config.minimum_calls
                && config.failure_rate.is_some_and(|rate| share(rate.get())))
    }
}
