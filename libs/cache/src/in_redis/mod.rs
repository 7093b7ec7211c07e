//! The engine that processes share: Redis keeps the entries and the stamps, scripts stamp in one step, and each process has a
//! copy of the stamps by which it judges what it reads (`mirror.rs`).
//!
//! Everything lies under the *lineage* of the server that is asked. After a fail-over, which may have lost an invalidation
//! that was acknowledged, nothing is there that was kept before.

mod asking;
mod form;
mod keys;
mod marks;
mod mirror;
mod reading;
mod scripts;
mod together;
mod walk;

use std::fmt;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::Clock;
use medcover_redis::{Lineage, Redis};

use crate::{CacheEngine, CacheResult, Deleted, EngineStats, Entry, Mark, Name, Pattern, Put, Tag};
use keys::Keys;
pub(crate) use keys::Said;
use marks::Marks;
use mirror::Mirror;
use together::Together;

/// How an engine in Redis keeps what it is given.
#[derive(Clone, Copy, Debug)]
pub struct InRedisConfig {
    /// Stamps there are, rounded up to a power of two: names that share one are invalidated together. All processes must
    /// have the same number.
    pub slots: usize,
    /// The largest content that is kept, in bytes.
    pub largest: usize,
    /// From how many bytes content is compressed.
    pub compress_above: usize,
}

impl Default for InRedisConfig {
    /// 131,072 stamps (1 MiB), content of 1 MiB at most, compressed from 8 KiB.
    fn default() -> Self {
        Self {
            slots: crate::STAMP_SLOTS,
            largest: 1 << 20,
            compress_above: 8 << 10,
        }
    }
}

/// Entries in Redis. Clones share them, as do all processes that follow the same Redis.
#[derive(Clone)]
pub struct InRedis(Arc<Inner>);

struct Inner {
    redis: Redis,
    clock: Arc<dyn Clock>,
    config: InRedisConfig,
    slots: u64,
    marks: Marks,
    mirror: RwLock<Mirror>,
    /// One at a time brings the copy up to date.
    catching_up: tokio::sync::Mutex<()>,
    /// This process has invalidated something that the copy does not show yet.
    behind: AtomicBool,
    together: Together,
    closed: AtomicBool,
    refused: AtomicU64,
    swept: AtomicU64,
    /// Keys with less to live are dropped by a sweep: set while memory is short.
    least_ms: AtomicU64,
    cursor: AtomicU64,
}

impl InRedis {
    /// An engine over `redis`.
    pub fn new(redis: Redis, config: InRedisConfig, clock: Arc<dyn Clock>) -> Self {
        let slots = config.slots.clamp(1, 1 << 24).next_power_of_two();
        Self(Arc::new(Inner {
            redis,
            clock,
            config,
            slots: slots as u64,
            marks: Marks::default(),
            mirror: RwLock::new(Mirror::new(slots)),
            catching_up: tokio::sync::Mutex::new(()),
            behind: AtomicBool::new(false),
            together: Together::default(),
            closed: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            swept: AtomicU64::new(0),
            least_ms: AtomicU64::new(0),
            cursor: AtomicU64::new(0),
        }))
    }

    /// Drops, at each sweep from now on, keys with less than that to live: while memory is short. Zero stops it.
    pub fn drop_what_lives_less_than(&self, least: Duration) {
        let millis = u64::try_from(least.as_millis()).unwrap_or(u64::MAX);
        self.0.least_ms.store(millis, Relaxed);
    }

    /// The channel on which the lineage's invalidations are published.
    pub(crate) fn channel(lineage: &Lineage) -> String {
        Keys::of(lineage).channel()
    }

    pub(crate) fn redis(&self) -> &Redis {
        &self.0.redis
    }
}

#[async_trait]
impl CacheEngine for InRedis {
    async fn mark(&self) -> CacheResult<Mark> {
        self.0.mark().await
    }

    async fn get(&self, key: &str) -> CacheResult<Option<Arc<Entry>>> {
        self.0.get(key).await
    }

    async fn exists(&self, key: &str) -> CacheResult<bool> {
        Ok(self.0.get(key).await?.is_some())
    }

    async fn mget(&self, keys: &[&str]) -> CacheResult<Vec<Option<Arc<Entry>>>> {
        self.0.mget(keys).await
    }

    async fn set(&self, put: Put) -> CacheResult<bool> {
        self.0.set(put).await
    }

    async fn mset(&self, puts: Vec<Put>) -> CacheResult<u64> {
        self.0.open()?;
        let mut kept = 0;
        for put in puts {
            kept += u64::from(self.0.set(put).await?);
        }
        Ok(kept)
    }

    async fn add_tags(&self, key: &str, tags: &[Tag]) -> CacheResult<bool> {
        self.0.add_tags(key, tags).await
    }

    async fn delete(&self, keys: &[&str]) -> CacheResult<Deleted> {
        let names: Vec<_> = keys.iter().map(|key| Name::of_key(key)).collect();
        self.0.invalidate(&names, keys).await
    }

    async fn invalidate_by_tags(&self, tags: &[Tag]) -> CacheResult<Mark> {
        let names: Vec<_> = tags.iter().map(Tag::name).collect();
        Ok(self.0.invalidate(&names, &[]).await?.mark)
    }

    async fn flush_pattern(&self, patterns: &[Pattern]) -> CacheResult<u64> {
        self.0.flush(patterns).await
    }

    async fn sweep(&self) -> CacheResult<u64> {
        self.0.sweep().await
    }

    async fn get_stats(&self) -> CacheResult<EngineStats> {
        self.0.stats().await
    }

    async fn close(&self) -> CacheResult<()> {
        self.0.closed.store(true, SeqCst);
        Ok(())
    }
}

impl fmt::Debug for InRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InRedis").field(&self.0.redis).finish()
    }
}
