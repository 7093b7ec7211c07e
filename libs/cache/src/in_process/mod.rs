//! The engine of one process: moka keeps the entries within their bound, stamps say which may be read.

mod reclaim;

use std::fmt;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::Clock;
use moka::notification::RemovalCause;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache as Moka;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use crate::entry::{Life, Room, weight};
use crate::stamps::{Checked, Stamps, Subject};
use crate::{
    AtOnce, CacheEngine, CacheError, CacheResult, Deleted, Dependencies, EngineStats, Entry,
    MAX_KEY_BYTES, Mark, Name, Origin, Pattern, Put, Tag,
};

/// How many stamps there are unless told: 1 MiB of them.
pub const STAMP_SLOTS: usize = 1 << 17;
/// No entry takes more than this part of the whole, so that one cannot drive out all others.
const LARGEST_PART: u64 = 16;

/// What moka has driven out and not yet dropped may take so much of the whole on top.
const SLACK_PART: u64 = 4;

type Entries = Moka<Box<str>, Arc<Entry>, Xxh3DefaultBuilder>;

/// Entries in the memory of this process. Clones share them.
#[derive(Clone)]
pub struct InProcess(Arc<Inner>);

struct Inner {
    entries: Entries,
    stamps: Stamps,
    clock: Arc<dyn Clock>,
    bytes_limit: u64,
    /// What all entries take that are in memory.
    taken: Arc<AtomicU64>,
    closed: AtomicBool,
    evicted: Arc<AtomicU64>,
    swept: AtomicU64,
    refused: AtomicU64,
}

impl InProcess {
    /// An engine whose entries take `bytes_limit` at most.
    pub fn new(bytes_limit: u64, clock: Arc<dyn Clock>) -> Self {
        Self::with_slots(bytes_limit, STAMP_SLOTS, clock)
    }

    /// The same with so many slots for stamps: names that share one are invalidated together.
    pub fn with_slots(bytes_limit: u64, slots: usize, clock: Arc<dyn Clock>) -> Self {
        let evicted = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&evicted);
        let entries = Moka::builder()
            .max_capacity(bytes_limit)
            .weigher(|_, entry: &Arc<Entry>| entry.room.bytes())
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    counter.fetch_add(1, Relaxed);
                }
            })
            .build_with_hasher(Xxh3DefaultBuilder::new());
        Self(Arc::new(Inner {
            entries,
            stamps: Stamps::new(slots),
            clock,
            bytes_limit,
            taken: Arc::default(),
            closed: AtomicBool::new(false),
            evicted,
            swept: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }))
    }
}

impl Inner {
    fn open(&self) -> CacheResult<()> {
        if self.closed.load(SeqCst) {
            return Err(CacheError::Closed);
        }
        Ok(())
    }

    fn readable(&self, key: &str, entry: &Entry) -> bool {
        self.readable_at(self.clock.elapsed(), key, entry)
    }

    fn readable_at(&self, now: Duration, key: &str, entry: &Entry) -> bool {
        entry.life.is_kept(now) && self.stamps.hold(entry.subject(key))
    }

    fn get(&self, key: &str) -> Option<(Arc<Entry>, Duration)> {
        let entry = self.entries.get(key)?;
        let now = self.clock.elapsed();
        if self.readable_at(now, key, &entry) {
            return Some((entry, now));
        }
        let dropped = self.drop_this(key, &entry);
        self.swept.fetch_add(u64::from(dropped), Relaxed);
        None
    }

    fn entry(&self, key: &str) -> Option<Arc<Entry>> {
        self.get(key).map(|(entry, _)| entry)
    }

    /// Drops an entry unless another has taken its place.
    fn drop_this(&self, key: &str, entry: &Arc<Entry>) -> bool {
        let place = self.entries.entry(key.into());
        let done = place.and_compute_with(|there| match there {
            Some(there) if Arc::ptr_eq(there.value(), entry) => Op::Remove,
            _ => Op::Nop,
        });
        matches!(done, CompResult::Removed(_))
    }

