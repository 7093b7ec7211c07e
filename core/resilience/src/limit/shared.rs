//! Limits that a store elsewhere counts for several processes at once.
//!
//! What must happen in one step, there, is little: to see whether bucket and windows have room, and to note what was
//! admitted. What that means for whoever asked is told here, by the same code that tells it of a key in this process. So
//! both decide alike, to the nanosecond, and a store needs whole numbers below 2⁵³ only: those that a double holds exactly.
//!
//! Moments are whole microseconds since 1970, for they come from several machines. The bucket's is exact all the same: what
//! it has beyond the microsecond is counted in parts of `1 ÷ (1,000,000 × refill)`.

use std::time::Duration;

use medcover_kernel::FieldFault;

use super::{Cost, RateDecision, RateLimits, RateState, WindowLog};
use crate::fault;

/// The longest time in which a bucket fills, 1,000,000,000 s, and the longest grain of a log, 2.5 hours: beyond these, a
/// number might not be exact any more.
const LONGEST_FILL: u64 = 1_000_000_000_000_000;
const LONGEST_GRAIN: u64 = 9_000_000_000_000;

/// Limits whose counts are elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedLimits(RateLimits);

/// What the store has to know of a request. No number reaches 2⁵³.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareTerms {
    /// Whether it may be admitted at all; where not, it weighs more than a limit ever allows.
    pub possible: bool,
    /// What it weighs, in thousandths.
    pub cost: u64,
    /// What it is to the bucket, where there is one.
    pub bucket: Option<BucketTerms>,
    /// Each window.
    pub windows: Vec<WindowTerms>,
}

/// A bucket, by its moment of being full: a request moves that by `cost`, up to `room` ahead of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketTerms {
    /// Parts of a microsecond.
    pub parts: u64,
    /// Microseconds and parts in which the bucket fills.
    pub room: (u64, u64),
    /// Microseconds and parts in which what the request takes comes back. Nothing where it is not possible.
    pub cost: (u64, u64),
}

/// A window, by its log: entries of a moment and a weight, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowTerms {
    /// Thousandths of requests that have room in it.
    pub room: u64,
    /// Its length, in microseconds.
    pub length: u64,
    /// Entries from which on those of one grain are joined, at the later of their moments, before another is added.
    pub entries: u64,
    /// That grain, in nanoseconds since 1970.
    pub grain: u64,
}

/// What the store has counted, after it decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedCount {
    /// Whether it charged the request.
    pub charged: bool,
    /// The moment at which it did, in microseconds. It is not before that of the last one.
    pub now: u64,
    /// When the bucket is full, in microseconds and parts.
    pub full_at: (u64, u64),
    /// Each window.
    pub windows: Vec<WindowCount>,
}

/// What is counted of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowCount {
    /// Thousandths of requests that count.
    pub used: u64,
    /// The moment of the last of them; 0 where there is none.
    pub last: u64,
    /// Where the request had no room: the moment of the entry that must go until it has.
    pub frees: u64,
}

impl SharedLimits {
    /// These limits, if a store can count them exactly: the bucket fills within 1,000,000,000 s, and windows have whole
    /// microseconds and a log of at least an entry for each hour and a quarter.
    pub fn new(limits: RateLimits) -> Result<Self, Vec<FieldFault>> {
        let fills = limits
            .bucket()
            .map_or(0, |bucket| bucket.room_in_micros().0);
        let windows = limits.windows().iter();
        let whole = windows
            .clone()
            .all(|it| it.length().subsec_nanos() % 1_000 == 0);
        let mut grains = windows.map(|it| it.grain(it.entries()));
        fault::none_of([
            fault::unless(fills <= LONGEST_FILL, "/burst_capacity", || {
                "must come back within 1,000,000,000 s where counts are shared".into()
            }),
            fault::unless(whole, "/length", || {
                "must be whole microseconds where counts are shared".into()
            }),
            fault::unless(grains.all(|it| it <= LONGEST_GRAIN), "/entries", || {
                "must be more for this length where counts are shared".into()
            }),
        ])?;
        Ok(Self(limits))
    }

    /// The limits.
    pub const fn limits(&self) -> &RateLimits {
        &self.0
    }

    /// What the store has to know of a request of `cost`.
    pub fn terms(&self, cost: Cost) -> ShareTerms {
        let weight = u64::from(cost.as_thousandths());
        let bucket = self.0.bucket();
        let held = bucket.is_none_or(|it| it.holds(cost));
        let possible = held && self.0.windows().iter().all(|it| weight <= it.room());
        ShareTerms {
            possible,
            cost: weight,
            bucket: bucket.map(|it| BucketTerms {
                parts: it.parts_of_micros(),
                room: it.room_in_micros(),
                cost: it.in_micros(if possible { cost } else { Cost::FREE }),
            }),
            windows: self
                .0
                .windows()
                .iter()
                .map(|it| WindowTerms {
                    room: it.room(),
                    length: u64::try_from(it.length().as_micros()).unwrap_or(u64::MAX),
                    entries: u64::from(it.entries()),
                    grain: it.grain(it.entries()),
                })
                .collect(),
        }
    }

    /// What was decided on a request of `cost` of which the store says `count`; `None` where it cannot have said that.
    pub fn decision(&self, cost: Cost, count: &SharedCount) -> Option<RateDecision> {
        let (state, now) = (self.state(cost, count)?, Duration::from_micros(count.now));
        let refused = if count.charged {
            None
        } else {
            Some(self.0.refusal(&state, now, cost)?)
        };
        Some(RateDecision {
            refused,
            ..self.0.standing(&state, now)
        })
    }

    /// Where the key stands of which the store says `count`.
    pub fn look(&self, count: &SharedCount) -> Option<RateDecision> {
        let state = self.state(Cost::FREE, count)?;
        Some(self.0.standing(&state, Duration::from_micros(count.now)))
    }

    /// A state of which the same is to be said as of the one that is elsewhere: of each log, the entries that make room for
    /// the request as one, and the rest as another.
    fn state(&self, cost: Cost, count: &SharedCount) -> Option<RateState> {
        let mut state = RateState::default();
        if let Some(bucket) = self.0.bucket() {
            state.full_at = bucket.full_at(count.full_at);
        }
        let windows = self.0.windows();
        if windows.len() != count.windows.len() {
            return None;
        }
        for (place, (window, said)) in windows.iter().zip(&count.windows).enumerate() {
            let weight = u64::from(cost.as_thousandths());
            let over = (said.used.saturating_add(weight)).saturating_sub(window.room());
            let first = if said.frees > 0 {
                over.min(said.used)
            } else {
                0
            };
            state.logs[place] = WindowLog::of([
                (said.frees.saturating_mul(1_000), first),
                (said.last.saturating_mul(1_000), said.used - first),
            ]);
        }
        Some(state)
    }
}
