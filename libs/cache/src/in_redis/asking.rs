//! What the engine asks of Redis, but for reading entries.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{PoisonError, RwLockReadGuard};

use bytes::Bytes;
use medcover_redis::{Ask, Lineage, RedisError};
use redis::{Cmd, Script, cmd};

use super::form::Parts;
use super::keys::{Keys, Said};
use super::mirror::Mirror;
use super::{Inner, form, scripts};
use crate::{
    CacheError, CacheResult, Deleted, Dependencies, MAX_KEY_BYTES, Mark, Name, Origin, Pattern, Put,
};

impl Inner {
    pub(super) fn open(&self) -> CacheResult<()> {
        if self.closed.load(SeqCst) {
            return Err(CacheError::Closed);
        }
        Ok(())
    }

    /// The copy of the stamps, to look at. Nobody holds it while waiting.
    pub(super) fn mirror(&self) -> RwLockReadGuard<'_, Mirror> {
        self.mirror.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, name: Name) -> u64 {
        name.0 & (self.slots - 1)
    }

    /// Asks, and says of which lineage the answer is. Whatever is asked of it may be done twice: an invalidation twice is
    /// one, and an entry that is kept twice is stamped anew.
    pub(super) async fn ask<T: redis::FromRedisValue>(
        &self,
        scripts: &[&Script],
        build: impl Fn(&Keys, &Lineage) -> Cmd + Send + Sync,
    ) -> CacheResult<(T, Lineage)> {
        self.open()?;
        let ask = Ask {
            scripts,
            ..Ask::PRIMARY
        };
        let asked = self
            .redis
            .ask_whom(ask, |lineage| build(&Keys::of(lineage), lineage).into());
        asked.await.map_err(|error| away(&error))
    }

    pub(super) async fn mark(&self) -> CacheResult<Mark> {
        let (number, lineage) = self
            .ask::<u64>(&[&scripts::MARK], |keys, _| {
                let mut call = call(&scripts::MARK, &[keys.numbers()]);
                call.take()
            })
            .await?;
        Ok(self.marks.of(&lineage, number))
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
            Box::pin(self.invalidate(&[own], &[&put.key])).await?;
            return Ok(false);
        }
        let parts = form::write(&put, &names, &*self.clock, self.config.compress_above);
        let living = put.fresh_for.saturating_add(put.stale_for).as_millis();
        let living = u64::try_from(living).unwrap_or(u64::MAX).clamp(1, MOST_MS);
        let since = match put.origin {
            Origin::Loaded(mark) => {
                return self
                    .keep_loaded(&put.key, &names, mark, &parts, living)
                    .await;
            }
            Origin::Given => None,
            Origin::Written(mark) => Some(mark),
        };
        let message = Said::stamped([own]);
        let set: [&Script; 1] = [&scripts::SET];
        let asked = self.ask::<bool>(&set, |keys, lineage| {
            let all = [
                keys.numbers(),
                keys.stamps(),
                keys.said(),
                keys.entry(&put.key),
            ];
            let mut call = call(&scripts::SET, &all);
            call.arg(keys.channel()).arg(&*message);
            match since {
                None => call.arg("given"),
                // What was marked under another lineage is as of before this one began.
                Some(mark) => call.arg(self.marks.number(mark, lineage)),
            };
            call.arg(living).arg(&parts.before[..]).arg(&*parts.after);
            for name in &*names {
                call.arg(self.slot(*name));
            }
            call.take()
        });
        let kept = asked.await.map(|it| it.0);
        self.behind.store(true, SeqCst);
        kept
    }

    /// Keeps what was loaded, unless it is known to be too late. Whoever reads it compares its stamps, so nothing has to be
    /// compared where it lies; it may take the place of what another process has kept since, which costs a load.
    async fn keep_loaded(
        &self,
        key: &str,
        names: &[Name],
        mark: Mark,
        parts: &Parts,
        living: u64,
    ) -> CacheResult<bool> {
        let known = |lineage: &Lineage| self.marks.number(mark, lineage);
        if let Some(lineage) = self.redis.lineage() {
            if self.behind.load(SeqCst) {
                Box::pin(self.catch_up(&lineage, None)).await?;
            }
            let (mirror, as_of) = (self.mirror(), known(&lineage));
            let late =
                as_of == 0 || (mirror.is_of(&lineage) && !mirror.holds(key, names, as_of, as_of));
            if late {
                return Ok(false);
            }
        }
        let asked = self.ask::<()>(&[], |keys, lineage| {
            let entry = form::join(parts, known(lineage));
            let mut set = cmd("SET");
            set.arg(keys.entry(key)).arg(entry);
            set.arg("PX").arg(living).take()
        });
        asked.await.map(|_| true)
    }

    pub(super) async fn invalidate(
        &self,
        names: &[Name],
        deleted: &[&str],
    ) -> CacheResult<Deleted> {
        let message = Said::stamped(names.iter().copied());
        let ((number, count), lineage) = self
            .ask::<(u64, u64)>(&[&scripts::INVALIDATE], |keys, _| {
                let mut all = vec![keys.numbers(), keys.stamps(), keys.said()];
                all.extend(deleted.iter().map(|key| keys.entry(key)));
                let mut call = call(&scripts::INVALIDATE, &all);
                call.arg(keys.channel()).arg(&*message);
                for name in names {
                    call.arg(self.slot(*name));
                }
                call.take()
            })
            .await?;
        self.behind.store(true, SeqCst);
        let mark = self.marks.of(&lineage, number);
        Ok(Deleted { count, mark })
    }

    pub(super) async fn flush(&self, patterns: &[Pattern]) -> CacheResult<u64> {
        self.open()?;
        if patterns.is_empty() {
            return Ok(0);
        }
        let message = Said::flushed(patterns);
        self.ask::<u64>(&[&scripts::FLUSH], |keys, _| {
            let all = [keys.numbers(), keys.stamps(), keys.said(), keys.flushes()];
            let mut call = call(&scripts::FLUSH, &all);
            call.arg(keys.channel()).arg(&*message).arg(self.slots);
            for pattern in patterns {
                call.arg(pattern.as_str());
            }
            call.take()
        })
        .await?;
        self.behind.store(true, SeqCst);
        self.unlink(patterns).await
    }
}

/// The longest time to live that Redis is given: a year.
const MOST_MS: u64 = 365 * 24 * 3_600_000;

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
