//! So many at once, so many waiting, and no more.
//!
//! Who waits is served by priority and, within one, in order. But when the first in line has waited longer than
//! `overload_after`, the last is served first: under overload the first will have given up by the time it would be served,
//! and a queue served in order then does work for nobody ("adaptive LIFO", Maurer, *Fail at Scale*, ACM Queue 2015).
//!
//! A slot is a lease. Its holder gives it back; a waiter that goes away says so by the same call; and what neither did
//! within `lease` is taken back. One id is enough for all of that, so it does not matter whether a waiter had been served
//! just when it gave up.

use std::collections::BTreeMap;
use std::time::Duration;

use medcover_kernel::FieldFault;

use crate::fault;
use crate::priority::{Priority, Shares};

/// The bounds of a bulkhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkheadConfig {
    /// Slots, 1 to 1,000,000.
    pub slots: u32,
    /// Waiters, up to 1,000,000; 0 for none.
    pub queue: u32,
    /// The longest wait; then a waiter is dropped.
    pub longest_wait: Duration,
    /// When the first in line has waited this long, the last is served first. As long as `longest_wait`: never.
    pub overload_after: Duration,
    /// What is reserved for whom.
    pub shares: Shares,
    /// How long a slot is kept at most.
    pub lease: Duration,
}

impl Default for BulkheadConfig {
    /// 1,000 at once (R3), none waiting, nothing reserved, each for 120 s at most.
    fn default() -> Self {
        Self {
            slots: 1_000,
            queue: 0,
            longest_wait: Duration::from_secs(1),
            overload_after: Duration::from_millis(100),
            shares: Shares::NONE_RESERVED,
            lease: Duration::from_mins(2),
        }
    }
}

/// A place, in a slot or in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(u64);

/// The answer to who wants in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It has a slot.
    Running(PlaceId),
    /// It waits, and is told by [`Changes::granted`] or [`Changes::dropped`] of a later call.
    Waiting {
        /// Its place.
        place: PlaceId,
        /// Whose place in the queue it took: a less important one's, which is dropped.
        displaced: Option<PlaceId>,
    },
    /// All slots it may have are taken, and so is the queue.
    Full,
}

/// Who among the waiters is to be told what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// They have a slot now.
    pub granted: Vec<PlaceId>,
    /// They waited too long.
    pub dropped: Vec<PlaceId>,
}

/// What there is to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BulkheadStats {
    /// Slots in use.
    pub active: u32,
    /// Slots there are.
    pub slots: u32,
    /// Waiters.
    pub waiting: u32,
    /// The age of the oldest use.
    pub oldest: Duration,
    /// Requests that found everything full, were displaced, or waited too long.
    pub refused: u64,
    /// Waiters that went away by themselves.
    pub abandoned: u64,
    /// Slots that were taken back after their lease.
    pub reclaimed: u64,
}

/// The machine. Every call takes the present reading of the monotonic clock.
#[derive(Clone, Debug)]
pub struct Bulkhead {
    config: BulkheadConfig,
    next: u64,
    running: BTreeMap<PlaceId, Duration>,
    /// Since when each waits, by priority; places are numbered in the order of arrival.
    waiting: [BTreeMap<PlaceId, Duration>; 3],
    refused: u64,
    abandoned: u64,
    reclaimed: u64,
}

impl Bulkhead {
    /// An empty one; or every setting that cannot work.
    pub fn new(config: BulkheadConfig) -> Result<Self, Vec<FieldFault>> {
        fault::none_of([
            fault::outside("/slots", config.slots, 1..=1_000_000),
            fault::outside("/queue", config.queue, 0..=1_000_000),
            fault::unless(!config.lease.is_zero(), "/lease", || "must not be 0".into()),
        ])?;
        Ok(Self {
            config,
            next: 0,
            running: BTreeMap::new(),
            waiting: Default::default(),
            refused: 0,
            abandoned: 0,
            reclaimed: 0,
        })
    }

