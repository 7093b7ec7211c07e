//! The keys of one type.

mod load;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Error;

use crate::figures::Counters;
use crate::flight::Flights;
use crate::key::{text_of, with_text};
use crate::{Cache, CacheError, CacheKey, Cached, Entry, Lookup, Policy, early};
use load::Landed;

/// The keys of one type in a cache: what is kept for them, and how it comes there.
///
/// That the engine does not answer never fails a read: the source is asked instead, and it is counted.
pub struct Space<K: CacheKey> {
    cache: Cache,
    policy: Policy,
    counters: Arc<Counters>,
    flights: Flights<Landed<K::Value>>,
}

/// What is found for a key.
enum Found {
    /// It is good, if it is to be loaded anew or not.
    Fresh {
        entry: Arc<Entry>,
        due: bool,
    },
    /// It is for when the source does not answer.
    Stale(Arc<Entry>),
    Nothing,
}

impl<K: CacheKey> Space<K> {
    pub(crate) fn new(cache: Cache, policy: Policy, counters: Arc<Counters>) -> Self {
        Self {
            cache,
            policy,
            counters,
            flights: Flights::new(),
        }
    }

    /// How its values are kept.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What is kept for `key`.
    pub async fn get(&self, key: &K) -> Lookup<K::Value> {
        let lookup = match self.look(key).await {
            Found::Fresh { entry, .. } => Self::lookup(entry),
            Found::Stale(_) | Found::Nothing => Lookup::Miss,
        };
        self.count(&lookup);
        lookup
    }

    /// Whether a value that came from here is still good, and not shown because its source failed.
    pub fn is_fresh(&self, value: &Cached<K::Value>) -> bool {
        value.is_fresh(self.cache.0.clock.elapsed())
    }

    /// Whether a value is kept for `key`.
    pub async fn exists(&self, key: &K) -> bool {
        let found = self.look(key).await;
        matches!(found, Found::Fresh { entry, .. } if entry.content().is_some())
    }

    /// What is kept for each of `keys`, in their order.
    pub async fn mget(&self, keys: &[K]) -> Vec<Lookup<K::Value>> {
        let texts: Vec<_> = keys.iter().map(text_of).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let found = match self.cache.0.engine.mget(&texts).await {
            Ok(found) => found,
            Err(error) => {
                self.down(&error);
                vec![None; keys.len()]
            }
        };
        let now = self.cache.0.clock.elapsed();
        let lookups = found.into_iter().map(|entry| {
            let entry = entry.filter(|entry| entry.is_fresh(now));
            let lookup = entry.map_or(Lookup::Miss, |entry| Self::lookup(entry));
            self.count(&lookup);
            lookup
        });
        lookups.collect()
    }

    /// As [`Space::find`], without keeping the text of the key where the engine is in this process.
    async fn look(&self, key: &K) -> Found {
        match self.cache.0.engine.at_once() {
            Some(engine) => with_text(key, |text| self.found(engine.get(text))),
            None => self.find(&text_of(key)).await,
        }
    }

    async fn find(&self, text: &str) -> Found {
        let engine = &self.cache.0.engine;
        if let Some(engine) = engine.at_once() {
            return self.found(engine.get(text));
        }
        match engine.get(text).await {
            Ok(entry) => self.found(entry.map(|entry| (entry, self.cache.0.clock.elapsed()))),
            Err(error) => {
                self.down(&error);
                Found::Nothing
            }
        }
    }

    fn found(&self, entry: Option<(Arc<Entry>, Duration)>) -> Found {
        let Some((entry, now)) = entry else {
            return Found::Nothing;
        };
        if !entry.is_fresh(now) {
            return Found::Stale(entry);
        }
        let (left, cost) = (entry.life.left_ns(now), entry.life.cost_ns());
        let due = early::is_due(left, cost, &self.policy, &*self.cache.0.rng);
        Found::Fresh { entry, due }
    }

    fn lookup(entry: Arc<Entry>) -> Lookup<K::Value> {
        if entry.enliven::<K::Value>() {
            return Lookup::Hit(Cached::of(entry));
        }
        match entry.content() {
            Some(_) => Lookup::Miss,
            None => Lookup::Absent,
        }
    }

    fn count(&self, lookup: &Lookup<K::Value>) {
        match lookup {
            Lookup::Hit(_) => self.counters.hits.one(),
            Lookup::Absent => self.counters.absent.one(),
            Lookup::Miss => self.counters.misses.one(),
        }
    }

    fn down(&self, error: &CacheError) {
        self.counters.down.one();
        tracing::debug!(cause = %error, space = K::SPACE, "the cache does not answer");
    }
}

fn unreachable(error: CacheError) -> Error {
    Error::unavailable("The cache cannot be reached.").with_source(error)
}

impl<K: CacheKey> fmt::Debug for Space<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space")
            .field("space", &K::SPACE)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
