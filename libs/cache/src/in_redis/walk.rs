//! What goes over many keys: in steps, so that Redis is never held up.

use std::sync::atomic::Ordering::Relaxed;

use medcover_redis::Ask;
use redis::{Script, cmd};

use super::asking::{away, call};
use super::keys::Keys;
use super::{Inner, scripts};
use crate::{CacheResult, EngineStats, Pattern};

/// Keys that Redis looks at in one step.
const STEP: u32 = 500;
/// Steps of one sweep, which the next one goes on from.
const STEPS_A_SWEEP: u32 = 100;

impl Inner {
    /// The next keys that fit `pattern`, and where to go on; 0 at the end.
    async fn scan(&self, cursor: u64, pattern: &str) -> CacheResult<(u64, Vec<String>)> {
        let asked = self.redis.ask(Ask::PRIMARY, |lineage| {
            let fits = format!("{}k:{pattern}", escaped(&Keys::of(lineage).0));
            let mut scan = cmd("SCAN");
            scan.arg(cursor)
                .arg("MATCH")
                .arg(fits)
                .arg("COUNT")
                .arg(STEP);
            scan.into()
        });
        asked.await.map_err(|error| away(&error))
    }

    /// Deletes what fits one of `patterns`, and says how much.
    pub(super) async fn unlink(&self, patterns: &[Pattern]) -> CacheResult<u64> {
        let mut count = 0;
        for pattern in patterns {
            let pattern = pattern.as_str().split('*').map(escaped).collect::<Vec<_>>();
            let pattern = pattern.join("*");
            let mut cursor = 0;
            loop {
                let (next, keys) = self.scan(cursor, &pattern).await?;
                if !keys.is_empty() {
                    let unlink = |_: &_| cmd("UNLINK").arg(&keys).take().into();
                    let asked = self.redis.ask::<u64>(Ask::PRIMARY, unlink).await;
                    count += asked.map_err(|error| away(&error))?;
                }
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
        }
        Ok(count)
    }

    /// Drops what cannot be read any more: goes on where the last sweep stopped.
    pub(super) async fn sweep(&self) -> CacheResult<u64> {
        self.open()?;
        let mut dropped = 0;
        let mut cursor = self.cursor.load(Relaxed);
        for _ in 0..STEPS_A_SWEEP {
            let (next, keys) = self.scan(cursor, "*").await?;
            if !keys.is_empty() {
                let (now, least) = (self.clock.now(), self.least_ms.load(Relaxed));
                let known: [&Script; 1] = [&scripts::SWEEP];
                let swept = self.ask::<u64>(&known, |of, _| {
                    let all: Vec<_> = std::iter::once(of.stamps()).chain(keys.clone()).collect();
                    let mut call = call(&scripts::SWEEP, &all);
                    call.arg(self.slots).arg(now.as_micros()).arg(least);
                    call.take()
                });
                dropped += swept.await?.0;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        self.cursor.store(cursor, Relaxed);
        self.swept.fetch_add(dropped, Relaxed);
        Ok(dropped)
    }

    /// Figures. Entries are counted by going over them.
    pub(super) async fn stats(&self) -> CacheResult<EngineStats> {
        self.open()?;
        let (mut entries, mut cursor) = (0, 0);
        loop {
            let (next, keys) = self.scan(cursor, "*").await?;
            entries += keys.len() as u64;
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        let memory = self.redis.status().memory;
        Ok(EngineStats {
            entries,
            bytes: memory.as_ref().map_or(0, |it| it.used_memory_bytes),
            bytes_limit: memory
                .as_ref()
                .and_then(|it| it.limit_bytes)
                .unwrap_or_default(),
            evicted: memory.map_or(0, |it| it.evicted_keys),
            swept: self.swept.load(Relaxed),
            refused: self.refused.load(Relaxed),
        })
    }
}

/// `text` as Redis's patterns write it for itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '^' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
