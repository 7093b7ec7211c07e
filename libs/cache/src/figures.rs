//! What is counted.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use serde::Serialize;

/// In how many parts a counter is kept.
const STRIPES: usize = 8;

/// A counter whose parts lie apart, so that threads which count at once seldom meet.
#[derive(Debug, Default)]
pub(crate) struct Count([Stripe; STRIPES]);

/// By itself on a line of the processor's cache.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Stripe(AtomicU64);

thread_local! {
    static STRIPE: usize = {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Relaxed) % STRIPES
    };
}

impl Count {
    pub(crate) fn one(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, more: u64) {
        let stripe = STRIPE.with(|stripe| *stripe);
        self.0[stripe].0.fetch_add(more, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.iter().map(|stripe| stripe.0.load(Relaxed)).sum()
    }
}

/// The counters of one name space.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) hits: Count,
    pub(crate) absent: Count,
    pub(crate) misses: Count,
    pub(crate) stale: Count,
    pub(crate) loads: Count,
    pub(crate) failed: Count,
    pub(crate) joined: Count,
    pub(crate) early: Count,
    pub(crate) down: Count,
}

/// What a name space did since the start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpaceFigures {
    /// Its name.
    pub space: &'static str,
    /// Asked and found.
    pub hits: u64,
    /// Asked, and known that there is nothing.
    pub absent: u64,
    /// Asked and not found.
    pub misses: u64,
    /// Shown after their time, since loading failed.
    pub stale: u64,
    /// Loads that were begun.
    pub loads: u64,
    /// Loads that failed.
    pub failed_loads: u64,
    /// Misses that were answered by somebody else's load.
    pub joined: u64,
    /// Loads that began before the value expired.
    pub early: u64,
    /// Asked while the engine did not answer.
    pub engine_failures: u64,
    /// The part of what was asked that was found, known absence included; 0 before anything was asked.
    pub hit_rate: f64,
}

impl Counters {
    pub(crate) fn figures(&self, space: &'static str) -> SpaceFigures {
        let (hits, absent, misses) = (self.hits.get(), self.absent.get(), self.misses.get());
        let asked = hits + absent + misses;
        SpaceFigures {
            space,
            hits,
            absent,
            misses,
            stale: self.stale.get(),
            loads: self.loads.get(),
            failed_loads: self.failed.get(),
            joined: self.joined.get(),
            early: self.early.get(),
            engine_failures: self.down.get(),
            hit_rate: if asked == 0 {
                0.0
            } else {
                (hits + absent) as f64 / asked as f64
            },
        }
    }
}

/// What invalidated.
#[derive(Debug, Default)]
pub(crate) struct Invalidations {
    pub(crate) tags: Count,
    pub(crate) keys: Count,
    pub(crate) patterns: Count,
    /// Entries that flushes found.
    pub(crate) flushed: Count,
}

/// How often was invalidated since the start, by what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InvalidationFigures {
    /// Tags.
    pub tags: u64,
    /// Keys, that were deleted or set: with what depends on them.
    pub keys: u64,
    /// Patterns.
    pub patterns: u64,
    /// Entries that fitted those patterns.
    pub flushed: u64,
}

impl Invalidations {
    pub(crate) fn figures(&self) -> InvalidationFigures {
        InvalidationFigures {
            tags: self.tags.get(),
            keys: self.keys.get(),
            patterns: self.patterns.get(),
            flushed: self.flushed.get(),
        }
    }
}
