//! What the engine asks of Redis, and how it reads the answers.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use bytes::Bytes;
use medcover_redis::{Ask, Lineage, RedisError};
use redis::{Cmd, Script, cmd, pipe};

use super::keys::{Keys, Said};
use super::{Inner, form, scripts};
use crate::stamps::FLUSHES;
use crate::{
    CacheError, CacheResult, Deleted, Dependencies, Entry, MAX_KEY_BYTES, Mark, Name, Origin,
    Pattern, Put, Tag,
};

impl Inner {
    pub(super) fn open(&self) -> CacheResult<()> {
        if self.closed.load(SeqCst) {
            return Err(CacheError::Closed);
        }
        Ok(())
    }

    fn slot(&self, name: Name) -> u64 {
        name.0 & (self.slots - 1)
    }

    /// Asks, and says of which lineage the answer is. Whatever is asked of it may be done twice: an invalidation twice is
    /// one, and an entry that is kept twice is stamped anew.
    pub(super) async fn ask<T: redis::FromRedisValue>(
        &self,
        scripts: &[&Script],
        build: impl Fn(&Keys) -> Cmd + Send + Sync,
    ) -> CacheResult<(T, Lineage)> {
        self.open()?;
        let ask = Ask {
            scripts,
            ..Ask::PRIMARY
        };
        let asked = self
            .redis
            .ask_whom(ask, |lineage| build(&Keys::of(lineage)).into());
        asked.await.map_err(|error| away(&error))
    }

    pub(super) async fn mark(&self) -> CacheResult<Mark> {
        let (number, lineage) = self
            .ask::<u64>(&[&scripts::MARK], |keys| {
                let mut call = call(&scripts::MARK, &[keys.meta()]);
                call.take()
            })
            .await?;
        Ok(self.marks.of(&lineage, number))
    }

    pub(super) async fn get(&self, key: &str) -> CacheResult<Option<Arc<Entry>>> {
        let (found, lineage) = self
            .ask(&[&scripts::GET], |keys| self.getting(keys, key))
            .await?;
        Ok(self.read(key, found, &lineage))
    }

    fn getting(&self, keys: &Keys, key: &str) -> Cmd {
        let mut call = call(
            &scripts::GET,
            &[keys.entry(key), keys.stamps(), keys.flushes()],
        );
        call.arg(self.slots);
        call.take()
    }

    pub(super) async fn mget(&self, keys: &[&str]) -> CacheResult<Vec<Option<Arc<Entry>>>> {
        self.open()?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let ask = Ask {
            scripts: &[&scripts::GET],
            ..Ask::PRIMARY
        };
        let asked = self.redis.ask_whom::<Vec<Found>>(ask, |lineage| {
            let of = Keys::of(lineage);
            let mut commands = pipe();
            for key in keys {
                commands.add_command(self.getting(&of, key));
            }
            commands.into()
        });
        let (found, lineage) = asked.await.map_err(|error| away(&error))?;
        let entries = keys.iter().zip(found);
        Ok(entries
            .map(|(key, found)| self.read(key, found, &lineage))
            .collect())
    }

    /// The entry in what [`scripts::GET`] answered, unless it has expired or was flushed.
    fn read(&self, key: &str, found: Found, lineage: &Lineage) -> Option<Arc<Entry>> {
        let (bytes, flushes) = match found {
            Found::Nothing => return None,
            Found::Entry(bytes) => (bytes, Vec::new()),
            Found::Flushed(bytes, flushes) => (bytes, flushes),
        };
        let of = |number| self.marks.of(lineage, number);
        let entry = form::read(&bytes, of, &*self.clock)?;
        let forgotten = flushes.len() == FLUSHES
            && flushes
                .last()
                .is_none_or(|(number, _)| of(*number) > entry.as_of);
        let later = flushes
            .iter()
            .take_while(|(number, _)| of(*number) > entry.as_of);
        let mut later = later.map(|(_, pattern)| pattern);
        if forgotten || later.any(|pattern| pattern.matches(key)) {
            return None;
        }
        let kept = entry.life.is_kept(self.clock.elapsed());
        kept.then(|| Arc::new(entry))
    }

    pub(super) async fn set(&self, put: Put) -> CacheResult<bool> {
        self.open()?;
        let kept = self.keep(put).await?;
        self.refused.fetch_add(u64::from(!kept), Relaxed);
        Ok(kept)
    }

