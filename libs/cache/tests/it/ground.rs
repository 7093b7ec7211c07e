//! What the tests stand on: a cache, its time, and keys of two types.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_cache::{Cache, CacheKey, InProcess, Json, KeyText, Loaded, Policy, Space};
use medcover_kernel::{Error, ManualClock, Result, SeededRng, Timestamp};

pub(crate) struct Ground {
    pub(crate) cache: Cache,
    pub(crate) clock: Arc<ManualClock>,
    /// How often the source was asked.
    pub(crate) asked: AtomicU64,
}

pub(crate) struct Patient(pub(crate) u64);

impl CacheKey for Patient {
    type Value = Json<String>;
    const SPACE: &'static str = "patients";
    const POLICY: Policy = Policy {
        jitter_percent: 0,
        early_percent: 0,
        ..Policy::of(Duration::from_mins(1))
            .stale_if_error(Duration::from_mins(5))
            .absent_for(Duration::from_secs(5))
    };

    fn write(&self, to: &mut KeyText<'_>) {
        to.number(self.0);
    }
}

/// Another type with the same text.
pub(crate) struct Visit(pub(crate) u64);

impl CacheKey for Visit {
    type Value = Json<u64>;
    const SPACE: &'static str = "visits";
    const POLICY: Policy = Policy::of(Duration::from_mins(1));

    fn write(&self, to: &mut KeyText<'_>) {
        to.number(self.0);
    }
}

impl Ground {
    pub(crate) fn new() -> Arc<Self> {
        Self::with_bytes(1 << 20)
    }

    pub(crate) fn with_bytes(bytes: u64) -> Arc<Self> {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
        let engine = InProcess::new(bytes, Arc::clone(&clock) as _);
        let rng = Arc::new(SeededRng::new(1));
        Arc::new(Self {
            cache: Cache::new(Arc::new(engine), Arc::clone(&clock) as _, rng),
            clock,
            asked: AtomicU64::new(0),
        })
    }

    pub(crate) fn patients(&self) -> Space<Patient> {
        self.cache.space()
    }

    /// The source, which knows `text`.
    pub(crate) fn source(&self, text: &str) -> Ready<Result<Loaded<Json<String>>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        ready(Ok(Loaded::value(Json(text.to_owned()))))
    }

    /// The source, which does not answer.
    pub(crate) fn away(&self) -> Ready<Result<Loaded<Json<String>>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        ready(Err(Error::unavailable("The source is away.")))
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}
