//! Read-through: a value from the cache, or from its source by one load for all who wait.

use std::future::Future;
use std::sync::Arc;

use medcover_kernel::{Error, ErrorKind, Result};
use medcover_telemetry::{Layer, Outcome, Span, attributes};
use tokio::time::timeout;

use super::{Found, Space};
use crate::engine::Origin;
use crate::key::text_of;
use crate::{CacheKey, Cached, Dependencies, Entry, Loaded, Lookup, Mark, Name, early};

/// What a load gave to all who waited for it.
pub(super) struct Landed<V> {
    value: Option<Cached<V>>,
    names: Arc<[Name]>,
    as_of: Mark,
}

/// The load of one caller, and whether it is the one that loads for the others.
struct Own<F> {
    load: Option<F>,
    flies: bool,
}

/// What the span of a load says of what came of it.
fn told<T>(span: &mut Span, loaded: &Result<T>) -> Outcome {
    match loaded {
        Ok(_) => Outcome::Done,
        Err(error) => {
            span.set(attributes::ERROR, error.slug().to_owned());
            Outcome::Failed
        }
    }
}

impl<V> Clone for Landed<V> {
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            names: Arc::clone(&self.names),
            as_of: self.as_of,
        }
    }
}

impl<K: CacheKey> Space<K> {
    /// The value of `key`: the one that is kept, or else what `load` gives, which is then kept. `None` when there is none.
    ///
    /// Of all who miss a key at once, one loads. When its load fails, that one gets the error, and the next one loads; the
    /// same when it panics or is given up. A load that began before an invalidation is neither kept nor given to anybody
    /// who asks after it. What has expired is shown where the policy allows, when a load fails by no fault of the caller's.
    pub async fn get_or_load<F, Fut>(&self, key: &K, load: F) -> Result<Option<Cached<K::Value>>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Loaded<K::Value>>>,
    {
        let at_once = self.cache.0.engine.at_once().is_some();
        let arrived = if at_once { self.mark().await } else { None };
        let stale = match self.look(key).await {
            Found::Fresh { entry, due } => match Self::lookup(entry) {
                Lookup::Miss => None,
                lookup => {
                    self.count(&lookup);
                    let newer = self.newer_if(due, key, load).await;
                    return Ok(newer.map_or_else(|| lookup.value(), |newer| newer.value));
                }
            },
            Found::Stale(entry) => Some(entry),
            Found::Nothing => None,
        };
        // A hit does not wait for an engine elsewhere twice; a mark of later is the stricter one.
        let arrived = if at_once { arrived } else { self.mark().await };
        // Boxed, so that the future of a hit is small.
        Box::pin(self.missed(&text_of(key), arrived, stale, load)).await
    }

    /// The latest invalidation; none where the engine does not answer.
    async fn mark(&self) -> Option<Mark> {
        let engine = &self.cache.0.engine;
        match engine.at_once() {
            Some(engine) => Some(engine.mark()),
            None => engine.mark().await.ok(),
        }
    }

    /// When it is due, loads anew what is still good, unless somebody does. A load that fails is no harm yet.
    async fn newer_if<F, Fut>(&self, due: bool, key: &K, load: F) -> Option<Landed<K::Value>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Loaded<K::Value>>>,
    {
        if !due {
            return None;
        }
        let text = text_of(key);
        let seat = self.flights.begin(&text)?;
        self.counters.early.one();
        let loading = seat.cell().get_or_try_init(|| self.load(&text, load));
        Box::pin(loading).await.ok().cloned()
    }

    async fn missed<F, Fut>(
        &self,
        text: &str,
        arrived: Option<Mark>,
        stale: Option<Arc<Entry>>,
        load: F,
    ) -> Result<Option<Cached<K::Value>>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Loaded<K::Value>>>,
    {
        self.counters.misses.one();
        let mut own = Own {
            load: Some(load),
            flies: false,
        };
        // Whoever comes after an invalidation does not take what was under way before it: then it goes on once more, with
        // a flight that began after it came.
        loop {
            let seat = self.flights.join(text);
            let flight = seat.cell().get_or_try_init(|| self.once(text, &mut own));
            match flight.await {
                Ok(landed) if own.flies => return Ok(landed.value.clone()),
                Ok(landed) if self.is_good(text, landed, arrived) => {
                    self.counters.joined.one();
                    return Ok(landed.value.clone());
                }
                Ok(_) => {}
                Err(error) => return self.stale_instead(text, stale, error).await,
            }
        }
    }

