//! Bucket and windows together: all must agree, and when one refuses, none is charged.

use std::time::Duration;

use medcover_kernel::FieldFault;

use super::{Cost, FullAt, SlidingWindow, TokenBucket, Wait, WindowLog, nanos};
use crate::fault;

/// The most windows beside the bucket.
const MAX_WINDOWS: usize = 2;

/// What one key may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    bucket: Option<TokenBucket>,
    windows: Vec<SlidingWindow>,
}

/// What is known of one key. The default is a key that has not asked yet.
#[derive(Clone, Debug, Default)]
pub struct RateState {
    pub(super) full_at: FullAt,
    pub(super) logs: [WindowLog; MAX_WINDOWS],
}

/// One of the limits of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The token bucket.
    Bucket,
    /// The sliding window of this place in [`RateLimits::new`].
    Window(usize),
}

/// Where a key stands with one limit: what the fields `RateLimit` and `RateLimit-Policy` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests that the limit allows in `window`.
    pub quota: u32,
    /// The span of the quota; for a bucket, the time in which it fills.
    pub window: Duration,
    /// Whole ordinary requests that are left.
    pub remaining: u32,
    /// Until all of the quota is there again.
    pub reset: Duration,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateRefusal {
    /// The limit that asks for the longest wait.
    pub by: Bound,
    /// That wait; what `Retry-After` says.
    pub wait: Wait,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateDecision {
    /// Why it was refused, if it was; then nothing was charged.
    pub refused: Option<RateRefusal>,
    /// Where the key stands now with its bucket.
    pub bucket: Option<Standing>,
    /// And with each of its windows.
    pub windows: [Option<Standing>; MAX_WINDOWS],
}

impl RateDecision {
    /// Whether the request may go on.
    pub fn is_admitted(&self) -> bool {
        self.refused.is_none()
    }

    /// The limit that will refuse first: the one to show when only one is shown.
    pub fn tightest(&self) -> Option<(Bound, Standing)> {
        let bucket = self.bucket.map(|standing| (Bound::Bucket, standing));
        let windows = self.windows.iter().enumerate();
        let windows =
            windows.filter_map(|(place, it)| it.map(|standing| (Bound::Window(place), standing)));
        bucket
            .into_iter()
            .chain(windows)
            .min_by_key(|(_, standing)| standing.remaining)
    }
}

impl RateLimits {
    /// A bucket, up to two windows, or both.
    pub fn new(
        bucket: Option<TokenBucket>,
        windows: Vec<SlidingWindow>,
    ) -> Result<Self, Vec<FieldFault>> {
        fault::none_of([
            fault::outside("/windows", windows.len(), 0..=MAX_WINDOWS),
            fault::unless(bucket.is_some() || !windows.is_empty(), "", || {
                "needs a bucket or a window".into()
            }),
        ])?;
        Ok(Self { bucket, windows })
    }

    /// The bucket, if there is one.
    pub(super) const fn bucket(&self) -> Option<&TokenBucket> {
        self.bucket.as_ref()
    }

    /// The windows, in order.
    pub fn windows(&self) -> &[SlidingWindow] {
        &self.windows
    }

    /// Where a key stands that is refused a request of `cost`; `None` where it would be admitted. Nothing is charged.
    pub(super) fn refuse(
        &self,
        state: &mut RateState,
        now: Duration,
        cost: Cost,
    ) -> Option<RateDecision> {
        self.expire(state, now);
        let refused = Some(self.refusal(state, now, cost)?);
        Some(RateDecision {
            refused,
            ..self.standing(state, now)
        })
    }

    /// Decides on a request of `cost`, and charges it if it is admitted.
    pub fn decide(&self, state: &mut RateState, now: Duration, cost: Cost) -> RateDecision {
        self.decide_within(state, now, cost, u32::MAX)
    }

    /// As [`decide`](Self::decide), with logs of at most `room` entries each.
    pub(super) fn decide_within(
        &self,
        state: &mut RateState,
        now: Duration,
        cost: Cost,
        room: u32,
    ) -> RateDecision {
        self.expire(state, now);
        let refused = self.refusal(state, now, cost);
        if refused.is_none() {
            self.charge(state, now, cost, room);
        }
        RateDecision {
            refused,
            ..self.standing(state, now)
        }
    }

    /// Where a key stands, without asking for anything.
    pub fn look(&self, state: &mut RateState, now: Duration) -> RateDecision {
        self.expire(state, now);
        self.standing(state, now)
    }

    /// When the key is as one that never asked, in nanoseconds of the monotonic clock.
    pub(super) fn idle_at(&self, state: &RateState) -> u64 {
        let logs = self.windows.iter().zip(&state.logs);
        logs.map(|(window, log)| log.forgotten_at(window))
            .fold(state.full_at.as_nanos(), u64::max)
    }

    pub(super) fn expire(&self, state: &mut RateState, now: Duration) {
        for (window, log) in self.windows.iter().zip(&mut state.logs) {
            log.expire(window, now);
        }
    }

    pub(super) fn refusal(
        &self,
        state: &RateState,
        now: Duration,
        cost: Cost,
    ) -> Option<RateRefusal> {
        let bucket = self.bucket.and_then(|it| it.wait(state.full_at, now, cost));
        let bucket = bucket.map(|wait| RateRefusal {
            by: Bound::Bucket,
            wait,
        });
        let logs = self.windows.iter().zip(&state.logs).enumerate();
        let windows = logs.filter_map(|(place, (window, log))| {
            let wait = log.wait(window, now, cost)?;
            let by = Bound::Window(place);
            Some(RateRefusal { by, wait })
        });
        bucket
            .into_iter()
            .chain(windows)
            .max_by_key(|refusal| refusal.wait)
    }

    fn charge(&self, state: &mut RateState, now: Duration, cost: Cost, room: u32) {
        // What weighs nothing leaves no trace, not even of its moment.
        if cost == Cost::FREE {
            return;
        }
        if let Some(bucket) = &self.bucket {
            state.full_at = bucket.take(state.full_at, now, cost);
        }
        for (window, log) in self.windows.iter().zip(&mut state.logs) {
            log.take(window, now, cost, room);
        }
    }

    pub(super) fn standing(&self, state: &RateState, now: Duration) -> RateDecision {
        let window = |place: usize| {
            let (window, log) = (self.windows.get(place)?, &state.logs[place]);
            Some(log.standing(window, now))
        };
        RateDecision {
            refused: None,
            bucket: self.bucket.map(|it| it.standing(state.full_at, now)),
            windows: [window(0), window(1)],
        }
    }
}

impl RateState {
    /// Entries of logs that memory is held for.
    pub(super) fn capacity(&self) -> usize {
        self.logs.iter().map(WindowLog::capacity).sum()
    }

    /// Whether `now` is past `idle_at`.
    pub(super) fn is_idle(idle_at: u64, now: Duration) -> bool {
        idle_at <= nanos(now)
    }
}
