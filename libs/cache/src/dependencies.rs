//! What a kept value depends on, and by what it is therefore invalidated.

use std::fmt;
use std::sync::Arc;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::{CacheKey, Cached};

/// A thing in the world that kept values are about, such as `policy:018f…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    text: Box<str>,
    strict: bool,
}

impl Tag {
    /// The thing `id` of the given kind.
    pub fn new(kind: &str, id: impl fmt::Display) -> Self {
        Self {
            text: format!("{kind}:{id}").into(),
            strict: false,
        }
    }

    /// The same, for what must not be shown for an instant in another process after it was invalidated in this one: what
    /// depends on it is looked up in the shared engine at each read.
    #[must_use]
    pub fn strict(self) -> Self {
        Self {
            strict: true,
            ..self
        }
    }

    /// `kind:id`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What kind of thing it is. Unlike the id it may stand in a log.
    pub fn kind(&self) -> &str {
        self.text
            .split_once(':')
            .map_or(&*self.text, |(kind, _)| kind)
    }

    /// The name under which engines know it.
    pub fn name(&self) -> Name {
        let mut hash = Xxh3::new();
        hash.update(b"tag\0");
        hash.update(self.text.as_bytes());
        let strict = if self.strict { Name::STRICT } else { 0 };
        Name((hash.digest() & !Name::STRICT) | strict)
    }
}

/// A tag or a key, as engines know it: a hash of its text. Two that share one are invalidated together, which costs a
/// load and shows nothing stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(pub(crate) u64);

impl Name {
    /// The bit that says so; slots are chosen by the lowest.
    const STRICT: u64 = 1 << 63;

    /// Of the key with this text.
    pub fn of_key(text: &str) -> Self {
        Self(xxh3_64(text.as_bytes()) & !Self::STRICT)
    }

    /// Whether what has it is looked up in the shared engine at each read.
    pub(crate) const fn is_strict(self) -> bool {
        self.0 & Self::STRICT != 0
    }
}

/// What a value depends on: things by their tags, other keys, and whatever other kept values depended on from which it was
/// made. When one of them is invalidated, the value is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies(Vec<Name>);

impl Dependencies {
    /// The most that one value can depend on; one that depends on more is not kept.
    pub const MAX: usize = 64;

    /// Nothing but its own key.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// On a thing.
    #[must_use]
    pub fn tag(mut self, tag: &Tag) -> Self {
        self.0.push(tag.name());
        self
    }

    /// On what another key stands for: it is invalidated when that is deleted or set.
    #[must_use]
    pub fn key<K: CacheKey>(self, key: &K) -> Self {
        self.key_text(&crate::key::text_of(key))
    }

    /// The same, of a key as text.
    #[must_use]
    pub fn key_text(mut self, key: &str) -> Self {
        self.0.push(Name::of_key(key));
        self
    }

    /// On a value that came out of the cache: on its key and on all that it depends on.
    #[must_use]
    pub fn derived_from<V>(mut self, value: &Cached<V>) -> Self {
        self.0.extend_from_slice(value.names());
        self
    }

    /// Their names, with that of the key itself, each once.
    pub(crate) fn names_with(&self, own: Name) -> Arc<[Name]> {
        let mut names = vec![own];
        for name in &self.0 {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        names.into()
    }
}
