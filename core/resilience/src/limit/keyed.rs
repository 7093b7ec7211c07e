//! Limits for many keys in bounded memory.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Duration;

use medcover_kernel::FieldFault;

use super::shard::Shard;
use super::{Cost, RateDecision, RateLimits};
use crate::fault;
use crate::sync::Lock;

/// The bounds of a [`KeyedLimits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyedLimitsConfig {
    /// Keys that are remembered; from `shards` to 100,000,000.
    pub max_keys: usize,
    /// Entries of window logs of all keys together, 16 bytes each. Beyond it a log that grows is kept at 32 entries: it
    /// becomes coarser, which never admits more.
    pub max_entries: usize,
    /// Locks, each over its part of the keys; a power of two up to 1,024.
    pub shards: usize,
}

impl Default for KeyedLimitsConfig {
    /// 200,000 keys; at most about 250 MB when every one of them keeps asking, and 60 MB when each asked once.
    fn default() -> Self {
        Self {
            max_keys: 200_000,
            max_entries: 4_000_000,
            shards: 64,
        }
    }
}

/// One set of limits for every key of a kind, each key by itself, of which at most so many are remembered.
///
/// * A key that is full again carries no information; such keys are evicted first, and [`sweep`](Self::sweep) frees them.
/// * When all keys of a shard carry information, the one that is full soonest makes room. **Eviction never loosens**: a
///   newcomer starts no better than any key that was evicted from its shard, so neither that key nor another gains by it.
///   What a flood of strange keys does is make newcomers start with less, until those evicted would have been full again;
///   keys that are remembered are not touched.
/// * Refused newcomers are not remembered and take no memory.
pub struct KeyedLimits<K, S = RandomState> {
    hasher: S,
    shards: Vec<Lock<Shard<K, S>>>,
}

/// What a [`KeyedLimits`] holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyedFigures {
    /// Keys that are remembered.
    pub keys: usize,
    /// Entries of window logs that memory is held for.
    pub entries: usize,
    /// Bytes held.
    pub bytes: usize,
    /// Keys that were evicted although they carried information, since the start: when this grows, the table is too small.
    pub evicted: u64,
}

impl<K: Hash + Eq + Clone> KeyedLimits<K> {
    /// Limits for keys that strangers may choose: hashed with a seed of the operating system's.
    pub fn new(limits: &RateLimits, config: KeyedLimitsConfig) -> Result<Self, Vec<FieldFault>> {
        Self::with_hasher(limits, config, RandomState::new())
    }
}

impl<K: Hash + Eq + Clone, S: BuildHasher + Clone> KeyedLimits<K, S> {
    /// As `new`, with a hasher of one's own. It decides which keys share a shard, and nothing else.
    pub fn with_hasher(
        limits: &RateLimits,
        config: KeyedLimitsConfig,
        hasher: S,
    ) -> Result<Self, Vec<FieldFault>> {
        let KeyedLimitsConfig {
            max_keys,
            max_entries,
            shards,
        } = config;
        fault::none_of([
            fault::outside("/max_keys", max_keys, shards..=100_000_000),
            fault::outside("/shards", shards, 1..=1_024),
            fault::unless(shards.is_power_of_two(), "/shards", || {
                "must be a power of two".into()
            }),
        ])?;
        let shard = |_| {
            let (keys, entries) = (max_keys / shards, max_entries / shards);
            Lock::new(Shard::new(limits.clone(), keys, entries, hasher.clone()))
        };
        Ok(Self {
            shards: (0..shards).map(shard).collect(),
            hasher,
        })
    }

    /// Decides on a request of `key`, and charges it if it is admitted. `now` is the monotonic clock's reading.
    pub fn check_rate_limit(&self, key: &K, now: Duration, cost: Cost) -> RateDecision {
        self.shard_of(key).hold().decide(key, now, cost)
    }

    /// Where `key` stands if it is refused a request now, and `None` if it would be admitted. Nothing is charged.
    pub fn refuse(&self, key: &K, now: Duration, cost: Cost) -> Option<RateDecision> {
        self.shard_of(key).hold().refuse(key, now, cost)
    }

    /// Where `key` stands, without asking for anything.
    pub fn look(&self, key: &K, now: Duration) -> RateDecision {
        self.shard_of(key).hold().look(key, now)
    }

    /// Forgets the keys that are full again, a shard at a time; how many there were.
    pub fn sweep(&self, now: Duration) -> usize {
        self.shards.iter().map(|it| it.hold().sweep(now)).sum()
    }

    /// Puts other limits in force. What keys have used stays used.
    pub fn replace_limits(&self, limits: &RateLimits) {
        for shard in &self.shards {
            shard.hold().replace_limits(limits.clone());
        }
    }

    /// What is held now; shards are read one after another.
    pub fn figures(&self) -> KeyedFigures {
        let mut figures = KeyedFigures::default();
        for shard in &self.shards {
            let shard = shard.hold();
            figures.keys += shard.keys();
            figures.entries += shard.entries();
            figures.bytes += shard.bytes();
            figures.evicted += shard.evicted();
        }
        figures
    }

    fn shard_of(&self, key: &K) -> &Lock<Shard<K, S>> {
        // The map in the shard takes the low bits and the top seven of the same hash.
        let hash = self.hasher.hash_one(key) >> 32;
        &self.shards[hash as usize & (self.shards.len() - 1)]
    }
}

impl<K, S> fmt::Debug for KeyedLimits<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedLimits")
            .field("shards", &self.shards.len())
            .finish_non_exhaustive()
    }
}
