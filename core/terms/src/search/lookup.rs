//! Which word of the query a word of a term meets, and what that is worth.

use super::scratch::{Alternative, Part};
use crate::format::{NONE, WordRecord};

/// Words of a reading that are looked at.
pub(super) const MAX_WANTED: usize = 32;

/// Finds which word of the reading a word of a term meets.
pub(super) struct Lookup {
    /// Open addressing by word id.
    places: Vec<Place>,
    mask: usize,
    /// A bit for each word, by its last six bits: most words of a term are told at once to meet nothing.
    any: u64,
    /// For words that begin with what was typed.
    ranges: Vec<(u32, u32, WordMet)>,
    /// For each wanted word, the most that meeting it is worth, in the query and in a term.
    pub(super) strongest: [f32; MAX_WANTED],
    pub(super) heaviest: [f32; MAX_WANTED],
}

#[derive(Clone, Copy)]
struct Place {
    word: u32,
    meeting: WordMet,
}

/// What it is worth that a term has a certain word.
#[derive(Clone, Copy)]
pub(super) struct WordMet {
    /// Number of the wanted word.
    pub(super) number: u8,
    pub(super) edits: u8,
    pub(super) strength: f32,
    /// The word's weight in a term.
    pub(super) weight: f32,
}

impl Lookup {
    pub(super) fn build(
        words: &[WordRecord],
        parts: &[Part],
        alternatives: &[Alternative],
    ) -> Self {
        let count: usize = parts
            .iter()
            .map(|part| (part.alternatives.1 - part.alternatives.0) as usize)
            .sum();
        let size = (count * 2).next_power_of_two().max(16);
        let nothing = WordMet {
            number: 0,
            edits: 0,
            strength: 0.0,
            weight: 0.0,
        };
        let mut lookup = Self {
            places: vec![
                Place {
                    word: NONE,
                    meeting: nothing
                };
                size
            ],
            mask: size - 1,
            any: 0,
            ranges: Vec::new(),
            strongest: [0.0; MAX_WANTED],
            heaviest: [0.0; MAX_WANTED],
        };
        for (number, part) in parts.iter().enumerate() {
            for alternative in
                &alternatives[part.alternatives.0 as usize..part.alternatives.1 as usize]
            {
                let Some(record) = words.get(alternative.first as usize) else {
                    continue;
                };
                let meeting = WordMet {
                    number: number as u8,
                    edits: alternative.edits,
                    strength: alternative.strength,
                    weight: record.weight * f32::from(record.kept_in_term) / 255.0,
                };
                lookup.strongest[number] = lookup.strongest[number].max(meeting.strength);
                lookup.heaviest[number] =
                    lookup.heaviest[number].max(meeting.weight * meeting.strength);
                match alternative.single() {
                    Some(word) => lookup.insert(Place { word, meeting }),
                    None => lookup
                        .ranges
                        .push((alternative.first, alternative.end, meeting)),
                }
            }
        }
        lookup
    }

    fn insert(&mut self, new: Place) {
        self.any |= 1 << (new.word & 63);
        let mut at = spread(new.word) & self.mask;
        while self.places[at].word != NONE {
            if self.places[at].word == new.word {
                if self.places[at].meeting.strength < new.meeting.strength {
                    self.places[at] = new;
                }
                return;
            }
            at = (at + 1) & self.mask;
        }
        self.places[at] = new;
    }

    /// Whether the query's first word meets `word`.
    pub(super) fn starts(&self, word: u32) -> bool {
        self.find(word).is_some_and(|met| met.number == 0)
    }

    pub(super) fn find(&self, word: u32) -> Option<WordMet> {
        if self.any >> (word & 63) & 1 == 0 {
            return self.find_in_ranges(word);
        }
        let mut at = spread(word) & self.mask;
        loop {
            let place = &self.places[at];
            if place.word == word {
                return Some(place.meeting);
            }
            if place.word == NONE {
                break;
            }
            at = (at + 1) & self.mask;
        }
        self.find_in_ranges(word)
    }

    fn find_in_ranges(&self, word: u32) -> Option<WordMet> {
        let range = self
            .ranges
            .iter()
            .find(|range| (range.0..range.1).contains(&word))?;
        Some(range.2)
    }
}

fn spread(word: u32) -> usize {
    (word.wrapping_mul(0x9e37_79b1) >> 12) as usize
}
