//! Buffers of a search, kept from one to the next so that a search allocates next to nothing.

use super::Hit;
use super::groups::Group;

/// Working memory of one thread's searches. It may serve any number of releases in turn.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The query's words, folded, one after the other.
    pub(super) slots: Vec<Slot>,
    pub(super) alternatives: Vec<Alternative>,
    pub(super) phrases: Vec<PhraseMatch>,
    pub(super) variants: Vec<Variant>,
    pub(super) parts: Vec<Part>,
    pub(super) groups: Vec<Group>,
    /// For each term: which groups of the query it has met; zero between searches.
    pub(super) met: Vec<u16>,
    pub(super) touched: Vec<u32>,
    pub(super) merged: Vec<u32>,
    pub(super) beginning: Vec<u32>,
    /// How much of the query each touched term met, 0 to 255, and what.
    pub(super) levels: Vec<(u8, u16)>,
    pub(super) union: Vec<u64>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) boundary: Vec<Candidate>,
    pub(super) hits: Vec<Hit>,
    pub(super) corrections: Vec<Alternative>,
}

impl Scratch {
    /// Empty buffers; they grow to what searches need.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A word of the query.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// Spelt our way, but as typed in number: for completing.
    pub(super) typed: crate::text::Folded,
    pub(super) folded: crate::text::Folded,
    /// The vocabulary's word that it is.
    pub(super) word: Option<u32>,
    /// Whether it may go on.
    pub(super) open: bool,
    pub(super) alternatives: (u32, u32),
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slot({}, {:?})", self.folded.as_str(), self.word)
    }
}

/// A word, or a range of words with a common beginning, that a word of the query may mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alternative {
    pub(super) first: u32,
    pub(super) end: u32,
    /// 1 for the word itself, less for what is only near it.
    pub(super) strength: f32,
    pub(super) edits: u8,
}

impl Alternative {
    pub(super) fn word(id: u32, strength: f32, edits: u8) -> Self {
        Self {
            first: id,
            end: id + 1,
            strength,
            edits,
        }
    }

    /// The word, unless this is a range.
    pub(super) fn single(&self) -> Option<u32> {
        (self.end == self.first + 1).then_some(self.first)
    }
}

/// A phrase of the clinical vocabulary found in the query.
#[derive(Clone, Copy, Debug)]
pub(super) struct PhraseMatch {
    pub(super) at: u32,
    pub(super) len: u32,
    /// First of its records; one for each meaning.
    pub(super) record: u32,
    pub(super) meanings: u32,
    pub(super) edits: u8,
}

/// One reading of the query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    /// Its words, among the parts.
    pub(super) parts: (u32, u32),
    /// Phrases that were replaced by their meaning.
    pub(super) synonyms: u8,
    /// Words that were split or joined, and letters corrected within phrases.
    pub(super) edits: u8,
    /// The reading is what the coding conventions make of the bare query.
    pub(super) convention: bool,
    /// Its telling words, among the groups.
    pub(super) groups: (u32, u32),
    /// Whether a term can hold all that it tells: no telling word is unknown.
    pub(super) answerable: bool,
}

/// One word of a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) alternatives: (u32, u32),
    pub(super) weight: f32,
}

/// A term that ranking is to look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) term: u32,
    /// The groups that it holds, one bit each.
    pub(super) met: u16,
}
