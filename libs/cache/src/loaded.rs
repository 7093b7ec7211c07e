//! What goes into the cache and what comes out of it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::{CacheKey, Dependencies, Entry, Mark, Name, Tag};

/// What a load gives: a value or that there is none, and what that depends on.
#[derive(Debug)]
pub struct Loaded<V> {
    pub(crate) value: Option<V>,
    pub(crate) dependencies: Dependencies,
    pub(crate) ttl: Option<Duration>,
    pub(crate) keep: bool,
}

impl<V> Loaded<V> {
    /// There is this value.
    pub const fn value(value: V) -> Self {
        Self::maybe(Some(value))
    }

    /// There is none. It is kept for as long as the policy says that absence is.
    pub const fn absent() -> Self {
        Self::maybe(None)
    }

    /// There is a value or not.
    pub const fn maybe(value: Option<V>) -> Self {
        Self {
            value,
            dependencies: Dependencies::none(),
            ttl: None,
            keep: true,
        }
    }

    /// It depends on a thing.
    #[must_use]
    pub fn tag(mut self, tag: &Tag) -> Self {
        self.dependencies = self.dependencies.tag(tag);
        self
    }

    /// It depends on what another key stands for.
    #[must_use]
    pub fn depends_on<K: CacheKey>(mut self, key: &K) -> Self {
        self.dependencies = self.dependencies.key(key);
        self
    }

    /// It was made from another kept value.
    #[must_use]
    pub fn derived_from<W>(mut self, value: &Cached<W>) -> Self {
        self.dependencies = self.dependencies.derived_from(value);
        self
    }

    /// It is good for so long, whatever the policy says.
    #[must_use]
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// It is not kept: those who wait for it now get it, and nobody else.
    #[must_use]
    pub const fn not_kept(mut self) -> Self {
        self.keep = false;
        self
    }
}

impl<V> From<V> for Loaded<V> {
    fn from(value: V) -> Self {
        Self::value(value)
    }
}

/// A value, shared with the cache, with what it depends on. It derefs to the value.
pub struct Cached<V> {
    /// Its live value is a `V`.
    entry: Arc<Entry>,
    of: PhantomData<fn() -> V>,
}

impl<V: Send + Sync + 'static> Cached<V> {
    /// The live value of `entry`, which is one of this type.
    pub(crate) const fn of(entry: Arc<Entry>) -> Self {
        Self {
            entry,
            of: PhantomData,
        }
    }

    /// A value that no engine keeps.
    pub(crate) fn apart(value: Arc<V>, names: Arc<[Name]>, as_of: Mark) -> Self {
        Self {
            entry: Arc::new(Entry::apart(value, names, as_of)),
            of: PhantomData,
        }
    }

    /// The value.
    pub fn into_value(self) -> Arc<V> {
        let live = self.entry.live.get().map(Arc::clone);
        let value = live.and_then(|live| live.downcast().ok());
        value.expect("the live value is of this type")
    }
}

impl<V> Cached<V> {
    pub(crate) fn is_fresh(&self, now: Duration) -> bool {
        self.entry.is_fresh(now)
    }

    pub(crate) fn names(&self) -> &[Name] {
        self.entry.names()
    }
}

impl<V: 'static> Deref for Cached<V> {
    type Target = V;

    fn deref(&self) -> &V {
        let live = self.entry.live.get();
        let value = live.and_then(|live| live.downcast_ref());
        value.expect("the live value is of this type")
    }
}

impl<V> Clone for Cached<V> {
    fn clone(&self) -> Self {
        Self {
            entry: Arc::clone(&self.entry),
            of: PhantomData,
        }
    }
}

impl<V: fmt::Debug + 'static> fmt::Debug for Cached<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// What is kept for a key.
#[derive(Clone)]
pub enum Lookup<V> {
    /// A value.
    Hit(Cached<V>),
    /// That there is none.
    Absent,
    /// Nothing: the source knows.
    Miss,
}

impl<V: fmt::Debug + 'static> fmt::Debug for Lookup<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hit(value) => f.debug_tuple("Hit").field(value).finish(),
            Self::Absent => f.write_str("Absent"),
            Self::Miss => f.write_str("Miss"),
        }
    }
}

impl<V> Lookup<V> {
    /// The value, if one is kept.
    pub fn value(self) -> Option<Cached<V>> {
        match self {
            Self::Hit(value) => Some(value),
            Self::Absent | Self::Miss => None,
        }
    }

    /// Whether the source must be asked.
    pub const fn is_miss(&self) -> bool {
        matches!(self, Self::Miss)
    }
}
