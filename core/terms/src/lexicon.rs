//! The clinical vocabulary that the official files lack: abbreviations, lay words, synonyms, conventions.
//!
//! It is data (`data/vocabulary/*.tsv`): a phrase and the wording of the release that it means. It is compiled into the
//! release, with the words of both folded as all others.

use std::sync::LazyLock;

use crate::text;

const ABBREVIATIONS: &str = include_str!("../../../data/vocabulary/abbreviations.tsv");
const LAY_TERMS: &str = include_str!("../../../data/vocabulary/lay-terms.tsv");
const SYNONYMS: &str = include_str!("../../../data/vocabulary/synonyms.tsv");
const CONVENTIONS: &str = include_str!("../../../data/vocabulary/conventions.tsv");
const DERIVATION: &str = include_str!("../../../data/language/derivation.tsv");
pub(crate) const FUNCTION_WORDS: &str = include_str!("../../../data/language/function-words.tsv");

/// Why a phrase means what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Kind {
    Abbreviation = 0,
    LayTerm = 1,
    Synonym = 2,
    Convention = 3,
}

/// One phrase and one of its meanings, in folded words.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    pub(crate) words: Vec<String>,
    pub(crate) meaning: Vec<String>,
    pub(crate) place: u32,
    pub(crate) kind: Kind,
}

/// Every phrase of the shipped vocabulary.
pub(crate) fn shipped() -> &'static [Phrase] {
    static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(phrases);
    &PHRASES
}

fn phrases() -> Vec<Phrase> {
    let tables = [
        (ABBREVIATIONS, Kind::Abbreviation),
        (LAY_TERMS, Kind::LayTerm),
        (SYNONYMS, Kind::Synonym),
        (CONVENTIONS, Kind::Convention),
    ];
    let mut phrases = Vec::new();
    for (table, kind) in tables {
        for row in text::rows(table) {
            let words = folded(row[0]);
            for (place, meaning) in row
                .get(1)
                .copied()
                .unwrap_or_default()
                .split('|')
                .enumerate()
            {
                let meaning = folded(meaning);
                if !words.is_empty() && words != meaning {
                    phrases.push(Phrase {
                        words: words.clone(),
                        meaning,
                        place: place as u32,
                        kind,
                    });
                }
            }
        }
    }
    phrases
}

/// The rules of `data/language/derivation.tsv`, in both directions: an ending, the ending that may take its place, and how
/// strongly the two words are then tied.
pub(crate) fn derivations() -> &'static [(&'static str, &'static str, f32)] {
    static RULES: LazyLock<Vec<(&str, &str, f32)>> = LazyLock::new(|| {
        text::rows(DERIVATION)
            .map(|row| {
                let strength = row[2].trim().parse();
                (
                    row[0].trim(),
                    row[1].trim(),
                    strength.expect("a strength in derivation.tsv"),
                )
            })
            .flat_map(|(a, b, strength)| [(a, b, strength), (b, a, strength)])
            .collect()
    });
    &RULES
}

/// The folded words of `phrase`.
pub(crate) fn folded(phrase: &str) -> Vec<String> {
    let mut words = Vec::new();
    text::words(phrase, |word, _| {
        words.push(text::fold(word).as_str().to_owned());
    });
    words
}

/// Stands for all the rules and vocabulary that a compiled release depends on.
pub(crate) fn fingerprint() -> u64 {
    let tables = [
        ABBREVIATIONS,
        LAY_TERMS,
        SYNONYMS,
        CONVENTIONS,
        DERIVATION,
        FUNCTION_WORDS,
    ];
    tables.iter().fold(text::fingerprint(), |sum, table| {
        sum.rotate_left(7) ^ xxhash_rust::xxh3::xxh3_64(table.as_bytes())
    })
}
