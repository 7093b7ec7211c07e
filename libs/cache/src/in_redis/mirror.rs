//! A copy of the stamps in this process, and what of an entry it tells.
//!
//! Redis answers a reader with the entry and, in the same step, with the latest number. As long as the copy is no older than
//! that number, whether the entry holds is decided here, by the very rule: every invalidation that had returned before the
//! question is among the numbers up to it. Where the copy is older it is brought up to date first, which is a second question,
//! shared by all who need it. So a read costs what any read of Redis costs while nothing is invalidated.

use medcover_redis::Lineage;

use crate::stamps::FLUSHES;
use crate::{Name, Pattern};

/// The first number of a lineage and the latest, as they lie in Redis: another first one means that it lost what it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) first: u64,
    pub(super) latest: u64,
}

impl Numbers {
    /// The digits of both, as the scripts write them.
    pub(super) fn read(digits: &[u8]) -> Option<Self> {
        let (first, latest) = std::str::from_utf8(digits).ok()?.split_at_checked(16)?;
        Some(Self {
            first: first.parse().ok()?,
            latest: latest.parse().ok()?,
        })
    }
}

/// What [`CATCH_UP`](super::scripts::CATCH_UP) answers.
pub(super) struct CaughtUp {
    pub(super) numbers: Numbers,
    pub(super) stamped: Stamped,
    /// The last flushes, the latest first.
    pub(super) flushes: Vec<(u64, Pattern)>,
}

/// What was stamped.
pub(super) enum Stamped {
    /// Since what the copy knows: numbers and their slots.
    Since(Vec<(u64, Vec<usize>)>),
    /// All stamps there are, eight bytes each, big-endian.
    All(Vec<u8>),
}

/// The copy.
#[derive(Debug)]
pub(super) struct Mirror {
    of: Option<Lineage>,
    numbers: Numbers,
    /// One for each slot, the number of the latest flush behind them.
    stamps: Box<[u64]>,
    flushes: Vec<(u64, Pattern)>,
}

impl Mirror {
    /// A copy that knows nothing of `slots` slots, a power of two.
    pub(super) fn new(slots: usize) -> Self {
        Self {
            of: None,
            numbers: Numbers::default(),
            stamps: vec![0; slots + 1].into(),
            flushes: Vec::new(),
        }
    }

    /// Whether it is no older than `numbers`, which `lineage` gave.
    pub(super) fn is_as_new_as(&self, lineage: &Lineage, numbers: Numbers) -> bool {
        self.is_of(lineage)
            && self.numbers.first == numbers.first
            && self.numbers.latest >= numbers.latest
    }

    /// Whether it is a copy of what `lineage` has.
    pub(super) fn is_of(&self, lineage: &Lineage) -> bool {
        self.of.as_ref() == Some(lineage)
    }

    /// What it knows of `lineage`: nothing of one that it is no copy of.
    pub(super) fn knows(&self, lineage: &Lineage) -> Numbers {
        if self.is_of(lineage) {
            self.numbers
        } else {
            Numbers::default()
        }
    }

    /// Takes over what `lineage` answered to one who knew what this knows.
    pub(super) fn take(&mut self, lineage: &Lineage, news: CaughtUp) {
        match news.stamped {
            Stamped::Since(since) => {
                for (number, slots) in since {
                    for slot in slots {
                        if let Some(stamp) = self.stamps.get_mut(slot) {
                            *stamp = number.max(*stamp);
                        }
                    }
                }
            }
            Stamped::All(bytes) => {
                let all = bytes.as_chunks::<8>().0.iter();
                let all = all.map(|it| u64::from_be_bytes(*it));
                for (stamp, is) in self.stamps.iter_mut().zip(all.chain(std::iter::repeat(0))) {
                    *stamp = is;
                }
            }
        }
        self.of = Some(lineage.clone());
        self.numbers = news.numbers;
        self.flushes = news.flushes;
    }

    /// Whether an entry of `key` with `names` may be shown that is as of `as_of`, its own key's stamp apart, which may be `own`.
    pub(super) fn holds(&self, key: &str, names: &[Name], as_of: u64, own: u64) -> bool {
        as_of >= self.numbers.first
            && self.is_not_named(names, as_of, own)
            && self.is_not_flushed(key, as_of)
    }

    fn is_not_named(&self, names: &[Name], as_of: u64, own: u64) -> bool {
        let most = std::iter::once(own).chain(std::iter::repeat(as_of));
        let mut names = names.iter().zip(most);
        names.all(|(name, most)| self.stamps[self.slot(*name)] <= most)
    }

    fn is_not_flushed(&self, key: &str, as_of: u64) -> bool {
        if self.stamps[self.stamps.len() - 1] <= as_of {
            return true;
        }
        let forgotten = self.flushes.len() == FLUSHES
            && self
                .flushes
                .last()
                .is_some_and(|(oldest, _)| *oldest > as_of);
        let later = self.flushes.iter();
        let mut later = later.take_while(|(number, _)| *number > as_of);
        !forgotten && !later.any(|(_, pattern)| pattern.matches(key))
    }

    fn slot(&self, name: Name) -> usize {
        // A power of two, so that the lower bits of the hash choose.
        name.0 as usize & (self.stamps.len() - 2)
    }
}