    /// What a flight is for: one that landed since this caller looked, or else its own load.
    async fn once<F, Fut>(&self, text: &str, own: &mut Own<F>) -> Result<Landed<K::Value>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Loaded<K::Value>>>,
    {
        own.flies = true;
        if let Found::Fresh { entry, .. } = self.find(text).await {
            let (names, as_of) = (Arc::clone(entry.names()), entry.as_of);
            let lookup = Self::lookup(entry);
            if !lookup.is_miss() {
                return Ok(Landed {
                    value: lookup.value(),
                    names,
                    as_of,
                });
            }
        }
        let load = own.load.take().expect("a caller begins one load at most");
        self.load(text, load).await
    }

    /// Whether somebody else's load may be shown to who `arrived` then.
    fn is_good(&self, text: &str, landed: &Landed<K::Value>, arrived: Option<Mark>) -> bool {
        let Some(arrived) = arrived else {
            // Nothing is invalidated while the engine is away.
            return true;
        };
        let engine = self.cache.0.engine.at_once();
        landed.as_of >= arrived
            || engine.is_some_and(|it| it.holds(text, &landed.names, landed.as_of))
    }

    /// Loads and keeps.
    async fn load<F, Fut>(&self, text: &str, load: F) -> Result<Landed<K::Value>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Loaded<K::Value>>>,
    {
        let clock = &self.cache.0.clock;
        // Before the source is asked: whatever is invalidated from here on makes what it answers unreadable.
        let as_of = self.mark().await;
        let began = clock.elapsed();
        self.counters.loads.one();
        let late = |_| {
            Err(Error::new(
                ErrorKind::DeadlineExceeded,
                "deadline-exceeded",
                TOO_LONG,
            ))
        };
        let mut span = Span::child(Layer::Cache, "cache.load");
        span.set(attributes::COLLECTION, K::SPACE);
        let loading = async {
            let loaded = timeout(self.policy.load_within, load()).await;
            loaded.unwrap_or_else(late)
        };
        let loaded = span.around(loading, told).await;
        let loaded = loaded.inspect_err(|_| self.counters.failed.one())?;
        let cost = clock.elapsed().saturating_sub(began);
        Ok(self.land(text, loaded, as_of, cost).await)
    }

    async fn land(
        &self,
        text: &str,
        loaded: Loaded<K::Value>,
        as_of: Option<Mark>,
        cost: std::time::Duration,
    ) -> Landed<K::Value> {
        let Loaded {
            value,
            dependencies,
            ttl,
            keep,
        } = loaded;
        let names = dependencies.names_with(Name::of_key(text));
        let value = value.map(Arc::new);
        if let (Some(as_of), true) = (as_of, keep) {
            let put = self.put(text, value.as_ref(), dependencies, Origin::Loaded(as_of));
            if let Some(mut put) = put {
                let good = ttl.unwrap_or(put.fresh_for);
                put.fresh_for = early::shortened(good, &self.policy, &*self.cache.0.rng);
                put.cost = cost;
                self.keep(put).await;
            }
        }
        let as_of = as_of.unwrap_or_default();
        Landed {
            value: value.map(|value| Cached::apart(value, Arc::clone(&names), as_of)),
            names,
            as_of,
        }
    }

    /// What has expired, if it may stand in for what failed.
    async fn stale_instead(
        &self,
        text: &str,
        stale: Option<Arc<Entry>>,
        error: Error,
    ) -> Result<Option<Cached<K::Value>>> {
        let ours = matches!(
            error.kind(),
            ErrorKind::Unavailable | ErrorKind::DeadlineExceeded | ErrorKind::Internal
        );
        if stale.is_none() || !ours {
            return Err(error);
        }
        // Asked for again: it may have been invalidated, or loaded by another, since.
        let entry = match self.find(text).await {
            Found::Fresh { entry, .. } | Found::Stale(entry) => entry,
            Found::Nothing => return Err(error),
        };
        match Self::lookup(entry) {
            Lookup::Hit(value) => {
                self.counters.stale.one();
                tracing::warn!(space = K::SPACE, cause = %error, "a kept value stands in for its source");
                Ok(Some(value))
            }
            Lookup::Absent | Lookup::Miss => Err(error),
        }
    }
}

const TOO_LONG: &str = "Loading took too long.";

/// That nothing else is depended on.
pub(super) const ALONE: Dependencies = Dependencies::none();
