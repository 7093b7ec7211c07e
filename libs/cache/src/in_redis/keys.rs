//! Where everything lies, and what is said of it.

use medcover_redis::Lineage;

use crate::{Name, Pattern};

/// The keys of a lineage.
pub(super) struct Keys(pub(super) String);

impl Keys {
    pub(super) fn of(lineage: &Lineage) -> Self {
        // The braces keep all of them on one server of a cluster. The number is that of the layout: who knows another one
        // must neither read what lies here nor invalidate it by other rules.
        Self(["medcover:cache:2:{", lineage.as_str(), "}:"].concat())
    }

    pub(super) fn numbers(&self) -> String {
        [&*self.0, "numbers"].concat()
    }

    pub(super) fn stamps(&self) -> String {
        [&*self.0, "stamps"].concat()
    }

    pub(super) fn flushes(&self) -> String {
        [&*self.0, "flushes"].concat()
    }

    pub(super) fn said(&self) -> String {
        [&*self.0, "said"].concat()
    }

    pub(super) fn channel(&self) -> String {
        [&*self.0, "channel"].concat()
    }

    pub(super) fn entry(&self, key: &str) -> String {
        [&*self.0, "k:", key].concat()
    }
}

/// What is published: that names were stamped, or that patterns were flushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Stamped(Vec<Name>),
    Flushed(Vec<Pattern>),
}

impl Said {
    pub(super) fn stamped(names: impl IntoIterator<Item = Name>) -> Vec<u8> {
        let names = names.into_iter().flat_map(|name| name.0.to_be_bytes());
        std::iter::once(b'n').chain(names).collect()
    }

    pub(super) fn flushed(patterns: &[Pattern]) -> String {
        let texts: Vec<_> = patterns.iter().map(Pattern::as_str).collect();
        format!("f{}", texts.join("\n"))
    }

    /// `None` for what another version says, which is then taken for everything.
    pub(crate) fn read(message: &[u8]) -> Option<Self> {
        match message.split_first()? {
            (b'n', names) => {
                let (names, rest) = names.as_chunks::<8>();
                let names = names.iter().map(|it| Name(u64::from_be_bytes(*it)));
                rest.is_empty().then(|| Self::Stamped(names.collect()))
            }
            (b'f', texts) => {
                let texts = std::str::from_utf8(texts).ok()?.split('\n');
                let patterns = texts.map(str::parse).collect::<Result<_, _>>();
                patterns.ok().map(Self::Flushed)
            }
            _ => None,
        }
    }
}
