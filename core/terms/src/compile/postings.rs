//! Postings: which terms hold a word, and which hold any word with a common beginning.
//!
//! Terms are numbered best first, so every list is in order of number and of rank at once: it can be intersected, and
//! its beginning is its best part. A word of many terms has a bit set instead of a list.

use super::terms::{Term, WORD};
use super::words::Vocabulary;
use crate::format::{NONE, PrefixRecord, Range};

/// A word of more than one term in this many has a bit set: to ask a set about a term takes one instruction, to ask a
/// list means to walk it.
const DENSE: usize = 128;
/// A word of more than one term in this many has only the set: its list would never be walked.
pub(crate) const COMMON: usize = 24;
/// Longest beginning for which the terms may be held ready.
const LONGEST_PREFIX: usize = 6;
/// A beginning is held ready when the lists of its words sum to more than this; below, joining them at search time
/// takes a few microseconds.
const HELD_READY: usize = 4_000;

pub(super) struct Postings {
    pub(super) of_word: Vec<OfWord>,
    pub(super) lists: Vec<u32>,
    pub(super) bit_sets: Vec<u64>,
    pub(super) bit_words: usize,
    pub(super) prefixes: Vec<PrefixRecord>,
}

#[derive(Clone, Copy)]
pub(super) struct OfWord {
    pub(super) list: Range,
    pub(super) bits: u32,
}

/// Builds all lists and sets.
pub(super) fn build(terms: &[Term], vocabulary: &Vocabulary) -> Postings {
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); vocabulary.len()];
    for (number, term) in terms.iter().enumerate() {
        for id in &term.ids {
            let holders = &mut holders[(id & WORD) as usize];
            if holders.last() != Some(&(number as u32)) {
                holders.push(number as u32);
            }
        }
    }
    let bit_words = terms.len().div_ceil(64);
    let mut postings = Postings {
        of_word: Vec::new(),
        lists: Vec::new(),
        bit_sets: Vec::new(),
        bit_words,
        prefixes: Vec::new(),
    };
    for holders in &holders {
        let bits = if holders.len() * DENSE > terms.len() && holders.len() > 64 {
            postings.add_set(holders.iter().copied())
        } else {
            NONE
        };
        let walked = bits == NONE || holders.len() * COMMON <= terms.len();
        let list = super::append(
            &mut postings.lists,
            holders.iter().copied().filter(|_| walked),
        );
        let of_word = OfWord { list, bits };
        postings.of_word.push(of_word);
    }
    postings.hold_prefixes(vocabulary, &holders);
    postings
}

impl Postings {
    fn add_set(&mut self, terms: impl Iterator<Item = u32>) -> u32 {
        let start = self.bit_sets.len();
        self.bit_sets.resize(start + self.bit_words, 0);
        for term in terms {
            self.bit_sets[start + term as usize / 64] |= 1 << (term % 64);
        }
        (start / self.bit_words.max(1)) as u32
    }

    fn hold_prefixes(&mut self, vocabulary: &Vocabulary, holders: &[Vec<u32>]) {
        let words = &vocabulary.words;
        let mut found = Vec::new();
        for len in 1..=LONGEST_PREFIX {
            let mut first = 0;
            while first < words.len() {
                let bytes = words[first].text.as_bytes();
                if bytes.len() < len {
                    first += 1;
                    continue;
                }
                let mut end = first + 1;
                while end < words.len()
                    && words[end].text.as_bytes().get(..len) == Some(&bytes[..len])
                {
                    end += 1;
                }
                let sum: usize = holders[first..end].iter().map(Vec::len).sum();
                if end - first > 1 && sum > HELD_READY {
                    found.push((first as u32, end as u32));
                }
                first = end;
            }
        }
        // Beginnings of different length may share their words (`diab`, `diabe`); they share the set too.
        found.sort_unstable();
        found.dedup();
        for (first, end) in found {
            let bits = self.add_set(
                holders[first as usize..end as usize]
                    .iter()
                    .flatten()
                    .copied(),
            );
            let start = bits as usize * self.bit_words;
            let frequency = self.bit_sets[start..start + self.bit_words]
                .iter()
                .map(|word| word.count_ones())
                .sum();
            self.prefixes.push(PrefixRecord {
                first,
                end,
                bits,
                frequency,
            });
        }
    }
}
