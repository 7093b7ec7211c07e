//! Keeping, showing and dropping entries: where stamps, time and room are looked at.

use std::hash::BuildHasher as _;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use quick_cache::sync::{EntryAction, EntryResult};

use super::{Inner, Place};
use crate::entry::{Life, weight};
use crate::stamps::Checked;
use crate::{
    CacheError, CacheResult, Deleted, Dependencies, Entry, MAX_KEY_BYTES, Mark, Name, Origin, Put,
    Tag,
};

/// No entry takes more than this part of the whole, half a shard, so that one cannot drive out all others.
const LARGEST_PART: u64 = 16;

/// What a byte of a copy takes, with the value that is made of it: as [`Json`](crate::Json).
const COPY: usize = 3;

impl Inner {
    pub(super) fn open(&self) -> CacheResult<()> {
        if self.closed.load(SeqCst) {
            return Err(CacheError::Closed);
        }
        Ok(())
    }

    pub(super) fn readable(&self, key: &str, entry: &Entry) -> bool {
        self.readable_at(self.clock.elapsed(), key, entry)
    }

    pub(super) fn readable_at(&self, now: Duration, key: &str, entry: &Entry) -> bool {
        entry.life.is_kept(now) && self.stamps.hold(entry.subject(key))
    }

    fn place(&self, key: &str) -> Place {
        self.places.hash_one(key)
    }

    pub(super) fn get(&self, key: &str) -> Option<(Arc<Entry>, Duration)> {
        let place = self.place(key);
        let entry = self.entries.get(&place).filter(|it| it.is_of(key))?;
        let now = self.clock.elapsed();
        if self.readable_at(now, key, &entry) {
            return Some((entry, now));
        }
        let dropped = self.drop_this(place, &entry);
        self.swept.fetch_add(u64::from(dropped), Relaxed);
        None
    }

    pub(super) fn entry(&self, key: &str) -> Option<Arc<Entry>> {
        self.get(key).map(|(entry, _)| entry)
    }

    /// Drops the entry of a key.
    fn remove(&self, key: &str) -> Option<Arc<Entry>> {
        let of_key = |there: &Arc<Entry>| there.is_of(key);
        let removed = self.entries.remove_if(&self.place(key), of_key);
        removed.map(|(_, entry)| entry)
    }

    /// Drops an entry unless another has taken its place.
    pub(super) fn drop_this(&self, place: Place, entry: &Arc<Entry>) -> bool {
        let same = |there: &Arc<Entry>| Arc::ptr_eq(there, entry);
        self.entries.remove_if(&place, same).is_some()
    }

    pub(super) fn put(&self, put: Put) -> bool {
        let own = Name::of_key(&put.key);
        let given = |own: Mark| (own, own);
        let standing = match put.origin {
            Origin::Given => Some(given(self.stamps.stamp([own]))),
            Origin::Loaded(mark) => Some(given(mark)),
            Origin::Written(since) => {
                let stamped = self.stamps.stamp_since(own, since);
                stamped.map(|stamped| (since, stamped))
            }
        };
        let kept = standing.is_some_and(|standing| self.keep(put, own, standing));
        self.refused.fetch_add(u64::from(!kept), Relaxed);
        kept
    }

    pub(super) fn keep(&self, put: Put, name: Name, (as_of, own): (Mark, Mark)) -> bool {
        let names = put.dependencies.names_with(name);
        let weight = weight(&put.key, &names, put.content_weight);
        let fits = names.len() <= Dependencies::MAX + 1 && put.key.len() <= MAX_KEY_BYTES;
        if !fits || !self.has_room(weight) {
            // What was there before is not so any more.
            self.remove(&put.key);
            return false;
        }
        let now = self.clock.elapsed();
        let entry = Entry {
            key: put.key.as_bytes().into(),
            life: Life::from(now, put.fresh_for, put.stale_for, put.cost),
            live: put.live.map_or_else(OnceLock::new, OnceLock::from),
            checked: Checked::default(),
            as_of,
            own,
            names,
            content: put.content,
            weight,
        };
        // One that came too late would only take the place of a better one.
        let holds = self.stamps.hold(entry.subject(&put.key));
        if holds {
            self.entries.insert(self.place(&put.key), Arc::new(entry));
        }
        holds
    }

