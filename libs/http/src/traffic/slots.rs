//! How many requests are worked on at once.
//!
//! Nobody waits for a slot. A thousand requests at once are many more than two or sixteen cores work on: they are the queue
//! already, and a second one before it would only add waiting to requests whose callers give up meanwhile. Whoever finds
//! no slot hears so at once, and when to come again.
//!
//! With `slots.adaptive` the number follows latency, far below the maximum. Then an admitted request first lets the others
//! that have arrived be read and counted: otherwise handlers that never wait would run one after the other, two at once at
//! most, while the real queue grew unseen in the sockets.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use medcover_kernel::{BasisPoints, Clock, FieldFault, Result, Rng};
use medcover_resilience::{
    AdaptiveConfig, AdaptiveLimit, Bulkhead, BulkheadConfig, BulkheadStats, Entry, PlaceId,
    Priority, Sample, Shares,
};

use super::figures::SlotFigures;
use super::refusal::{no_slot, shed};
use super::settings::SlotsConfig;

/// No request may take as long, whatever is configured: a slot that is taken for longer was lost.
const LEASE: Duration = Duration::from_mins(15);
/// Where an adaptive limit begins.
const START: u32 = 64;
/// The least slots of an adaptive limit for each core: background work, which may take half of them, still has one. With more,
/// what is measured as latency without a queue would have one.
const OF_A_CORE: u32 = 2;

/// The slots of a process.
pub(crate) struct Slots {
    places: Mutex<Places>,
    most: u32,
    adaptive: bool,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

struct Places {
    bulkhead: Bulkhead,
    adaptive: Option<AdaptiveLimit>,
}

/// A slot that is taken. It is given back when dropped: when the request was answered, when it was cut off, when its
/// handler panicked, and when its client went away.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    place: PlaceId,
    started: Duration,
    /// What the limit learns from the request.
    lesson: Option<Lesson>,
}

/// How a request ended whose latency tells something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lesson {
    Answered,
    Failed,
}

impl Slots {
    pub(super) fn new(
        config: &SlotsConfig,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Result<Self, Vec<FieldFault>> {
        let most = config.max_concurrent_requests;
        let adaptive = config.adaptive.then(|| adaptive(config)).transpose()?;
        let bulkhead = Bulkhead::new(BulkheadConfig {
            slots: adaptive.as_ref().map_or(most, AdaptiveLimit::limit),
            queue: 0,
            shares: Shares {
                normal: share(config.normal_percent),
                background: share(config.background_percent),
            },
            lease: LEASE,
            ..BulkheadConfig::default()
        })?;
        Ok(Self {
            adaptive: adaptive.is_some(),
            places: Mutex::new(Places { bulkhead, adaptive }),
            most,
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
        })
    }

    pub(super) const fn is_adaptive(&self) -> bool {
        self.adaptive
    }

    /// A slot for a request that matters this much, or why there is none.
    pub(super) fn take(this: &Arc<Self>, priority: Priority, now: Duration) -> Result<Slot> {
        let mut places = this.lock();
        match places.bulkhead.acquire(priority, now) {
            Entry::Running(place) => Ok(Slot {
                slots: Arc::clone(this),
                place,
                started: now,
                lesson: None,
            }),
            Entry::Full | Entry::Waiting { .. } => {
                let active = places.bulkhead.active();
                if let Some(adaptive) = &mut places.adaptive {
                    adaptive.turned_away();
                }
                drop(places);
                Err(if active < this.most {
                    shed()
                } else {
                    no_slot(this.most)
                })
            }
        }
    }

    pub(super) fn figures(&self, now: Duration) -> SlotFigures {
        let stats = self.stats(now);
        SlotFigures {
            active_requests: stats.active,
            max_concurrent_requests: stats.slots,
            utilization_percentage: 100.0 * f64::from(stats.active) / f64::from(stats.slots),
            oldest_request_age: stats.oldest.as_secs_f64(),
        }
    }

    fn stats(&self, now: Duration) -> BulkheadStats {
        self.lock().bulkhead.stats(now)
    }

    /// Takes back what nobody gave back; how many slots that were.
    pub(super) fn sweep(&self, now: Duration) -> u64 {
        let mut places = self.lock();
        let before = places.bulkhead.stats(now).reclaimed;
        places.bulkhead.expire(now);
        places.bulkhead.stats(now).reclaimed - before
    }

    /// Nothing panics under the lock half-way through a change.
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Says how the request ended, where its latency tells something.
    pub(crate) const fn learn(&mut self, lesson: Lesson) {
        self.lesson = Some(lesson);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Slots { clock, rng, .. } = &*self.slots;
        let now = clock.elapsed();
        let mut places = self.slots.lock();
        let Places { bulkhead, adaptive } = &mut *places;
        if let (Some(adaptive), Some(lesson)) = (adaptive, self.lesson) {
            let sample = Sample {
                started: self.started,
                in_use: bulkhead.active(),
                failed: lesson == Lesson::Failed,
            };
            if let Some(limit) = adaptive.record(sample, now, &**rng) {
                bulkhead.resize(limit, now);
            }
        }
        bulkhead.release(self.place, now);
    }
}

fn adaptive(config: &SlotsConfig) -> Result<AdaptiveLimit, Vec<FieldFault>> {
    let most = config.max_concurrent_requests;
    let least = match config.adaptive_least {
        0 => OF_A_CORE * cores(),
        told => told,
    };
    let least = least.min(most);
    AdaptiveLimit::new(AdaptiveConfig {
        least,
        start: START.clamp(least, most),
        most,
        ..AdaptiveConfig::default()
    })
}

fn cores() -> u32 {
    let cores = available_parallelism().map_or(1, usize::from);
    u32::try_from(cores).unwrap_or(u32::MAX / OF_A_CORE)
}

fn share(percent: u32) -> BasisPoints {
    BasisPoints::new(percent.saturating_mul(100)).unwrap_or(BasisPoints::WHOLE)
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots")
            .field("most", &self.most)
            .field("adaptive", &self.adaptive)
            .finish_non_exhaustive()
    }
}
