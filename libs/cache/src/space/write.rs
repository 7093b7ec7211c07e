//! What is put into the cache and taken out of it, beside what is loaded.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Result;

use super::load::ALONE;
use super::{Space, unreachable};
use crate::engine::{Origin, Put};
use crate::key::text_of;
use crate::{CacheKey, CacheValue as _, Cached, Dependencies, Live, Loaded, Name};

impl<K: CacheKey> Space<K> {
    /// Keeps `value` for `key`, because it is so, and invalidates what depends on the key. Fails when the engine does not
    /// answer; false when the value is not kept, for want of room for example.
    pub async fn set(&self, key: &K, value: K::Value) -> Result<bool> {
        self.set_with_invalidation(key, value, ALONE).await
    }

    /// The same for a value that depends on something: both in one step.
    pub async fn set_with_invalidation(
        &self,
        key: &K,
        value: K::Value,
        dependencies: Dependencies,
    ) -> Result<bool> {
        let value = Arc::new(value);
        let put = self.put(&text_of(key), Some(&value), dependencies, Origin::Given);
        let Some(put) = put else {
            self.delete(key).await?;
            return Ok(false);
        };
        let kept = self.cache.0.engine.set(put).await.map_err(unreachable)?;
        self.cache.0.invalidations.keys.one();
        Ok(kept)
    }

    /// The same for several; how many are kept.
    pub async fn mset(&self, values: Vec<(K, K::Value)>) -> Result<u64> {
        let put = |(key, value): (K, K::Value)| {
            let value = Arc::new(value);
            self.put(&text_of(&key), Some(&value), ALONE, Origin::Given)
        };
        let puts: Vec<_> = values.into_iter().filter_map(put).collect();
        self.cache.0.invalidations.keys.add(puts.len() as u64);
        self.cache.0.engine.mset(puts).await.map_err(unreachable)
    }

    /// Forgets `key` and invalidates what depends on it; whether there was anything.
    pub async fn delete(&self, key: &K) -> Result<bool> {
        let text = text_of(key);
        let deleted = self.cache.0.engine.delete(&[&text]).await;
        let deleted = deleted.map_err(unreachable)?;
        self.cache.0.invalidations.keys.one();
        Ok(deleted.count > 0)
    }

    /// Write-through: `write` changes the source and says what it holds now, which is kept. Whatever was kept or is being
    /// loaded is unreadable by the time this returns, also when `write` fails, whose outcome may then be unknown. Of two
    /// that write one key at once neither is kept, since nobody knows whose write was last.
    pub async fn write_through<Fut>(&self, key: &K, write: Fut) -> Result<Option<Cached<K::Value>>>
    where
        Fut: Future<Output = Result<Loaded<K::Value>>>,
    {
        let text = text_of(key);
        let engine = &self.cache.0.engine;
        let before = engine.delete(&[&text]).await.map_err(unreachable)?;
        let written = match write.await {
            Ok(written) => written,
            Err(error) => {
                engine.delete(&[&text]).await.map_err(unreachable)?;
                return Err(error);
            }
        };
        self.cache.0.invalidations.keys.one();
        let names = written.dependencies.names_with(Name::of_key(&text));
        let value = written.value.map(Arc::new);
        let origin = Origin::Written(before.mark);
        let put = self.put(&text, value.as_ref(), written.dependencies, origin);
        match put.filter(|_| written.keep) {
            Some(put) => {
                engine.set(put).await.map_err(unreachable)?;
            }
            None => {
                engine.delete(&[&text]).await.map_err(unreachable)?;
            }
        }
        Ok(value.map(|value| Cached::apart(value, names, before.mark)))
    }

    /// What is to be kept; `None` when it is not.
    pub(super) fn put(
        &self,
        text: &str,
        value: Option<&Arc<K::Value>>,
        dependencies: Dependencies,
        origin: Origin,
    ) -> Option<Put> {
        let fresh_for = match value {
            Some(_) => self.policy.ttl,
            None => self.policy.absent_ttl,
        };
        if fresh_for.is_zero() {
            return None;
        }
        let content = match value.map(|value| value.encode()).transpose() {
            Ok(content) => content,
            Err(error) => {
                tracing::error!(cause = %error, space = K::SPACE, "a value cannot be kept");
                return None;
            }
        };
        let bytes = content.as_ref().map_or(0, bytes::Bytes::len);
        Some(Put {
            key: text.into(),
            live: value.map(|value| Arc::clone(value) as Live),
            content_weight: bytes.saturating_mul(K::Value::BYTES_A_BYTE),
            content,
            dependencies,
            origin,
            fresh_for,
            stale_for: self.policy.stale_if_error,
            cost: Duration::ZERO,
        })
    }

    /// Keeps what was loaded. That this fails is no harm to who asked.
    pub(super) async fn keep(&self, put: Put) {
        if let Err(error) = self.cache.0.engine.set(put).await {
            self.down(&error);
        }
    }
}
