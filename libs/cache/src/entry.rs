//! A kept value with what is known of it.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::stamps::{Checked, Subject};
use crate::{CacheValue, Mark, Name};

/// What an entry takes beside its key and content.
const OVERHEAD: usize = 256;

/// The value in its own form, for those of the process.
pub type Live = Arc<dyn Any + Send + Sync>;

/// A kept value, or that there is none. What a hit looks at stands first, within a line of the processor's cache or two.
#[repr(C)]
pub struct Entry {
    pub(crate) life: Life,
    pub(crate) checked: Checked,
    pub(crate) live: OnceLock<Live>,
    pub(crate) key: KeptKey,
    pub(crate) as_of: Mark,
    pub(crate) own: Mark,
    pub(crate) names: Arc<[Name]>,
    pub(crate) content: Option<Bytes>,
    /// What it takes in memory, in bytes; 0 where no memory is set aside for it.
    pub(crate) weight: u32,
}

/// The key of an entry that an engine of this process keeps: most are no longer than this, and lie in the entry itself.
pub(crate) type KeptKey = SmallVec<[u8; 36]>;

/// Until when an entry is for what, on the monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Life {
    /// In nanoseconds.
    fresh_until: u64,
    /// For how long it is kept after that.
    stale_ms: u32,
    /// How long the load took.
    cost_us: u32,
}

impl Life {
    /// Of what is good for `fresh` from `now`, and kept for `stale` after that.
    pub(crate) fn from(now: Duration, fresh: Duration, stale: Duration, cost: Duration) -> Self {
        Self {
            fresh_until: nanos(now.saturating_add(fresh)),
            stale_ms: u32::try_from(stale.as_millis()).unwrap_or(u32::MAX),
            cost_us: u32::try_from(cost.as_micros()).unwrap_or(u32::MAX),
        }
    }

    pub(crate) fn is_kept(&self, now: Duration) -> bool {
        let stale = u64::from(self.stale_ms) * 1_000_000;
        nanos(now) < self.fresh_until.saturating_add(stale)
    }

    /// How long the load took, in nanoseconds.
    pub(crate) fn cost_ns(&self) -> u64 {
        1_000 * u64::from(self.cost_us)
    }

    /// For how many nanoseconds it is still good.
    pub(crate) fn left_ns(&self, now: Duration) -> u64 {
        self.fresh_until.saturating_sub(nanos(now))
    }
}

/// Good for five centuries.
fn nanos(duration: Duration) -> u64 {
    let seconds = duration.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(duration.subsec_nanos().into())
}

impl Entry {
    /// The content in bytes; `None` when it is known that there is no value.
    pub const fn content(&self) -> Option<&Bytes> {
        self.content.as_ref()
    }

    /// Its key's name and those of what it depends on.
    pub const fn names(&self) -> &Arc<[Name]> {
        &self.names
    }

    /// Whether it is still good at `now`; otherwise it is for when nothing better can be had.
    pub fn is_fresh(&self, now: Duration) -> bool {
        nanos(now) < self.life.fresh_until
    }

    /// Whether it is kept for `key`.
    pub(crate) fn is_of(&self, key: &str) -> bool {
        self.key.as_slice() == key.as_bytes()
    }

    /// The key that it is kept for; empty when no engine of this process keeps it.
    pub(crate) fn key(&self) -> &str {
        str::from_utf8(&self.key).unwrap_or_default()
    }

    pub(crate) fn subject<'a>(&'a self, key: &'a str) -> Subject<'a> {
        Subject {
            key,
            names: &self.names,
            as_of: self.as_of,
            own: self.own,
            checked: &self.checked,
        }
    }

    /// Whether there is a value of this type; decodes the content for all who ask, once.
    pub(crate) fn enliven<V: CacheValue>(&self) -> bool {
        if let Some(live) = self.live.get() {
            return live.is::<V>();
        }
        let Some(value) = self.content().and_then(|bytes| V::decode(bytes).ok()) else {
            return false;
        };
        self.live.get_or_init(|| Arc::new(value)).is::<V>()
    }

    /// One that no engine keeps.
    pub(crate) fn apart(live: Live, names: Arc<[Name]>, as_of: Mark) -> Self {
        Self {
            key: KeptKey::new(),
            content: None,
            live: OnceLock::from(live),
            names,
            as_of,
            own: as_of,
            checked: Checked::default(),
            life: Life::default(),
            weight: 0,
        }
    }

    /// The same for another engine, whose mark that is.
    pub(crate) fn copy_as_of(&self, key: &str, mark: Mark, weight: u32) -> Self {
        Self {
            key: key.as_bytes().into(),
            content: self.content.clone(),
            live: self.live.clone(),
            names: Arc::clone(&self.names),
            as_of: mark,
            own: mark,
            checked: Checked::default(),
            life: self.life,
            weight,
        }
    }

    /// The same with further names; its age is its own.
    pub(crate) fn with_names(&self, more: impl IntoIterator<Item = Name>) -> Self {
        let mut names = self.names.to_vec();
        for name in more {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let added = size_of::<Name>() * (names.len() - self.names.len());
        Self {
            key: self.key.clone(),
            content: self.content.clone(),
            live: self.live.clone(),
            names: names.into(),
            as_of: self.as_of,
            own: self.own,
            checked: Checked::default(),
            life: self.life,
            weight: self.weight.saturating_add(added as u32),
        }
    }
}

/// What an entry takes in memory, in bytes.
pub(crate) fn weight(key: &str, names: &[Name], content: usize) -> u32 {
    let all = OVERHEAD + key.len() + size_of_val(names) + content;
    u32::try_from(all).unwrap_or(u32::MAX)
}

impl fmt::Debug for Entry {
    /// Without the content, which may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("bytes", &self.content.as_ref().map(Bytes::len))
            .field("as_of", &self.as_of)
            .finish_non_exhaustive()
    }
}
