//! The clock by which the demo is made: it begins weeks ago and is moved on to the present, so that what the services keep has
//! the times it would have had.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use medcover_kernel::{Clock, SystemClock, Timestamp};

/// What passes between two requests, so that later ones are later.
const BETWEEN: Duration = Duration::from_millis(20);

/// A wall clock that moves when told. Time that is measured, and deadlines with it, is the real one.
#[derive(Debug)]
pub(super) struct Hindsight {
    wall: AtomicI64,
    real: SystemClock,
}

impl Hindsight {
    pub(super) const fn from(begin: Timestamp, real: SystemClock) -> Self {
        Self {
            wall: AtomicI64::new(begin.as_micros()),
            real,
        }
    }

    /// Moves on to `at`; it never goes back.
    pub(super) fn move_to(&self, at: Timestamp) {
        self.wall.fetch_max(at.as_micros(), Ordering::Relaxed);
    }

    pub(super) fn tick(&self) {
        self.move_to(self.now().plus(BETWEEN));
    }
}

impl Clock for Hindsight {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.wall.load(Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        self.real.elapsed()
    }
}