    /// Asks for a slot.
    pub fn acquire(&mut self, priority: Priority, now: Duration) -> Entry {
        if self.has_room(priority) {
            let place = self.place();
            self.running.insert(place, now);
            return Entry::Running(place);
        }
        let displaced = if self.waiters() < self.config.queue as usize {
            None
        } else if let Some(displaced) = self.displace(priority) {
            Some(displaced)
        } else {
            self.refused += 1;
            return Entry::Full;
        };
        let place = self.place();
        self.waiting[priority as usize].insert(place, now);
        Entry::Waiting { place, displaced }
    }

    /// Gives a slot back, or leaves the queue. A place that is no more is no fault: its lease had run out.
    pub fn release(&mut self, place: PlaceId, now: Duration) -> Changes {
        if self.running.remove(&place).is_none() {
            let left = self
                .waiting
                .iter_mut()
                .any(|it| it.remove(&place).is_some());
            self.abandoned += u64::from(left);
        }
        self.settle(now)
    }

    /// What time has changed: waits and leases that have run out. To be called every so often.
    pub fn expire(&mut self, now: Duration) -> Changes {
        let before = self.running.len();
        let lease = self.config.lease;
        self.running
            .retain(|_, since| now.saturating_sub(*since) < lease);
        self.reclaimed += (before - self.running.len()) as u64;
        self.settle(now)
    }

    /// Sets the number of slots (at least 1). Fewer than are in use: they are not taken away, but not given out again.
    pub fn resize(&mut self, slots: u32, now: Duration) -> Changes {
        self.config.slots = slots.max(1);
        self.settle(now)
    }

    /// Slots in use.
    pub fn active(&self) -> u32 {
        self.running.len() as u32
    }

    /// What there is to see.
    pub fn stats(&self, now: Duration) -> BulkheadStats {
        let oldest = self.running.values().min();
        BulkheadStats {
            active: self.active(),
            slots: self.config.slots,
            waiting: self.waiters() as u32,
            oldest: oldest.map_or(Duration::ZERO, |since| now.saturating_sub(*since)),
            refused: self.refused,
            abandoned: self.abandoned,
            reclaimed: self.reclaimed,
        }
    }

    fn place(&mut self) -> PlaceId {
        self.next += 1;
        PlaceId(self.next)
    }

    fn has_room(&self, priority: Priority) -> bool {
        let ceiling = self.config.shares.ceiling(priority, self.config.slots);
        self.running.len() < ceiling as usize
    }

    fn waiters(&self) -> usize {
        self.waiting.iter().map(BTreeMap::len).sum()
    }

    /// The last of the least important who wait, if less important than `priority`.
    fn displace(&mut self, priority: Priority) -> Option<PlaceId> {
        let mut less_important = self.waiting.iter_mut().skip(priority as usize + 1).rev();
        let (place, _) = less_important.find_map(BTreeMap::pop_last)?;
        self.refused += 1;
        Some(place)
    }

    /// Drops who waited too long, then gives free slots to who waits.
    fn settle(&mut self, now: Duration) -> Changes {
        let mut changes = Changes::default();
        let longest = self.config.longest_wait;
        for waiting in &mut self.waiting {
            while let Some(first) = waiting.first_entry()
                && now.saturating_sub(*first.get()) >= longest
            {
                changes.dropped.push(first.remove_entry().0);
            }
        }
        self.refused += changes.dropped.len() as u64;
        for priority in Priority::ALL {
            while self.has_room(priority)
                && let Some(place) = self.next_of(priority, now)
            {
                self.running.insert(place, now);
                changes.granted.push(place);
            }
        }
        changes
    }

    fn next_of(&mut self, priority: Priority, now: Duration) -> Option<PlaceId> {
        let waiting = &mut self.waiting[priority as usize];
        let first = waiting.first_key_value()?;
        let overloaded = now.saturating_sub(*first.1) >= self.config.overload_after;
        let served = if overloaded {
            waiting.pop_last()
        } else {
            waiting.pop_first()
        };
        served.map(|(place, _)| place)
    }
}
