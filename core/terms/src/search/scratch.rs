//! Buffers of a search, kept from one to the next so that a search allocates next to nothing.

use super::Hit;

/// Working memory of one thread's searches. It may serve any number of releases in turn.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The query's words, folded, one after the other.
    pub(super) slots: Vec<Slot>,
    pub(super) alternatives: Vec<Alternative>,
    pub(super) phrases: Vec<PhraseMatch>,
    pub(super) variants: Vec<Variant>,
    pub(super) parts: Vec<Part>,
    /// For each term: which groups of the query it has met; zero between searches.
    pub(super) met: Vec<u16>,
    pub(super) touched: Vec<u32>,
    /// How much of the query each touched term met, 0 to 255.
    pub(super) levels: Vec<u8>,
    pub(super) union: Vec<u64>,
    pub(super) candidates: Vec<u32>,
    pub(super) boundary: Vec<u32>,
    pub(super) places: Vec<u32>,
    pub(super) hits: Vec<Hit>,
    /// Whether any term met all of the query that tells anything.
    pub(super) met_whole: bool,
    pub(super) order: Vec<u128>,
    pub(super) seen: Seen,
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
}

/// One word of a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) alternatives: (u32, u32),
    pub(super) weight: f32,
}

/// A small set of numbers that is quickly emptied.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Open addressing; a place holds a number and the round in which it was put there.
    places: Vec<(u32, u32)>,
    round: u32,
    held: usize,
}

impl Seen {
    pub(super) fn clear(&mut self) {
        self.round = self.round.wrapping_add(1);
        self.held = 0;
        if self.places.is_empty() || self.round == 0 {
            self.places = vec![(0, 0); 512];
            self.round = 1;
        }
    }

    /// Adds `number`; false when it was there.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        if self.held * 2 >= self.places.len() {
            self.grow();
        }
        let mask = self.places.len() - 1;
        let mut at = number.wrapping_mul(0x9e37_79b1) as usize >> 8 & mask;
        while self.places[at].1 == self.round {
            if self.places[at].0 == number {
                return false;
            }
            at = (at + 1) & mask;
        }
        self.places[at] = (number, self.round);
        self.held += 1;
        true
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.places);
        let round = self.round;
        self.places = vec![(0, 0); old.len() * 2];
        self.held = 0;
        for (number, _) in old.into_iter().filter(|place| place.1 == round) {
            self.insert(number);
        }
    }
}
