//! The cache of a process: its engine, its name spaces, and invalidation across them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use medcover_kernel::{Clock, Error, Result, Rng};
use serde::Serialize;

use crate::figures::{Counters, Invalidations};
use crate::warm::Warm;
use crate::{
    CacheEngine, CacheError, CacheKey, EngineStats, InvalidationFigures, Pattern, Policy, Space,
    SpaceFigures, Tag,
};

/// The cache of a process. Clones share it.
#[derive(Clone)]
pub struct Cache(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) engine: Arc<dyn CacheEngine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) invalidations: Invalidations,
    /// In the order in which they were made.
    spaces: Mutex<Vec<(&'static str, Arc<Counters>)>>,
    pub(crate) warmers: Mutex<Vec<(&'static str, Arc<dyn Warm>)>>,
}

/// What a cache keeps and did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CacheStats {
    /// What the engine keeps.
    pub engine: EngineStats,
    /// How often was invalidated.
    pub invalidations: InvalidationFigures,
    /// By name space.
    pub spaces: Vec<SpaceFigures>,
}

impl Cache {
    /// A cache over `engine`.
    pub fn new(engine: Arc<dyn CacheEngine>, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self(Arc::new(Shared {
            engine,
            clock,
            rng,
            invalidations: Invalidations::default(),
            spaces: Mutex::default(),
            warmers: Mutex::default(),
        }))
    }

    /// The name space of keys `K`. Make it once: those who wait for one load share a space.
    pub fn space<K: CacheKey>(&self) -> Space<K> {
        self.space_with(K::POLICY)
    }

    /// The same by a policy of its own, where settings have a say.
    pub fn space_with<K: CacheKey>(&self, policy: Policy) -> Space<K> {
        Space::new(self.clone(), policy, self.counters(K::SPACE))
    }

    fn counters(&self, space: &'static str) -> Arc<Counters> {
        let mut spaces = self.0.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = spaces.iter().find(|(name, _)| *name == space) {
            return Arc::clone(known);
        }
        let new = Arc::<Counters>::default();
        spaces.push((space, Arc::clone(&new)));
        new
    }

    /// Makes whatever depends on one of `tags` unreadable, here and, where the engine is shared, everywhere. When it has
    /// returned, nothing is shown that was read from its source before. Fails when the engine cannot be reached: what is
    /// kept is then as it was.
    pub async fn invalidate_by_tags(&self, tags: &[Tag]) -> Result<()> {
        let done = self.0.engine.invalidate_by_tags(tags).await;
        done.map_err(not_invalidated)?;
        self.0.invalidations.tags.add(tags.len() as u64);
        // The kinds only: an id may be a person's.
        let kinds: Vec<_> = tags.iter().map(Tag::kind).collect();
        tracing::debug!(kind = "tag", ?kinds, "invalidated");
        Ok(())
    }

    /// The same for every key that fits one of `patterns`; how many entries there were.
    pub async fn flush_pattern(&self, patterns: &[Pattern]) -> Result<u64> {
        let flushed = self.0.engine.flush_pattern(patterns).await;
        let flushed = flushed.map_err(not_invalidated)?;
        self.0.invalidations.patterns.add(patterns.len() as u64);
        self.0.invalidations.flushed.add(flushed);
        let spaces: Vec<_> = patterns
            .iter()
            .map(|it| it.space().unwrap_or("*"))
            .collect();
        tracing::info!(kind = "pattern", ?spaces, flushed, "invalidated");
        Ok(flushed)
    }

    /// The same for one pattern.
    pub async fn invalidate_pattern(&self, pattern: &Pattern) -> Result<u64> {
        self.flush_pattern(std::slice::from_ref(pattern)).await
    }

    /// What it keeps and did. While a shared engine is away, the figures are of what is in this process.
    pub async fn get_stats(&self) -> Result<CacheStats> {
        let engine = match (
            self.0.engine.get_stats().await,
            self.0.engine.stats_at_once(),
        ) {
            (Err(CacheError::Unavailable(_)), Some(here)) => here,
            (stats, _) => stats.map_err(unreachable)?,
        };
        Ok(CacheStats {
            engine,
            invalidations: self.0.invalidations.figures(),
            spaces: self.figures(),
        })
    }

    /// What each name space did.
    pub fn figures(&self) -> Vec<SpaceFigures> {
        let spaces = self.0.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        let figures = spaces.iter().map(|(name, counters)| counters.figures(name));
        figures.collect()
    }

    /// Drops what cannot be read any more every `every`, until the process ends or the future is dropped.
    pub async fn sweep_every(self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.0.engine.sweep().await {
                Ok(0) => {}
                Ok(swept) => tracing::debug!(swept, "dropped what cannot be read any more"),
                Err(CacheError::Closed) => return,
                Err(error) => tracing::warn!(cause = %error, "the cache could not be swept"),
            }
        }
    }

    /// Forgets everything. Values are loaded each time from then on.
    pub async fn close(&self) -> Result<()> {
        self.0.engine.close().await.map_err(unreachable)
    }
}

fn not_invalidated(error: CacheError) -> Error {
    Error::unavailable("What was kept could not be invalidated.").with_source(error)
}

fn unreachable(error: CacheError) -> Error {
    Error::unavailable("The cache cannot be asked now.").with_source(error)
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cache").field(&self.0.engine).finish()
    }
}
