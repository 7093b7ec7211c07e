//! Filling the cache before anybody asks.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use medcover_kernel::Result;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::{Cache, CacheKey, Loaded, Pattern, Space};

/// How many keys one provider warms at most.
pub const MAX_WARMED: usize = 10_000;
/// How many are loaded at a time, so that warming leaves room for requests.
const AT_ONCE: usize = 4;

/// A source that the cache can ask by itself: for read-through without a loader at each place, and for warming.
#[async_trait]
pub trait Provider<K: CacheKey>: Send + Sync {
    /// The value of a key.
    async fn load(&self, key: &K) -> Result<Loaded<K::Value>>;

    /// The keys to warm when `pattern` is, the most wanted first; at most `most`.
    async fn keys(&self, pattern: &Pattern, most: usize) -> Result<Vec<K>>;
}

/// A name space with its source.
pub struct ReadThrough<K: CacheKey> {
    space: Arc<Space<K>>,
    provider: Arc<dyn Provider<K>>,
}

impl<K: CacheKey> ReadThrough<K> {
    /// `space`, filled by `provider`.
    pub fn new(space: Arc<Space<K>>, provider: Arc<dyn Provider<K>>) -> Self {
        Self { space, provider }
    }

    /// The value of `key`, kept or loaded.
    pub async fn get(&self, key: &K) -> Result<Option<crate::Cached<K::Value>>> {
        let load = || self.provider.load(key);
        self.space.get_or_load(key, load).await
    }

    /// The name space.
    pub const fn space(&self) -> &Arc<Space<K>> {
        &self.space
    }
}

impl<K: CacheKey> Clone for ReadThrough<K> {
    fn clone(&self) -> Self {
        Self {
            space: Arc::clone(&self.space),
            provider: Arc::clone(&self.provider),
        }
    }
}

/// What warming did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Warmed {
    /// Keys that are there now.
    pub warmed: u64,
    /// Keys that could not be loaded.
    pub failed: u64,
}

/// Warms the keys of some type.
#[async_trait]
pub(crate) trait Warm: Send + Sync {
    async fn warm(&self, pattern: &Pattern) -> Result<Warmed>;
}

#[async_trait]
impl<K: CacheKey + 'static> Warm for ReadThrough<K> {
    async fn warm(&self, pattern: &Pattern) -> Result<Warmed> {
        let mut keys = self.provider.keys(pattern, MAX_WARMED).await?;
        keys.truncate(MAX_WARMED);
        let (mut warmed, mut loads) = (Warmed::default(), JoinSet::new());
        for key in keys {
            if loads.len() == AT_ONCE
                && let Some(done) = loads.join_next().await
            {
                warmed.count(&done);
            }
            let this = self.clone();
            loads.spawn(async move { this.get(&key).await.is_ok() });
        }
        while let Some(done) = loads.join_next().await {
            warmed.count(&done);
        }
        Ok(warmed)
    }
}

impl Warmed {
    /// One more, which is there unless its load failed or panicked.
    fn count(&mut self, done: &std::result::Result<bool, tokio::task::JoinError>) {
        if matches!(done, Ok(true)) {
            self.warmed += 1;
        } else {
            self.failed += 1;
        }
    }
}

impl Cache {
    /// Has `source` warm its name space when a pattern is about it.
    pub fn warmed_by<K: CacheKey + 'static>(&self, source: ReadThrough<K>) {
        let mut warmers = self
            .0
            .warmers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        warmers.push((K::SPACE, Arc::new(source)));
    }

    /// Loads what fits `patterns`, such as `patients:*`, from the providers of their name spaces; a pattern about no name
    /// space in particular asks them all. The patterns come one after the other.
    pub async fn warm_cache(&self, patterns: &[Pattern]) -> Result<Warmed> {
        let mut all = Warmed::default();
        for pattern in patterns {
            let warmers = self
                .0
                .warmers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let space = pattern.space();
            let meant = warmers
                .iter()
                .filter(|(name, _)| space.is_none_or(|it| it == *name));
            for (name, warmer) in meant {
                let Warmed { warmed, failed } = warmer.warm(pattern).await?;
                tracing::info!(space = name, warmed, failed, "warmed");
                all.warmed += warmed;
                all.failed += failed;
            }
        }
        Ok(all)
    }
}

impl<K: CacheKey> std::fmt::Debug for ReadThrough<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ReadThrough").field(&self.space).finish()
    }
}