    /// Keeps what another engine answered, as of a mark of this one.
    pub(super) fn keep_copy(&self, key: &str, entry: &Entry, mark: Mark) {
        let content = entry.content.as_ref().map_or(0, Bytes::len);
        let weight = weight(key, &entry.names, content.saturating_mul(COPY));
        if !self.has_room(weight) {
            return;
        }
        let copy = entry.copy_as_of(key, mark, weight);
        if self.stamps.hold(copy.subject(key)) {
            self.entries.insert(self.place(key), Arc::new(copy));
        }
    }

    /// Whether there is room for so many bytes.
    pub(super) const fn has_room(&self, weight: u32) -> bool {
        weight as u64 <= self.bytes_limit / LARGEST_PART
    }

    pub(super) fn add_tags(&self, key: &str, tags: &[Tag]) -> bool {
        let done = self.entries.entry(&self.place(key), None, |_, there| {
            if !there.is_of(key) || !self.readable(key, there) {
                return EntryAction::Retain(None);
            }
            let entry = there.with_names(tags.iter().map(Tag::name));
            if entry.names.len() > Dependencies::MAX + 1 {
                return EntryAction::Remove;
            }
            *there = Arc::new(entry);
            EntryAction::Retain(Some(Arc::clone(there)))
        });
        match done {
            EntryResult::Retained(Some(entry)) => self.readable(key, &entry),
            _ => false,
        }
    }

    pub(super) fn delete(&self, keys: &[&str]) -> Deleted {
        let mark = self.stamps.stamp(keys.iter().map(|key| Name::of_key(key)));
        let now = self.clock.elapsed();
        let removed = keys.iter().filter_map(|key| self.remove(key));
        let count = removed.filter(|entry| entry.life.is_kept(now)).count();
        Deleted {
            count: count as u64,
            mark,
        }
    }
}

#[cfg(test)]
mod tests {
    use medcover_kernel::{ManualClock, Timestamp};

    use super::*;
    use crate::{CacheEngine as _, InProcess};

    fn put(key: &str) -> Put {
        Put {
            key: key.into(),
            content: Some(Bytes::from_static(b"1")),
            live: None,
            content_weight: 1,
            dependencies: Dependencies::none(),
            origin: Origin::Given,
            fresh_for: Duration::from_mins(1),
            stale_for: Duration::ZERO,
            cost: Duration::ZERO,
        }
    }

    /// One schedule is enough, for one thread; outside of it the atomics of these tests do not work.
    #[test]
    fn an_entry_is_not_shown_for_a_key_that_shares_its_place() {
        shuttle::check_random(
            || shuttle::future::block_on(two_keys_that_share_a_place()),
            1,
        );
    }

    async fn two_keys_that_share_a_place() {
        let engine = InProcess::with_slots(
            1 << 20,
            64,
            Arc::new(ManualClock::at(Timestamp::from_micros(0))),
        );
        let inner = &engine.0;
        assert_eq!(engine.set(put("one")).await, Ok(true));
        let one = engine.get("one").await.expect("it is open");
        // As if the hash of both were the same.
        let entry = one.expect("it is kept");
        inner.entries.insert(inner.place("two"), entry);

        assert!(matches!(engine.get("two").await, Ok(None)));
        assert_eq!(engine.add_tags("two", &[Tag::new("a", 1)]).await, Ok(false));
        assert_eq!(engine.delete(&["two"]).await.map(|it| it.count), Ok(0));
        assert!(inner.entries.contains_key(&inner.place("two")));
        assert_eq!(engine.set(put("two")).await, Ok(true));
        assert!(matches!(engine.get("two").await, Ok(Some(_))));
    }
}