    async fn keep(&self, put: Put) -> CacheResult<bool> {
        let own = Name::of_key(&put.key);
        let names = put.dependencies.names_with(own);
        let content = put.content.as_ref().map_or(0, Bytes::len);
        let fits = names.len() <= Dependencies::MAX + 1 && put.key.len() <= MAX_KEY_BYTES;
        if !fits || content >= self.config.largest {
            // What was there before is not so any more.
            self.invalidate(&[own], &[&put.key]).await?;
            return Ok(false);
        }
        let (origin, mark) = match put.origin {
            Origin::Given => ("given", None),
            Origin::Loaded(mark) => ("loaded", Some(mark)),
            Origin::Written(mark) => ("written", Some(mark)),
        };
        let parts = form::write(&put, &names, &*self.clock, self.config.compress_above);
        let living = put.fresh_for.saturating_add(put.stale_for).as_millis();
        let living = u64::try_from(living).unwrap_or(u64::MAX).clamp(1, MOST_MS);
        let message = Said::stamped([own]);
        let (kept, _) = self
            .ask::<bool>(&[&scripts::SET], |keys| {
                let mut call = call(
                    &scripts::SET,
                    &[keys.meta(), keys.stamps(), keys.entry(&put.key)],
                );
                call.arg(keys.channel()).arg(&*message).arg(origin);
                // What was marked under another lineage is as of before this one began.
                call.arg(mark.map_or(0, |mark| self.marks.number(mark, keys)));
                call.arg(living).arg(&parts.before[..]).arg(&*parts.after);
                for name in &*names {
                    call.arg(self.slot(*name));
                }
                call.take()
            })
            .await?;
        Ok(kept)
    }

    pub(super) async fn invalidate(
        &self,
        names: &[Name],
        deleted: &[&str],
    ) -> CacheResult<Deleted> {
        let message = Said::stamped(names.iter().copied());
        let ((number, count), lineage) = self
            .ask::<(u64, u64)>(&[&scripts::INVALIDATE], |keys| {
                let mut all = vec![keys.meta(), keys.stamps()];
                all.extend(deleted.iter().map(|key| keys.entry(key)));
                let mut call = call(&scripts::INVALIDATE, &all);
                call.arg(keys.channel()).arg(&*message);
                for name in names {
                    call.arg(self.slot(*name));
                }
                call.take()
            })
            .await?;
        let mark = self.marks.of(&lineage, number);
        Ok(Deleted { count, mark })
    }

    pub(super) async fn flush(&self, patterns: &[Pattern]) -> CacheResult<u64> {
        self.open()?;
        if patterns.is_empty() {
            return Ok(0);
        }
        let message = Said::flushed(patterns);
        self.ask::<u64>(&[&scripts::FLUSH], |keys| {
            let mut call = call(
                &scripts::FLUSH,
                &[keys.meta(), keys.stamps(), keys.flushes()],
            );
            call.arg(keys.channel()).arg(&*message).arg(self.slots);
            for pattern in patterns {
                call.arg(pattern.as_str());
            }
            call.take()
        })
        .await?;
        self.unlink(patterns).await
    }

    pub(super) async fn add_tags(&self, key: &str, tags: &[Tag]) -> CacheResult<bool> {
        let (found, lineage) = self
            .ask(&[&scripts::GET], |keys| self.getting(keys, key))
            .await?;
        let (Found::Entry(old) | Found::Flushed(old, _)) = &found else {
            return Ok(false);
        };
        let old = old.clone();
        let Some(entry) = self.read(key, found, &lineage) else {
            return Ok(false);
        };
        let more = entry.with_names(tags.iter().map(Tag::name));
        if more.names.len() > Dependencies::MAX + 1 {
            self.invalidate(&[], &[key]).await?;
            return Ok(false);
        }
        let new = form::with_names(&old, entry.names.len(), &more.names);
        let (replaced, _) = self
            .ask::<bool>(&[&scripts::REPLACE], |keys| {
                let mut call = call(&scripts::REPLACE, &[keys.entry(key)]);
                call.arg(&*old).arg(&*new);
                call.take()
            })
            .await?;
        // One of the tags may have been invalidated after the entry's moment.
        Ok(replaced && self.get(key).await?.is_some())
    }
}

/// The longest time to live that Redis is given: a year.
const MOST_MS: u64 = 365 * 24 * 3_600_000;

/// What [`scripts::GET`] answers.
enum Found {
    Nothing,
    Entry(Bytes),
    /// With the numbers and patterns of flushes, the latest first.
    Flushed(Bytes, Vec<(u64, Pattern)>),
}

impl redis::FromRedisValue for Found {
    fn from_redis_value(value: redis::Value) -> Result<Self, redis::ParsingError> {
        Ok(match value {
            redis::Value::Nil => Self::Nothing,
            redis::Value::Array(parts) => {
                let mut parts = parts.into_iter();
                let entry = parts
                    .next()
                    .map(redis::from_redis_value::<Vec<u8>>)
                    .transpose()?;
                let flushes = parts.filter_map(|part| {
                    let text: String = redis::from_redis_value(part).ok()?;
                    let (number, pattern) = text.split_at_checked(16)?;
                    Some((number.parse().ok()?, pattern.parse().ok()?))
                });
                let flushes = flushes.collect();
                entry.map_or(Self::Nothing, |entry| Self::Flushed(entry.into(), flushes))
            }
            value => Self::Entry(redis::from_redis_value::<Vec<u8>>(value)?.into()),
        })
    }
}

/// A call of `script` with `keys`.
pub(super) fn call(script: &Script, keys: &[String]) -> Cmd {
    let mut call = cmd("EVALSHA");
    call.arg(script.get_hash()).arg(keys.len());
    for key in keys {
        call.arg(key);
    }
    call
}

pub(super) fn away(error: &RedisError) -> CacheError {
    CacheError::Unavailable(error.to_string())
}
