//! What keeps entries: in this process, or elsewhere.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Dependencies, Entry, Live, Name, Pattern, Tag};

/// A moment in the order of invalidations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub(crate) u64);

/// Why an engine does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// It was closed.
    #[error("the cache is closed")]
    Closed,
    /// It cannot be reached.
    #[error("the cache cannot be reached: {0}")]
    Unavailable(String),
}

/// How an engine answers.
pub type CacheResult<T> = std::result::Result<T, CacheError>;

/// Where a value that is to be kept comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is so because the caller says so. What depends on its key is invalidated.
    Given,
    /// It was read from the source after this mark.
    Loaded(Mark),
    /// The caller has changed the source after [`CacheEngine::delete`] gave this mark. It is kept unless the key was
    /// invalidated meanwhile, by somebody else who writes; what depends on it is invalidated in either case.
    Written(Mark),
}

/// A value to keep. All of it is kept in one step, or nothing.
#[derive(Clone, Debug)]
pub struct Put {
    /// The whole key.
    pub key: Box<str>,
    /// The content; `None` for the knowledge that there is no value.
    pub content: Option<Bytes>,
    /// The value in its own form, for engines that can keep one.
    pub live: Option<Live>,
    /// What its content takes in memory in both forms, in bytes.
    pub content_weight: usize,
    /// What it depends on.
    pub dependencies: Dependencies,
    /// Where it comes from.
    pub origin: Origin,
    /// How long it is good.
    pub fresh_for: Duration,
    /// For how long it is kept after that.
    pub stale_for: Duration,
    /// How long its load took.
    pub cost: Duration,
}

/// What a deletion did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// How many of the keys had a value.
    pub count: u64,
    /// What is read from the source from now on is as of this.
    pub mark: Mark,
}

/// What an engine keeps, and what became of what it kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EngineStats {
    /// Entries, with those that are unreadable and not yet swept.
    pub entries: u64,
    /// What they take, in bytes.
    pub bytes: u64,
    /// What they may take.
    pub bytes_limit: u64,
    /// Dropped for want of room since the start.
    pub evicted: u64,
    /// Dropped because they had expired or were invalidated.
    pub swept: u64,
    /// Not kept: too large, of too many dependencies, or invalidated before they came.
    pub refused: u64,
}

/// Keeps entries by key. What it answers obeys one rule: after an invalidation has returned, nothing is shown that was
/// read from its source before.
///
/// `libs/cache/src/conformance` is what every engine must do, as tests.
#[async_trait]
pub trait CacheEngine: Send + Sync + fmt::Debug {
    /// The present moment in the order of invalidations: take it before reading from a source.
    async fn mark(&self) -> CacheResult<Mark>;

    /// The entry of a key, unless it has expired or was invalidated.
    async fn get(&self, key: &str) -> CacheResult<Option<Arc<Entry>>>;

    /// Whether [`CacheEngine::get`] would find one.
    async fn exists(&self, key: &str) -> CacheResult<bool>;

    /// The entries of several keys, in their order.
    async fn mget(&self, keys: &[&str]) -> CacheResult<Vec<Option<Arc<Entry>>>>;

    /// Keeps a value; false when it was not kept.
    async fn set(&self, put: Put) -> CacheResult<bool>;

    /// Keeps several; how many were kept.
    async fn mset(&self, puts: Vec<Put>) -> CacheResult<u64>;

    /// Lets the entry of a key depend on further things. False when there is none, or it is older than their last
    /// invalidation.
    async fn add_tags(&self, key: &str, tags: &[Tag]) -> CacheResult<bool>;

    /// Forgets keys, and invalidates what depends on them.
    async fn delete(&self, keys: &[&str]) -> CacheResult<Deleted>;

    /// Invalidates whatever depends on one of `tags`.
    async fn invalidate_by_tags(&self, tags: &[Tag]) -> CacheResult<Mark>;

    /// Forgets every key that fits one of `patterns`, and says how many had an entry.
    async fn flush_pattern(&self, patterns: &[Pattern]) -> CacheResult<u64>;

    /// Drops what cannot be read any more, and says how much that was.
    async fn sweep(&self) -> CacheResult<u64>;

    /// Figures.
    async fn get_stats(&self) -> CacheResult<EngineStats>;

    /// Figures of what is in this process, without waiting.
    fn stats_at_once(&self) -> Option<EngineStats> {
        self.at_once().map(AtOnce::stats)
    }

    /// Forgets everything, and answers nothing but [`CacheError::Closed`] from now on.
    async fn close(&self) -> CacheResult<()>;

    /// The same without waiting, where all is in this process.
    fn at_once(&self) -> Option<&dyn AtOnce> {
        None
    }
}

/// An engine that need not be waited for.
pub trait AtOnce: Send + Sync {
    /// [`CacheEngine::mark`]
    fn mark(&self) -> Mark;

    /// [`CacheEngine::get`], with the moment on the monotonic clock at which it was looked at; an engine that is closed has
    /// nothing.
    fn get(&self, key: &str) -> Option<(Arc<Entry>, Duration)>;

    /// [`CacheEngine::get_stats`], but that entries are counted once they have settled, a moment later.
    fn stats(&self) -> EngineStats;

    /// Whether a value of these names that is as of `as_of` may still be shown.
    fn holds(&self, key: &str, names: &[Name], as_of: Mark) -> bool;
}
