//! Two tiers: what this process has read of the shared engine is kept in its own memory for as long as it is told of every
//! invalidation.
//!
//! To the near tier the far one is a source like any other: it takes its own mark before it asks there, and whatever is
//! heard of between makes the answer too old to keep. The process hears of invalidations on a channel, and every fifth of a
//! second it makes sure that it hears: what the far tier had said by then is known, which is good for a second, the *lease*.
//! Without a lease the near tier is not read. When the channel is lost, it is emptied.
//!
//! Whoever only reads waits for the far tier for a moment, and then asks the source: what is there to save time must not
//! cost any. Who invalidates waits until it is done.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::Clock;
use medcover_redis::Heard;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::in_redis::Said;
use crate::patience::Patience;
use crate::{
    CacheEngine, CacheResult, Deleted, EngineStats, Entry, InProcess, InRedis, Mark, Name, Origin,
    Pattern, Put, Tag,
};

/// How long what was heard is good for.
pub const LEASE: Duration = Duration::from_secs(1);
/// How often the far tier is asked whether it is there.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// How long it takes before a lost channel is opened again.
const AGAIN: Duration = Duration::from_millis(100);

/// The engine of a process that shares Redis with others. Clones are the same; with the last, the listening ends.
#[derive(Clone)]
pub struct Tiered {
    tiers: Arc<Tiers>,
    _listening: Arc<Listening>,
}

struct Tiers {
    near: InProcess,
    far: InRedis,
    patience: Patience,
    clock: Arc<dyn Clock>,
    /// Nanoseconds of the monotonic clock until which the near tier may be read; 0: it may not.
    until: AtomicU64,
    /// Listening has begun, or has been lost.
    changed: Notify,
    lost: AtomicU64,
}

struct Listening(AbortHandle);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Tiered {
    /// What is in `far` is kept in `near` too. Whoever reads waits for `far` as long as `wait` at most; after that nobody
    /// does for a second. `clock` is that of both.
    pub fn new(near: InProcess, far: InRedis, wait: Duration, clock: Arc<dyn Clock>) -> Self {
        let tiers = Arc::new(Tiers {
            near,
            far,
            patience: Patience::new(wait, Arc::clone(&clock)),
            clock,
            until: AtomicU64::new(0),
            changed: Notify::new(),
            lost: AtomicU64::new(0),
        });
        let listening = tokio::spawn(listen(Arc::clone(&tiers)));
        Self {
            tiers,
            _listening: Arc::new(Listening(listening.abort_handle())),
        }
    }

    /// Waits until the near tier is read.
    pub async fn is_heard(&self) {
        loop {
            let changed = self.tiers.changed.notified();
            if self.tiers.may_read_near() {
                return;
            }
            changed.await;
        }
    }

    /// How often the channel was lost.
    pub fn times_lost(&self) -> u64 {
        self.tiers.lost.load(Relaxed)
    }
}

