//! Marks across lineages.
//!
//! A number means something in its own lineage only. A mark has, above the number's 52 bits (good until 2112), how many
//! lineages this process has seen before: later lineages give higher marks, and a mark of another one is known as such.

use std::sync::{Mutex, PoisonError};

use medcover_redis::Lineage;

use crate::Mark;

const NUMBER_BITS: u32 = 52;
/// Beyond so many nothing that was loaded is kept: lineages could no longer be told apart.
const MOST: u64 = (1 << (u64::BITS - NUMBER_BITS)) - 1;

#[derive(Debug, Default)]
pub(super) struct Marks(Mutex<Seen>);

/// The lineage of the last answer, and how many there were before.
#[derive(Debug, Default)]
struct Seen {
    lineage: Option<Lineage>,
    before: u64,
}

impl Marks {
    /// The mark of a number that `lineage` gave.
    pub(super) fn of(&self, lineage: &Lineage, number: u64) -> Mark {
        self.of_all(lineage)(number)
    }

    /// The marks of numbers that `lineage` gave.
    pub(super) fn of_all(&self, lineage: &Lineage) -> impl Fn(u64) -> Mark + use<> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.lineage.as_ref() != Some(lineage) {
            seen.before = (seen.before + 1).min(MOST);
            seen.lineage = Some(lineage.clone());
        }
        let before = seen.before << NUMBER_BITS;
        move |number| Mark(before | number)
    }

    /// The number of a mark for who asks `lineage`; 0, which is before everything, when another one gave it.
    pub(super) fn number(&self, mark: Mark, lineage: &Lineage) -> u64 {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = seen.lineage.as_ref() == Some(lineage);
        let latest = mark.0 >> NUMBER_BITS == seen.before && seen.before < MOST;
        if same && latest { number_in(mark) } else { 0 }
    }
}

/// The number of a mark, whichever lineage gave it.
pub(super) fn number_in(mark: Mark) -> u64 {
    mark.0 & ((1 << NUMBER_BITS) - 1)
}
