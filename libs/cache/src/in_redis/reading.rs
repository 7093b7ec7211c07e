//! Entries are read as they lie there, and judged by the copy of the stamps.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use medcover_redis::{Ask, Lineage};
use redis::{Cmd, Script, Value, from_redis_value};

use super::asking::{away, call};
use super::keys::Keys;
use super::marks::number_in;
use super::mirror::{CaughtUp, Numbers, Stamped};
use super::{Inner, form, scripts};
use crate::{CacheError, CacheResult, Dependencies, Entry, Pattern, Tag};

/// What an argument takes in a command beside itself, and the names of Redis' own.
const AROUND: usize = 16;

impl Inner {
    pub(super) async fn mget(&self, keys: &[&str]) -> CacheResult<Vec<Option<Arc<Entry>>>> {
        self.read(keys, |_| (), |(), entry| Arc::new(entry)).await
    }

    /// What `give` makes of the entries of `keys` that may be shown, and of what `keep` keeps of the bytes that each was read
    /// from: unless it keeps them, they become the entry's content without another copy of anything.
    async fn read<K, T>(
        &self,
        keys: &[&str],
        keep: impl Fn(&Bytes) -> K,
        give: impl Fn(K, Entry) -> T,
    ) -> CacheResult<Vec<Option<T>>> {
        self.open()?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let asked = self.redis.ask_whom::<Vec<Value>>(Ask::PRIMARY, |lineage| {
            let of = Keys::of(lineage);
            let mut entry = of.entry("");
            let before = entry.len();
            let long: usize = keys.iter().map(|key| before + key.len() + AROUND).sum();
            let mut all = Cmd::with_capacity(keys.len() + 2, long + before + 2 * AROUND);
            all.arg("MGET");
            for key in keys {
                entry.truncate(before);
                entry.push_str(key);
                all.arg(&*entry);
            }
            all.arg(of.numbers()).take().into()
        });
        let (mut found, lineage) = asked.await.map_err(|error| away(&error))?;
        let numbers = match found.pop() {
            Some(Value::BulkString(digits)) => Numbers::read(&digits),
            _ => None,
        };
        // Without numbers it has lost what it had since: whatever is there is of nobody knows when.
        let Some(numbers) = numbers.filter(|_| found.iter().any(|it| *it != Value::Nil)) else {
            return Ok(keys.iter().map(|_| None).collect());
        };
        if !self.mirror().is_as_new_as(&lineage, numbers) {
            // Boxed: it happens seldom, and the future of a read is the smaller.
            Box::pin(self.catch_up(&lineage, Some(numbers))).await?;
        }
        let mirror = self.mirror();
        if !mirror.is_as_new_as(&lineage, numbers) {
            // Another server has taken the place of the one that answered.
            return Ok(keys.iter().map(|_| None).collect());
        }
        let of = self.marks.of_all(&lineage);
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let read = keys.iter().zip(found).map(|(key, found)| {
            let Value::BulkString(bytes) = found else {
                return None;
            };
            let bytes = Bytes::from(bytes);
            let kept = keep(&bytes);
            let entry = form::read(bytes, &of, now, elapsed)?;
            let [as_of, own] = [entry.as_of, entry.own].map(number_in);
            let shown = mirror.holds(key, &entry.names, as_of, own) && entry.life.is_kept(elapsed);
            shown.then(|| give(kept, entry))
        });
        Ok(read.collect())
    }

    /// Brings the copy of the stamps up to `numbers`, unless somebody else has; without them, up to all that this process has
    /// invalidated.
    pub(super) async fn catch_up(
        &self,
        lineage: &Lineage,
        numbers: Option<Numbers>,
    ) -> CacheResult<()> {
        let _one = self.catching_up.lock().await;
        let done = match numbers {
            Some(numbers) => self.mirror().is_as_new_as(lineage, numbers),
            None => !self.behind.load(SeqCst),
        };
        if done {
            return Ok(());
        }
        self.behind.store(false, SeqCst);
        let catch_up: [&Script; 1] = [&scripts::CATCH_UP];
        let asked = self.ask::<(Vec<u8>, Value, Value, Vec<String>)>(&catch_up, |keys, lineage| {
            let all = [keys.numbers(), keys.stamps(), keys.said(), keys.flushes()];
            let mut call = call(&scripts::CATCH_UP, &all);
            let knows = self.mirror().knows(lineage);
            call.arg(digits(knows.first)).arg(digits(knows.latest));
            call.take()
        });
        let (answer, lineage) = asked.await.inspect_err(|_| {
            self.behind.store(true, SeqCst);
        })?;
        let news = caught_up(answer)
            .ok_or_else(|| CacheError::Unavailable("stamps could not be read".into()))?;
        let mut mirror = self.mirror.write().unwrap_or_else(PoisonError::into_inner);
        mirror.take(&lineage, news);
        Ok(())
    }

    pub(super) async fn add_tags(&self, key: &str, tags: &[Tag]) -> CacheResult<bool> {
        let keys = [key];
        let read = self.read(&keys, Bytes::clone, |old, entry| (old, entry));
        let Some((old, entry)) = read.await?.pop().flatten() else {
            return Ok(false);
        };
        let more = entry.with_names(tags.iter().map(Tag::name));
        if more.names.len() > Dependencies::MAX + 1 {
            self.invalidate(&[], &[key]).await?;
            return Ok(false);
        }
        let new = form::with_names(&old, entry.names.len(), &more.names);
        let (replaced, _) = self
            .ask::<bool>(&[&scripts::REPLACE], |keys, _| {
                let mut call = call(&scripts::REPLACE, &[keys.entry(key)]);
                call.arg(&*old).arg(&*new);
                call.take()
            })
            .await?;
        // One of the tags may have been invalidated after the entry's moment.
        Ok(replaced && self.mget(&keys).await?.pop().flatten().is_some())
    }
}

/// A number as the scripts compare it.
fn digits(number: u64) -> String {
    format!("{number:016}")
}

fn caught_up(
    (numbers, since, all, flushes): (Vec<u8>, Value, Value, Vec<String>),
) -> Option<CaughtUp> {
    let numbered = |text: &str| {
        let (number, rest) = text.split_at_checked(16)?;
        Some((number.parse::<u64>().ok()?, rest.to_owned()))
    };
    let stamped = if let Value::BulkString(all) = all {
        Stamped::All(all)
    } else {
        let since: Vec<String> = from_redis_value(since).ok()?;
        let since = since.iter().map(|text| {
            let (number, slots) = numbered(text)?;
            let slots = slots.split_whitespace().map(str::parse);
            Some((number, slots.collect::<Result<_, _>>().ok()?))
        });
        Stamped::Since(since.collect::<Option<_>>()?)
    };
    let flushes = flushes.iter().map(|text| {
        let (number, pattern) = numbered(text)?;
        Some((number, pattern.parse::<Pattern>().ok()?))
    });
    Some(CaughtUp {
        numbers: Numbers::read(&numbers)?,
        stamped,
        flushes: flushes.collect::<Option<_>>()?,
    })
}
