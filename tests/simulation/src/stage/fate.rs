//! What a seed decides: every chance and every wait of a run comes from here.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use medcover_kernel::{Clock, Rng, SeededRng, Timestamp};
use tokio::time::{Instant, sleep};

/// The chances of a run.
pub struct Fate {
    rng: SeededRng,
    calm: AtomicBool,
}

impl Fate {
    /// The chances that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: SeededRng::new(seed),
            calm: AtomicBool::new(false),
        }
    }

    /// No more faults from now on; what was begun comes to its end.
    pub fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// Whether faults are over.
    pub fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// A number below `bound`.
    pub fn below(&self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    /// True in so many of a thousand cases.
    pub fn happens(&self, per_mille: u64) -> bool {
        self.rng.below(1_000) < per_mille
    }

    /// The same for a fault, which does not happen any more once all is calm.
    pub fn strikes(&self, per_mille: u64) -> bool {
        !self.is_calm() && self.happens(per_mille)
    }

    /// A time of up to `millis`, in whole milliseconds.
    pub fn time(&self, millis: u64) -> Duration {
        Duration::from_millis(self.rng.below(millis + 1))
    }

    /// Lets others go first, for a moment or longer: this is what makes tasks meet in another order with every seed.
    pub async fn hesitate(&self) {
        match self.rng.below(8) {
            0..=3 => {}
            turns @ 4..=6 => {
                for _ in 3..turns {
                    tokio::task::yield_now().await;
                }
            }
            _ => sleep(self.time(5)).await,
        }
    }
}

/// Time as tokio's paused timer has it, and jumps of the wall clock on top.
pub struct SimClock {
    start: Instant,
    jumped_us: AtomicI64,
}

impl SimClock {
    /// 2026-01-01.
    pub const EPOCH: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    /// It stands at its epoch now.
    #[expect(
        clippy::disallowed_methods,
        clippy::new_without_default,
        reason = "under paused time tokio's clock is as repeatable as ours, and it begins when it is made"
    )]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            jumped_us: AtomicI64::new(0),
        }
    }

    /// The wall clock steps by so many microseconds, forward or back.
    pub fn jump(&self, micros: i64) {
        self.jumped_us.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let now = Self::EPOCH.plus(self.elapsed()).as_micros();
        Timestamp::from_micros(now + self.jumped_us.load(Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}
