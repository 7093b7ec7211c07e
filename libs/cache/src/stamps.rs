//! The rule by which nothing stale is shown, and the stamps that it looks at.
//!
//! Invalidations are numbered. Whoever loads a value takes note of the latest number before it looks at the source: the
//! value is *as of* that number. Each name — a key or a tag — has a stamp, the number of the invalidation that named it
//! last. **A value is shown only while no name of its own has a stamp above what it is as of.** So an invalidation is a
//! single write whatever it makes unreadable, and a load that began before it comes too late, however long it takes.
//!
//! A value that a caller has written is as of the moment before the write, but for its own key, which the write itself has
//! stamped: whatever else was invalidated since may have been invalidated after the write.
//!
//! Stamps lie in slots by the hash of the name. They are as many as at the start and are never forgotten, so they outlive
//! every value; names that share a slot are invalidated together. A flush by pattern has a number too; the last
//! [`FLUSHES`] are remembered, and a value that has not been compared with one that is forgotten counts as flushed.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;

use crate::sync::{AtomicU64, Lock};
use crate::{Mark, Name, Pattern};

/// How many patterns are remembered.
pub(crate) const FLUSHES: usize = 64;

#[derive(Debug)]
pub(crate) struct Stamps {
    latest: AtomicU64,
    /// How many invalidations have done all they do. While that is as it was when a value was found to hold, it holds.
    done: AtomicU64,
    slots: Box<[AtomicU64]>,
    /// The number of the latest flush, published after the flush can be found.
    latest_flush: AtomicU64,
    flushes: Lock<Flushes>,
}

#[derive(Debug, Default)]
struct Flushes {
    /// In the order of their numbers.
    recent: VecDeque<(u64, Pattern)>,
    /// The number of the latest that is no longer remembered.
    forgotten: u64,
}

/// A value, as the rule sees it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) key: &'a str,
    /// That of its key, then those of what it depends on.
    pub(crate) names: &'a [Name],
    pub(crate) as_of: Mark,
    /// What its key may be stamped with: no less than what it is as of.
    pub(crate) own: Mark,
    pub(crate) checked: &'a Checked,
}

/// What is known of a value from the last time somebody looked.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// One more than how many invalidations were done before it was found to hold; 0 when it never was.
    done: std::sync::atomic::AtomicU64,
    /// Up to which flush it has been compared with patterns.
    flush: std::sync::atomic::AtomicU64,
}

impl Stamps {
    /// Stamps in `slots` slots, rounded up to a power of two.
    pub(crate) fn new(slots: usize) -> Self {
        let slots = slots.clamp(1, 1 << 24).next_power_of_two();
        Self {
            latest: AtomicU64::new(0),
            done: AtomicU64::new(0),
            slots: (0..slots).map(|_| AtomicU64::new(0)).collect(),
            latest_flush: AtomicU64::new(0),
            flushes: Lock::new(Flushes::default()),
        }
    }

    /// What is read from the source from now on is as of this.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.latest.load(SeqCst))
    }

    /// Invalidates whatever has one of `names`. What is as of the answer is not concerned.
    pub(crate) fn stamp(&self, names: impl IntoIterator<Item = Name>) -> Mark {
        let numbers = names.into_iter().map(|name| self.raise(self.slot(name)));
        let last = numbers.max().unwrap_or_else(|| self.mark().0);
        self.done.fetch_add(1, SeqCst);
        Mark(last)
    }

    /// The same for one name, if nothing has stamped it since `since`, the stamp that it had then. It is stamped in either
    /// case; `None` when somebody else was there in between.
    pub(crate) fn stamp_since(&self, name: Name, since: Mark) -> Option<Mark> {
        let (slot, number) = (self.slot(name), self.next());
        let alone = slot.compare_exchange(since.0, number, SeqCst, SeqCst);
        if alone.is_err() {
            self.raise(slot);
        }
        self.done.fetch_add(1, SeqCst);
        alone.is_ok().then_some(Mark(number))
    }

    /// Gives a slot a number above the one that it has at that moment. To leave a higher one that another has put there
    /// would not do: what that other writer keeps by it would then outlive this invalidation.
    fn raise(&self, slot: &AtomicU64) -> u64 {
        loop {
            let number = self.next();
            if slot.fetch_max(number, SeqCst) < number {
                return number;
            }
        }
    }

    fn next(&self) -> u64 {
        self.latest.fetch_add(1, SeqCst) + 1
    }

    /// Invalidates whatever has a key that fits one of `patterns`.
    pub(crate) fn flush(&self, patterns: &[Pattern]) -> Mark {
        let mut flushes = self.flushes.write();
        let number = self.next();
        for pattern in patterns {
            if flushes.recent.len() == FLUSHES {
                let oldest = flushes.recent.pop_front();
                flushes.forgotten = oldest.map_or(0, |(number, _)| number);
            }
            flushes.recent.push_back((number, pattern.clone()));
        }
        // Within the lock: whoever sees the number finds the pattern.
        self.latest_flush.store(number, SeqCst);
        self.done.fetch_add(1, SeqCst);
        Mark(number)
    }

    /// Whether a value may be shown.
    pub(crate) fn hold(&self, it: Subject<'_>) -> bool {
        // Read before the stamps: whatever was counted here has left its stamps for us to see.
        let done = self.done.load(SeqCst) + 1;
        if it.checked.done.load(SeqCst) == done {
            return true;
        }
        let holds = self.is_not_named(it) && self.is_not_flushed(it);
        if holds {
            it.checked.done.store(done, SeqCst);
        }
        holds
    }

    fn is_not_named(&self, it: Subject<'_>) -> bool {
        let most = std::iter::once(it.own).chain(std::iter::repeat(it.as_of));
        let mut names = it.names.iter().zip(most);
        names.all(|(name, most)| self.slot(*name).load(SeqCst) <= most.0)
    }

    fn is_not_flushed(&self, it: Subject<'_>) -> bool {
        let compared = it.checked.flush.load(SeqCst).max(it.as_of.0);
        if self.latest_flush.load(SeqCst) <= compared {
            return true;
        }
        let flushes = self.flushes.read();
        let later = flushes.recent.iter().rev();
        let mut later = later.take_while(|(number, _)| *number > compared);
        if flushes.forgotten > compared || later.any(|(_, pattern)| pattern.matches(it.key)) {
            return false;
        }
        let all = self.latest_flush.load(SeqCst);
        it.checked.flush.fetch_max(all, SeqCst);
        true
    }

    fn slot(&self, name: Name) -> &AtomicU64 {
        // A power of two, so that the lower bits of the hash choose.
        &self.slots[name.0 as usize & (self.slots.len() - 1)]
    }
}
