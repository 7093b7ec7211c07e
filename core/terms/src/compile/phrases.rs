//! The clinical vocabulary in word ids, ordered by first word.

use std::collections::HashMap;

use super::append;
use super::words::Vocabulary;
use crate::format::{PhraseRecord, Section, Writer};
use crate::lexicon::Phrase;

/// Writes the phrases; for each word with which some begin, the first of them.
pub(super) fn write(
    phrases: &[&Phrase],
    vocabulary: &Vocabulary,
    writer: &mut Writer,
) -> HashMap<u32, u32> {
    let ids = |words: &[String]| -> Vec<u32> {
        words
            .iter()
            .map(|word| {
                vocabulary
                    .id(word)
                    .expect("the vocabulary holds every word of a phrase")
            })
            .collect()
    };
    let mut ordered: Vec<(Vec<u32>, &Phrase)> = phrases
        .iter()
        .map(|phrase| (ids(&phrase.words), *phrase))
        .collect();
    ordered.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.place.cmp(&b.1.place)));
    let mut first = HashMap::new();
    for ((words, _), number) in ordered.iter().zip(0_u32..) {
        if let Some(&word) = words.first() {
            first.entry(word).or_insert(number);
        }
    }
    let mut words = Vec::new();
    let records: Vec<PhraseRecord> = ordered
        .into_iter()
        .map(|(phrase_ids, phrase)| PhraseRecord {
            phrase: append(&mut words, phrase_ids),
            meaning: append(&mut words, ids(&phrase.meaning)),
            place: phrase.place,
            kind: phrase.kind as u32,
        })
        .collect();
    writer.records(Section::Phrases, &records);
    writer.records(Section::PhraseWords, &words);
    first
}
