//! Terms: every wording under which a concept may be found, ranked.

use std::collections::HashMap;

use super::words::Vocabulary;
use super::{Text, append};
use crate::format::{NONE, OTHER, Section, Span, TermRecord, UNSPECIFIED, Writer};
use crate::source::{Level, NoteKind, Source, TermSource};
use crate::text;

/// Words of a term beyond this are not looked at.
const MAX_WORDS: usize = 60;
/// Marks a word that stood in parentheses.
pub(crate) const PARENTHESISED: u32 = 1 << 31;

/// A term with its folded words.
pub(super) struct Term {
    pub(super) concept: u32,
    pub(super) source: TermSource,
    pub(super) text: String,
    pub(super) words: Vec<(String, bool)>,
    /// Ids of `words`, once the vocabulary stands.
    pub(super) ids: Vec<u32>,
    /// Whether the concept is a code made by a 7th character; its words say little that its stem does not.
    pub(super) extended: bool,
}

/// All terms, in the order of the concepts.
pub(super) fn gather(source: &Source) -> Vec<Term> {
    let mut terms = Vec::with_capacity(source.concepts.len() * 5 / 4);
    for (number, concept) in source.concepts.iter().enumerate() {
        let mut seen: HashMap<Vec<(String, bool)>, ()> = HashMap::new();
        let designations = concept
            .terms
            .iter()
            .map(|term| (term.text.as_str(), term.source));
        let includes = concept
            .notes
            .iter()
            .filter(|note| note.kind == NoteKind::Includes)
            .map(|note| (note.text.as_str(), TermSource::Includes));
        let title = std::iter::once((concept.title.as_str(), TermSource::Title));
        for (text, source) in title.chain(designations).chain(includes) {
            let words = folded(text);
            if words.is_empty() || seen.insert(words.clone(), ()).is_some() {
                continue;
            }
            terms.push(Term {
                concept: number as u32,
                source,
                text: text.to_owned(),
                words,
                ids: Vec::new(),
                extended: concept.level == Level::Extended,
            });
        }
    }
    terms
}

fn folded(wording: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    text::words(wording, |word, inside| {
        if words.len() < MAX_WORDS {
            words.push((text::fold(word).as_str().to_owned(), inside));
        }
    });
    words
}

/// Puts the terms in the order in which they are to be preferred when nothing else decides, and gives their words ids.
///
/// Short before long, titles before other wordings, the common before the special: stems before their 7th-character
/// codes, diseases before circumstances (chapter 20) and administrative reasons (chapter 21).
pub(super) fn rank(mut terms: Vec<Term>, source: &Source, vocabulary: &Vocabulary) -> Vec<Term> {
    for term in &mut terms {
        term.ids = term
            .words
            .iter()
            .map(|(word, inside)| {
                vocabulary.id(word).unwrap_or(NONE >> 1) | if *inside { PARENTHESISED } else { 0 }
            })
            .collect();
    }
    terms.sort_by_key(|term| {
        let concept = &source.concepts[term.concept as usize];
        let telling = term
            .words
            .iter()
            .filter(|(word, inside)| !*inside && vocabulary.tells(word))
            .count() as u32;
        let cost = 4 * telling
            + 40 * u32::from(term.extended)
            + 6 * u32::from(says(term, "other"))
            + 3 * u32::from(term.source != TermSource::Title)
            + match concept.level {
                Level::Chapter => 12,
                Level::Block => 8,
                _ => 0,
            }
            + match (source.dotted, concept.chapter) {
                (true, 20) => 12,
                (true, 21) => 4,
                _ => 0,
            };
        (cost, term.concept, term.source)
    });
    terms
}

fn says(term: &Term, word: &str) -> bool {
    term.words.iter().any(|(found, _)| found == word)
}

/// Writes the terms and their words.
pub(super) fn write(terms: &[Term], vocabulary: &Vocabulary, text: &mut Text, writer: &mut Writer) {
    let mut words = Vec::new();
    let records: Vec<TermRecord> = terms
        .iter()
        .map(|term| {
            let range = append(&mut words, term.ids.iter().copied());
            let mut flags = 0;
            if says(term, "unspecified") || says(term, "nos") {
                flags |= UNSPECIFIED;
            }
            if says(term, "other") {
                flags |= OTHER;
            }
            TermRecord {
                concept: term.concept,
                text: span(text, term),
                words: range.start,
                weight: term
                    .ids
                    .iter()
                    .map(|&id| vocabulary.weight_in_term(id))
                    .sum(),
                word_count: range.len as u8,
                source: term.source as u8,
                flags,
            }
        })
        .collect();
    writer.records(Section::Terms, &records);
    writer.records(Section::TermWords, &words);
}

fn span(text: &mut Text, term: &Term) -> Span {
    text.span(&term.text)
}