    fn put(&self, put: Put) -> bool {
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

    fn keep(&self, put: Put, name: Name, (as_of, own): (Mark, Mark)) -> bool {
        let names = put.dependencies.names_with(name);
        let weight = weight(&put.key, &names, put.content_weight);
        let fits = names.len() <= Dependencies::MAX + 1 && put.key.len() <= MAX_KEY_BYTES;
        if !fits || !self.has_room(weight) {
            // What was there before is not so any more.
            self.entries.invalidate(&*put.key);
            return false;
        }
        let now = self.clock.elapsed();
        let entry = Entry {
            life: Life::from(now, put.fresh_for, put.stale_for, put.cost),
            live: put.live.map_or_else(OnceLock::new, OnceLock::from),
            checked: Checked::default(),
            as_of,
            own,
            names,
            content: put.content,
            room: Room::take(weight, &self.taken),
        };
        // One that came too late would only take the place of a better one.
        let holds = self.stamps.hold(entry.subject(&put.key));
        if holds {
            self.entries.insert(put.key, Arc::new(entry));
        }
        holds
    }

    /// Whether there is room for so many bytes. moka drops what it drives out a while later, when threads compete a long
    /// while; what comes meanwhile is not kept.
    fn has_room(&self, weight: u32) -> bool {
        let weight = u64::from(weight);
        let fits = || {
            let taken = self.taken.load(Relaxed);
            taken + weight <= self.bytes_limit + self.bytes_limit / SLACK_PART
        };
        let small = weight <= self.bytes_limit / LARGEST_PART;
        small
            && (fits() || {
                self.entries.run_pending_tasks();
                fits()
            })
    }

    fn add_tags(&self, key: &str, tags: &[Tag]) -> bool {
        let place = self.entries.entry(key.into());
        let done = place.and_compute_with(|there| {
            let Some(there) = there.filter(|it| self.readable(key, it.value())) else {
                return Op::Nop;
            };
            let entry = there.value().with_names(tags.iter().map(Tag::name));
            if entry.names.len() > Dependencies::MAX + 1 {
                return Op::Remove;
            }
            Op::Put(Arc::new(entry))
        });
        match done {
            CompResult::ReplacedWith(entry) => self.readable(key, entry.value()),
            _ => false,
        }
    }

    fn delete(&self, keys: &[&str]) -> Deleted {
        let mark = self.stamps.stamp(keys.iter().map(|key| Name::of_key(key)));
        let now = self.clock.elapsed();
        let removed = keys.iter().filter_map(|key| self.entries.remove(*key));
        let count = removed.filter(|entry| entry.life.is_kept(now)).count();
        Deleted {
            count: count as u64,
            mark,
        }
    }
}

#[async_trait]
impl CacheEngine for InProcess {
    async fn mark(&self) -> CacheResult<Mark> {
        self.0.open()?;
        Ok(self.0.stamps.mark())
    }

    async fn get(&self, key: &str) -> CacheResult<Option<Arc<Entry>>> {
        self.0.open()?;
        Ok(self.0.entry(key))
    }

    async fn exists(&self, key: &str) -> CacheResult<bool> {
        self.0.open()?;
        Ok(self.0.entry(key).is_some())
    }

    async fn mget(&self, keys: &[&str]) -> CacheResult<Vec<Option<Arc<Entry>>>> {
        self.0.open()?;
        Ok(keys.iter().map(|key| self.0.entry(key)).collect())
    }

    async fn set(&self, put: Put) -> CacheResult<bool> {
        self.0.open()?;
        Ok(self.0.put(put))
    }

    async fn mset(&self, puts: Vec<Put>) -> CacheResult<u64> {
        self.0.open()?;
        let kept = puts.into_iter().map(|put| u64::from(self.0.put(put)));
        Ok(kept.sum())
    }

    async fn add_tags(&self, key: &str, tags: &[Tag]) -> CacheResult<bool> {
        self.0.open()?;
        Ok(self.0.add_tags(key, tags))
    }

    async fn delete(&self, keys: &[&str]) -> CacheResult<Deleted> {
        self.0.open()?;
        Ok(self.0.delete(keys))
    }

    async fn invalidate_by_tags(&self, tags: &[Tag]) -> CacheResult<Mark> {
        self.0.open()?;
        Ok(self.0.stamps.stamp(tags.iter().map(Tag::name)))
    }

    async fn flush_pattern(&self, patterns: &[Pattern]) -> CacheResult<u64> {
        self.0.open()?;
        self.0.stamps.flush(patterns);
        let patterns: Arc<[Pattern]> = patterns.into();
        let doomed = move |key: &str, _: &Entry| patterns.iter().any(|it| it.matches(key));
        Ok(reclaim::drop_where(&self.0, doomed).await)
    }

    async fn sweep(&self) -> CacheResult<u64> {
        self.0.open()?;
        let inner = Arc::clone(&self.0);
        let doomed = move |key: &str, entry: &Entry| !inner.readable(key, entry);
        let swept = reclaim::drop_where(&self.0, doomed).await;
        self.0.swept.fetch_add(swept, Relaxed);
        Ok(swept)
    }

    async fn get_stats(&self) -> CacheResult<EngineStats> {
        self.0.open()?;
        self.0.entries.run_pending_tasks();
        Ok(self.0.stats())
    }

    async fn close(&self) -> CacheResult<()> {
        self.0.closed.store(true, SeqCst);
        self.0.entries.invalidate_all();
        Ok(())
    }

    fn at_once(&self) -> Option<&dyn AtOnce> {
        Some(&*self.0)
    }
}

impl AtOnce for Inner {
    fn mark(&self) -> Mark {
        self.stamps.mark()
    }

    fn get(&self, key: &str) -> Option<(Arc<Entry>, Duration)> {
        if self.closed.load(SeqCst) {
            return None;
        }
        Inner::get(self, key)
    }

    fn stats(&self) -> EngineStats {
        EngineStats {
            entries: self.entries.entry_count(),
            bytes: self.entries.weighted_size(),
            bytes_limit: self.bytes_limit,
            evicted: self.evicted.load(Relaxed),
            swept: self.swept.load(Relaxed),
            refused: self.refused.load(Relaxed),
        }
    }

    fn holds(&self, key: &str, names: &[Name], as_of: Mark) -> bool {
        self.stamps.hold(Subject {
            key,
            names,
            as_of,
            own: as_of,
            checked: &Checked::default(),
        })
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess")
            .field("bytes_limit", &self.0.bytes_limit)
            .finish_non_exhaustive()
    }
}
