//! The vocabulary: every folded word of the terms and of the clinical phrases, with what it tells.

use std::collections::{BTreeMap, HashMap};

use super::Text;
use super::postings::Postings;
use super::related::Related;
use super::terms::{PARENTHESISED, Term, WORD};
use crate::code_key::hash;
use crate::deletion::letters;
use crate::format::{NONE, Section, WordRecord, Writer};
use crate::lexicon::{self, Phrase};
use crate::text as words_of;

/// Share of its weight that a word in parentheses keeps: such words are what ICD-10 calls nonessential modifiers.
pub(crate) const PARENTHESISED_SHARE: f32 = 0.15;

/// All words in alphabetic order; a word's place is its id.
pub(super) struct Vocabulary {
    pub(super) words: Vec<Word>,
    ids: HashMap<String, u32>,
    terms: f32,
}

pub(super) struct Word {
    pub(super) text: String,
    /// In how many terms it stands.
    pub(super) frequency: u32,
    pub(super) weight: f32,
    pub(super) kept_in_term: f32,
    pub(super) kept_in_query: f32,
    pub(super) vocabulary_only: bool,
}

impl Vocabulary {
    /// Gathers the words and weighs them: `ln(1 + N / n)`, N being the terms that are not 7th-character codes and n those
    /// of them that hold the word. (7th-character codes repeat their stem's words; counting them would make `femur`
    /// look like a word that tells nothing.)
    pub(super) fn build(terms: &[Term], phrases: &[&Phrase]) -> Self {
        let mut found: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        let mut plain_terms = 0_u32;
        for term in terms {
            plain_terms += u32::from(!term.extended);
            let mut distinct: Vec<&str> =
                term.words.iter().map(|(word, _)| word.as_str()).collect();
            distinct.sort_unstable();
            distinct.dedup();
            for word in distinct {
                let counts = found.entry(word).or_default();
                counts.0 += 1;
                counts.1 += u32::from(!term.extended);
            }
        }
        for phrase in phrases {
            for word in phrase.words.iter().chain(&phrase.meaning) {
                found.entry(word).or_default();
            }
        }
        let shares = function_words();
        let total = f32::max(plain_terms as f32, 1.0);
        let words: Vec<Word> = found
            .into_iter()
            .map(|(text, (frequency, plain))| {
                let (kept_in_term, kept_in_query) = shares.get(text).copied().unwrap_or((1.0, 1.0));
                Word {
                    text: text.to_owned(),
                    frequency,
                    weight: (1.0 + total / (plain.max(1) as f32)).ln(),
                    kept_in_term,
                    kept_in_query,
                    vocabulary_only: frequency == 0,
                }
            })
            .collect();
        let ids = words
            .iter()
            .enumerate()
            .map(|(id, word)| (word.text.clone(), id as u32))
            .collect();
        Self {
            words,
            ids,
            terms: total,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn id(&self, word: &str) -> Option<u32> {
        self.ids.get(word).copied()
    }

    /// Whether the word tells one concept from another by itself.
    pub(super) fn tells(&self, word: &str) -> bool {
        self.id(word)
            .is_some_and(|id| self.words[id as usize].kept_in_term > 0.2)
    }

    /// What a word adds to the weight of a term; the top bit of `id` marks parentheses.
    pub(super) fn weight_in_term(&self, id: u32) -> f32 {
        let Some(word) = self.words.get((id & WORD) as usize) else {
            return 0.0;
        };
        let share = if id & PARENTHESISED == 0 {
            1.0
        } else {
            PARENTHESISED_SHARE
        };
        word.weight * word.kept_in_term * share
    }

    /// The weight of a word that no term holds: of one that stands in a handful.
    pub(super) fn unknown_weight(&self) -> f32 {
        (1.0 + self.terms / 8.0).ln()
    }
}

/// Shares from `data/language/function-words.tsv`, by folded word: (in a term, in a query).
fn function_words() -> HashMap<String, (f32, f32)> {
    words_of::rows(lexicon::FUNCTION_WORDS)
        .map(|row| {
            let share = |column: usize| {
                row[column]
                    .trim()
                    .parse()
                    .expect("a share in function-words.tsv")
            };
            (
                words_of::fold(row[0]).as_str().to_owned(),
                (share(1), share(2)),
            )
        })
        .collect()
}

/// Writes the words and the table that finds them; `phrases` says which phrase is the first that begins with a word.
pub(super) fn write(
    vocabulary: &Vocabulary,
    postings: &Postings,
    related: &Related,
    phrases: &HashMap<u32, u32>,
    text: &mut Text,
    writer: &mut Writer,
) {
    let records: Vec<WordRecord> = vocabulary
        .words
        .iter()
        .enumerate()
        .map(|(id, word)| WordRecord {
            text: text.span(&word.text),
            postings: postings.of_word[id].list,
            related: related.of_word[id],
            bits: postings.of_word[id].bits,
            frequency: word.frequency,
            weight: word.weight,
            letters: letters(word.text.as_bytes()),
            kept_in_term: (word.kept_in_term * 255.0) as u8,
            kept_in_query: (word.kept_in_query * 255.0) as u8,
            unused: 0,
            phrases: phrases.get(&(id as u32)).copied().unwrap_or(NONE),
        })
        .collect();
    writer.records(Section::Words, &records);

    let size = (vocabulary.len() * 2).next_power_of_two().max(2);
    let mut slots = vec![0_u32; size];
    for (id, word) in vocabulary.words.iter().enumerate() {
        let mut slot = hash(word.text.as_bytes()) as usize & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = id as u32 + 1;
    }
    writer.records(Section::WordTable, &slots);
}
