//! Calls that count, and how many of them failed or were slow.

use std::collections::VecDeque;
use std::time::Duration;

use medcover_kernel::BasisPoints;

use super::CallWindow;

/// Buckets of a window over time.
const BUCKETS: u64 = 10;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) calls: u32,
    pub(super) failed: u32,
    pub(super) slow: u32,
}

impl Tally {
    fn add(&mut self, failed: bool, slow: bool) {
        self.calls += 1;
        self.failed += u32::from(failed);
        self.slow += u32::from(slow);
    }

    fn subtract(&mut self, other: Self) {
        self.calls -= other.calls;
        self.failed -= other.failed;
        self.slow -= other.slow;
    }

    pub(super) fn reaches(part: u32, of: u32, rate: Option<BasisPoints>) -> bool {
        rate.is_some_and(|rate| u64::from(part) * 10_000 >= u64::from(of) * u64::from(rate.get()))
    }
}

/// The sums are kept, so recording and asking cost the same however many calls there were.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    window: CallWindow,
    total: Tally,
    /// One entry a call, or one a tenth of the window, oldest first.
    parts: VecDeque<(u64, Tally)>,
}

impl Calls {
    pub(super) fn new(window: CallWindow) -> Self {
        Self {
            window,
            total: Tally::default(),
            parts: VecDeque::new(),
        }
    }

    pub(super) fn record(&mut self, now: Duration, failed: bool, slow: bool) {
        let mut call = Tally::default();
        call.add(failed, slow);
        self.expire(now);
        match self.window {
            CallWindow::Calls(most) => {
                if self.parts.len() >= most as usize {
                    self.forget_first();
                }
                self.parts.push_back((0, call));
            }
            CallWindow::Time(length) => {
                let bucket = bucket(now, length);
                match self.parts.back_mut() {
                    Some((last, tally)) if *last >= bucket => tally.add(failed, slow),
                    _ => self.parts.push_back((bucket, call)),
                }
            }
        }
        self.total.add(failed, slow);
    }

    pub(super) fn total(&mut self, now: Duration) -> Tally {
        self.expire(now);
        self.total
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.window);
    }

    fn expire(&mut self, now: Duration) {
        if let CallWindow::Time(length) = self.window {
            let current = bucket(now, length);
            while self
                .parts
                .front()
                .is_some_and(|part| part.0 + BUCKETS <= current)
            {
                self.forget_first();
            }
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, tally)) = self.parts.pop_front() {
            self.total.subtract(tally);
        }
    }
}

fn bucket(now: Duration, length: Duration) -> u64 {
    (now.as_nanos() * u128::from(BUCKETS) / length.as_nanos()) as u64
}
