//! The deletion neighbourhood: finds words within one or two edits of a misspelt one in a few microseconds.
//!
//! Two words within d edits share a form that each reaches by deleting at most d letters (Mor and Fraenkel 1982; the
//! limit to a word's beginning as in `SymSpell`). All such forms of the vocabulary's words are hashed into one ordered
//! table; a search makes the forms of its own word, looks each up, and measures the few words found. The same table
//! holds beginnings of words, one deletion deep, for a word that is still being typed.

use super::words::Vocabulary;
use crate::deletion::{
    DELETION_LETTERS, STEM_LETTERS, TARGET_IS_STEM, deletions_allowed, each_deletion,
};
use crate::format::StemRecord;

pub(super) struct Deletions {
    pub(super) bits: u32,
    pub(super) buckets: Vec<u32>,
    pub(super) hashes: Vec<u32>,
    pub(super) targets: Vec<u32>,
    pub(super) stems: Vec<StemRecord>,
}

/// Builds the table.
pub(super) fn build(vocabulary: &Vocabulary) -> Deletions {
    let mut entries: Vec<(u32, u32)> = Vec::new();
    for (id, word) in vocabulary.words.iter().enumerate() {
        let letters = word.text.as_bytes();
        if letters.len() < 3 || letters.iter().any(u8::is_ascii_digit) {
            continue;
        }
        let beginning = &letters[..letters.len().min(DELETION_LETTERS)];
        each_deletion(beginning, deletions_allowed(letters.len()), |form| {
            entries.push((form, id as u32));
        });
    }
    let stems = stems(vocabulary);
    for (number, stem) in stems.iter().enumerate() {
        let letters = &vocabulary.words[stem.first as usize].text.as_bytes()[..stem.len as usize];
        each_deletion(letters, 1, |form| {
            entries.push((form, number as u32 | TARGET_IS_STEM));
        });
    }
    entries.sort_unstable();
    entries.dedup();
    let bits = (entries.len() / 8)
        .next_power_of_two()
        .trailing_zeros()
        .clamp(4, 24);
    let mut buckets = vec![0_u32; (1 << bits) + 1];
    for (hash, _) in &entries {
        buckets[(hash >> (32 - bits)) as usize + 1] += 1;
    }
    for bucket in 1..buckets.len() {
        buckets[bucket] += buckets[bucket - 1];
    }
    let (hashes, targets) = entries.into_iter().unzip();
    Deletions {
        bits,
        buckets,
        hashes,
        targets,
        stems,
    }
}

/// Every beginning of three to eight letters that goes on, with the words that share it.
fn stems(vocabulary: &Vocabulary) -> Vec<StemRecord> {
    let words = &vocabulary.words;
    let mut stems = Vec::new();
    for len in STEM_LETTERS {
        let mut first = 0;
        while first < words.len() {
            let letters = words[first].text.as_bytes();
            if letters.len() < len
                || letters[..len]
                    .iter()
                    .any(|letter| !letter.is_ascii_lowercase())
            {
                first += 1;
                continue;
            }
            let mut end = first + 1;
            while end < words.len()
                && words[end].text.as_bytes().get(..len) == Some(&letters[..len])
            {
                end += 1;
            }
            if words[first..end].iter().any(|word| !word.vocabulary_only) {
                stems.push(StemRecord {
                    first: first as u32,
                    end: end as u32,
                    len: len as u32,
                });
            }
            first = end;
        }
    }
    stems
}