/// Listens to whichever server is the primary, for ever.
async fn listen(tiers: Arc<Tiers>) {
    loop {
        let lost = listen_once(&tiers).await;
        tiers.until.store(0, Release);
        tiers.forget().await;
        tiers.changed.notify_waiters();
        if let Err(cause) = lost {
            tracing::debug!(cause, "invalidations cannot be heard");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn listen_once(tiers: &Tiers) -> Result<(), String> {
    let opened = tiers.far.redis().channel(ASK_EVERY).await;
    let (mut channel, lineage) = opened.map_err(|error| error.to_string())?;
    channel.subscribe(&InRedis::channel(&lineage)).await?;
    // What was kept before the subscription may have been invalidated since.
    tiers.forget().await;
    loop {
        let heard = channel.next().await;
        match heard.inspect_err(|_| {
            tiers.lost.fetch_add(1, Relaxed);
        })? {
            Heard::Message(message) => tiers.hear(&message).await,
            Heard::Alive(at) => {
                let until = u64::try_from(at.saturating_add(LEASE).as_nanos());
                tiers.until.store(until.unwrap_or(u64::MAX), Release);
                tiers.changed.notify_waiters();
            }
        }
    }
}

impl Tiers {
    fn may_read_near(&self) -> bool {
        let now = u64::try_from(self.clock.elapsed().as_nanos());
        now.unwrap_or(u64::MAX) < self.until.load(Acquire)
    }

    async fn hear(&self, message: &[u8]) {
        match Said::read(message) {
            Some(Said::Stamped(names)) => self.near.stamp(&names),
            Some(Said::Flushed(patterns)) => self.flush_near(&patterns).await,
            None => self.forget().await,
        }
    }

    async fn flush_near(&self, patterns: &[Pattern]) {
        // It fails only when it is closed, and then there is nothing to forget.
        let _ = self.near.flush_pattern(patterns).await;
    }

    async fn forget(&self) {
        self.flush_near(&[Pattern::all()]).await;
    }

    async fn get(&self, key: &str) -> CacheResult<Option<Arc<Entry>>> {
        let may = self.may_read_near();
        let near = self.near.at_once().filter(|_| may);
        let Some(near) = near else {
            return self.patience.ask(self.far.get(key)).await;
        };
        if let Some((entry, _)) = near.get(key) {
            return Ok(Some(entry));
        }
        let mark = near.mark();
        let found = self.patience.ask(self.far.get(key)).await?;
        Ok(found.inspect(|entry| self.keep_near(key, entry, mark)))
    }

    /// Keeps what the far tier answered to a question that was asked after `mark`, unless it has to be asked each time.
    fn keep_near(&self, key: &str, entry: &Entry, mark: Mark) {
        let strict = entry.names().iter().any(|name| name.is_strict());
        if !strict && self.may_read_near() {
            self.near.keep_copy(key, entry, mark);
        }
    }

    async fn mget(&self, keys: &[&str]) -> CacheResult<Vec<Option<Arc<Entry>>>> {
        let near = self.near.at_once().filter(|_| self.may_read_near());
        let Some(near) = near else {
            return self.patience.ask(self.far.mget(keys)).await;
        };
        let mut found: Vec<_> = keys
            .iter()
            .map(|key| near.get(key).map(|(entry, _)| entry))
            .collect();
        let mark = near.mark();
        let places = (0..keys.len()).filter(|place| found[*place].is_none());
        let places: Vec<_> = places.collect();
        let missing: Vec<_> = places.iter().map(|place| keys[*place]).collect();
        let far = self.patience.ask(self.far.mget(&missing)).await?;
        for (place, entry) in places.into_iter().zip(far) {
            found[place] = entry.inspect(|entry| self.keep_near(keys[place], entry, mark));
        }
        Ok(found)
    }
}

#[async_trait]
impl CacheEngine for Tiered {
    async fn mark(&self) -> CacheResult<Mark> {
        let Tiers { far, patience, .. } = &*self.tiers;
        patience.ask(far.mark()).await
    }

    async fn get(&self, key: &str) -> CacheResult<Option<Arc<Entry>>> {
        self.tiers.get(key).await
    }

    async fn exists(&self, key: &str) -> CacheResult<bool> {
        Ok(self.tiers.get(key).await?.is_some())
    }

    async fn mget(&self, keys: &[&str]) -> CacheResult<Vec<Option<Arc<Entry>>>> {
        self.tiers.mget(keys).await
    }

    async fn set(&self, put: Put) -> CacheResult<bool> {
        let own = Name::of_key(&put.key);
        let loaded = matches!(put.origin, Origin::Loaded(_));
        let Tiers { far, patience, .. } = &*self.tiers;
        if loaded {
            return patience.ask(far.set(put)).await;
        }
        let kept = far.set(put).await;
        // What is near is as of before, whatever came of it. The next reader takes it from afar.
        self.tiers.near.stamp(&[own]);
        kept
    }

    async fn mset(&self, puts: Vec<Put>) -> CacheResult<u64> {
        let given = puts
            .iter()
            .filter(|put| !matches!(put.origin, Origin::Loaded(_)));
        let names: Vec<_> = given.map(|put| Name::of_key(&put.key)).collect();
        let kept = self.tiers.far.mset(puts).await;
        self.tiers.near.stamp(&names);
        kept
    }

    async fn add_tags(&self, key: &str, tags: &[Tag]) -> CacheResult<bool> {
        let added = self.tiers.far.add_tags(key, tags).await;
        self.tiers.near.stamp(&[Name::of_key(key)]);
        added
    }

    async fn delete(&self, keys: &[&str]) -> CacheResult<Deleted> {
        let deleted = self.tiers.far.delete(keys).await;
        let names: Vec<_> = keys.iter().map(|key| Name::of_key(key)).collect();
        self.tiers.near.stamp(&names);
        deleted
    }

    async fn invalidate_by_tags(&self, tags: &[Tag]) -> CacheResult<Mark> {
        let mark = self.tiers.far.invalidate_by_tags(tags).await;
        let names: Vec<_> = tags.iter().map(Tag::name).collect();
        self.tiers.near.stamp(&names);
        mark
    }

    async fn flush_pattern(&self, patterns: &[Pattern]) -> CacheResult<u64> {
        let count = self.tiers.far.flush_pattern(patterns).await;
        self.tiers.flush_near(patterns).await;
        count
    }

    async fn sweep(&self) -> CacheResult<u64> {
        let near = self.tiers.near.sweep().await?;
        Ok(near + self.tiers.far.sweep().await?)
    }

    async fn get_stats(&self) -> CacheResult<EngineStats> {
        self.tiers.far.get_stats().await
    }

    /// Those of the near tier.
    fn stats_at_once(&self) -> Option<EngineStats> {
        self.tiers.near.stats_at_once()
    }

    async fn close(&self) -> CacheResult<()> {
        self.tiers.near.close().await?;
        self.tiers.far.close().await
    }
}

impl fmt::Debug for Tiered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tiered")
            .field("near", &self.tiers.near)
            .field("far", &self.tiers.far)
            .finish_non_exhaustive()
    }
}
