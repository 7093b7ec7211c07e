//! The engine of one process: `quick_cache` keeps the entries within their bound, stamps say which may be read.

mod keeping;
mod reclaim;

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use async_trait::async_trait;
use foldhash::fast::RandomState;
use medcover_kernel::Clock;
use quick_cache::sync::Cache as QuickCache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use crate::stamps::{Checked, Stamps, Subject};
use crate::{
    AtOnce, CacheEngine, CacheResult, Deleted, EngineStats, Entry, Mark, Name, Pattern, Put, Tag,
};

/// How many stamps there are unless told: 1 MiB of them.
pub const STAMP_SLOTS: usize = 1 << 17;

/// In how many parts the entries lie, each with a lock of its own and its share of the bound.
const SHARDS: usize = 8;
/// What an entry is taken to weigh when it is worked out how many of those that were driven out are remembered.
const USUAL_WEIGHT: u64 = 1 << 10;

/// The hash of a key. Whoever finds an entry looks whether it is of the key: two that share a place take it from each other.
type Place = u64;

type Entries = QuickCache<Place, Arc<Entry>, Weigh, BuildHasherDefault<AsItIs>, DrivenOut>;

/// What a place is hashed to: itself.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write_u64(&mut self, place: u64) {
        self.0 = place;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a place is a number");
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Weighs entries in bytes.
#[derive(Clone)]
struct Weigh;

impl Weighter<Place, Arc<Entry>> for Weigh {
    fn weight(&self, _: &Place, entry: &Arc<Entry>) -> u64 {
        entry.weight.into()
    }
}

/// Counts what is driven out for want of room.
#[derive(Clone)]
struct DrivenOut(Arc<AtomicU64>);

impl Lifecycle<Place, Arc<Entry>> for DrivenOut {
    /// What one insertion has driven out: dropped when the lock of its shard is free again.
    type RequestState = Vec<Arc<Entry>>;

    fn on_evict(&self, out: &mut Self::RequestState, _: Place, entry: Arc<Entry>) {
        self.0.fetch_add(1, Relaxed);
        out.push(entry);
    }
}

/// Entries in the memory of this process. Clones share them.
#[derive(Clone)]
pub struct InProcess(Arc<Inner>);

struct Inner {
    entries: Entries,
    places: RandomState,
    stamps: Stamps,
    clock: Arc<dyn Clock>,
    bytes_limit: u64,
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
        let items = usize::try_from(bytes_limit / USUAL_WEIGHT).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(items)
            .weight_capacity(bytes_limit)
            .build()
            .expect("both capacities are given");
        let driven_out = DrivenOut(Arc::clone(&evicted));
        let entries = Entries::with_options(options, Weigh, BuildHasherDefault::new(), driven_out);
        Self(Arc::new(Inner {
            entries,
            places: RandomState::default(),
            stamps: Stamps::new(slots),
            clock,
            bytes_limit,
            closed: AtomicBool::new(false),
            evicted,
            swept: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }))
    }
}

/// What a tier above tells it.
impl InProcess {
    /// Makes what has one of `names` unreadable.
    pub(crate) fn stamp(&self, names: &[Name]) {
        self.0.stamps.stamp(names.iter().copied());
    }

    /// Keeps what another engine answered to a question that was asked after `mark`.
    pub(crate) fn keep_copy(&self, key: &str, entry: &Entry, mark: Mark) {
        self.0.keep_copy(key, entry, mark);
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
        let doomed = move |entry: &Entry| patterns.iter().any(|it| it.matches(entry.key()));
        Ok(reclaim::drop_where(&self.0, doomed).await)
    }

    async fn sweep(&self) -> CacheResult<u64> {
        self.0.open()?;
        let inner = Arc::clone(&self.0);
        let doomed = move |entry: &Entry| !inner.readable(entry.key(), entry);
        let swept = reclaim::drop_where(&self.0, doomed).await;
        self.0.swept.fetch_add(swept, Relaxed);
        Ok(swept)
    }

    async fn get_stats(&self) -> CacheResult<EngineStats> {
        self.0.open()?;
        Ok(self.0.stats())
    }

    async fn close(&self) -> CacheResult<()> {
        self.0.closed.store(true, SeqCst);
        self.0.entries.clear();
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
            entries: self.entries.len() as u64,
            bytes: self.entries.weight(),
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
