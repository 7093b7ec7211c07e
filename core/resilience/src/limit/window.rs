//! The sliding window, as a log of what was admitted: at no moment are more than `limit` requests within `length`.
//!
//! A counter of two fixed windows, weighted by time, guesses; a log knows. What a log costs is memory: 16 bytes an entry,
//! so the entries have a bound of their own. Up to it the window is exact to the nanosecond. Beyond it, entries that lie in
//! the same grain of `2 × length ÷ entries` become one, at the latest of their moments: what was asked is still counted
//! exactly, but may be forgotten up to one grain late. So it may refuse a little longer, and never admits a request that
//! the exact log would refuse.

use std::collections::VecDeque;
use std::time::Duration;

use medcover_kernel::FieldFault;

use super::{Cost, Standing, Wait, nanos};
use crate::fault;

/// Entries a log keeps unless told otherwise: exact for 2,048 requests in a window, at most 64 KiB.
pub(super) const ENTRIES: u32 = 2_048;
const MAX_LENGTH: Duration = Duration::from_hours(7 * 24);

/// At most `limit` requests in any span of `length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlidingWindow {
    limit: u32,
    length: u64,
    entries: u32,
}

impl SlidingWindow {
    /// A window for `limit` requests (1 or more) within `length` (1 ms to 7 days), whose log is exact up to 2,048 entries.
    pub fn new(limit: u32, length: Duration) -> Result<Self, Vec<FieldFault>> {
        Self::with_entries(limit, length, ENTRIES)
    }

    /// As [`new`](Self::new), with a log that is exact up to `entries` (8 to 1,000,000).
    pub fn with_entries(
        limit: u32,
        length: Duration,
        entries: u32,
    ) -> Result<Self, Vec<FieldFault>> {
        let faults = [
            fault::outside("/limit", limit, 1..=u32::MAX),
            fault::outside_time("/length", length, Duration::from_millis(1)..=MAX_LENGTH),
            fault::outside("/entries", entries, 8..=1_000_000),
        ];
        fault::none_of(faults)?;
        Ok(Self {
            limit,
            length: nanos(length),
            entries,
        })
    }

    /// The span in which requests count.
    pub fn length(&self) -> Duration {
        Duration::from_nanos(self.length)
    }

    /// The most entries of a log.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    pub(super) fn room(&self) -> u64 {
        u64::from(self.limit) * 1_000
    }

    /// The grain of a log of at most `entries`, in nanoseconds.
    pub(super) fn grain(&self, entries: u32) -> u64 {
        (self.length.saturating_mul(2) / u64::from(entries)).max(1)
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: u64,
    cost: u64,
}

/// What was admitted within one window, oldest first.
#[derive(Clone, Debug, Default)]
pub struct WindowLog {
    entries: VecDeque<Entry>,
    used: u64,
}

impl WindowLog {
    /// Forgets what lies a whole window back. The functions below expect that it was called with the same moment.
    pub fn expire(&mut self, window: &SlidingWindow, now: Duration) {
        let now = nanos(now);
        while let Some(first) = self.entries.front()
            && first.at.saturating_add(window.length) <= now
        {
            self.used -= first.cost;
            self.entries.pop_front();
        }
        if self.entries.capacity() > 64 && self.entries.len() < self.entries.capacity() / 4 {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }

    /// How long a request of `cost` has to wait; `None` if it need not.
    pub fn wait(&self, window: &SlidingWindow, now: Duration, cost: Cost) -> Option<Wait> {
        let cost = u64::from(cost.0);
        if cost > window.room() {
            return Some(Wait::Forever);
        }
        let mut over = (self.used + cost).checked_sub(window.room() + 1)? + 1;
        for entry in &self.entries {
            over = over.saturating_sub(entry.cost);
            if over == 0 {
                let free = entry.at.saturating_add(window.length);
                return Some(Wait::For(Duration::from_nanos(free - nanos(now))));
            }
        }
        Some(Wait::Forever)
    }

    /// Notes a request, in a log of at most `room` entries (at least 8).
    pub fn take(&mut self, window: &SlidingWindow, now: Duration, cost: Cost, room: u32) {
        if cost == Cost::FREE {
            return;
        }
        let room = room.clamp(8, window.entries);
        if self.entries.len() >= room as usize {
            self.join_grains(window.grain(room));
            self.entries.shrink_to(room as usize);
        }
        // Two threads may read the clock in one order and arrive in the other.
        let last = self.entries.back().map_or(0, |last| last.at);
        self.push(nanos(now).max(last), u64::from(cost.0));
    }

    /// What is left, and when all of it is there again.
    pub fn standing(&self, window: &SlidingWindow, now: Duration) -> Standing {
        let reset = self.forgotten_at(window).saturating_sub(nanos(now));
        Standing {
            quota: window.limit,
            window: window.length(),
            remaining: (window.room().saturating_sub(self.used) / 1_000) as u32,
            reset: Duration::from_nanos(reset),
        }
    }

    /// When nothing of it counts any more, in nanoseconds.
    pub(super) fn forgotten_at(&self, window: &SlidingWindow) -> u64 {
        self.last().map_or(0, |at| at.saturating_add(window.length))
    }

    /// When the last request was noted, if any is.
    pub(super) fn last(&self) -> Option<u64> {
        self.entries.back().map(|last| last.at)
    }

    /// Thousandths of requests that count.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// The entries that memory is held for.
    pub(super) fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// An empty log with memory for `entries`.
    pub(super) fn with_capacity(entries: usize) -> Self {
        Self {
            entries: VecDeque::with_capacity(entries),
            used: 0,
        }
    }

    /// What weighs something of these moments and weights.
    pub(super) fn of(entries: [(u64, u64); 2]) -> Self {
        let mut log = Self::default();
        for (at, cost) in entries.into_iter().filter(|(_, cost)| *cost > 0) {
            log.push(at, cost);
        }
        log
    }

    pub(super) fn push(&mut self, at: u64, cost: u64) {
        self.entries.push_back(Entry { at, cost });
        self.used += cost;
    }

    /// Grains are counted from the start of the clock, so that joining again never joins across them.
    fn join_grains(&mut self, grain: u64) {
        let mut joined: VecDeque<Entry> = VecDeque::new();
        for entry in self.entries.drain(..) {
            match joined.back_mut() {
                Some(last) if last.at / grain == entry.at / grain => {
                    last.at = entry.at;
                    last.cost += entry.cost;
                }
                _ => joined.push_back(entry),
            }
        }
        self.entries = joined;
    }
}
