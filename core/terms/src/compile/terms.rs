//! Terms: every wording under which a concept may be found, ranked.

use std::collections::HashSet;

use super::Text;
use super::words::Vocabulary;
use crate::format::{INLINE_WORDS, NONE, Section, TermContent, TermRecord, Writer, traits};
use crate::source::{Level, Source, TermSource};
use crate::text;

/// Words of a term beyond this are not looked at.
const MAX_WORDS: usize = 60;
/// Marks a word that stood in parentheses.
pub(crate) const PARENTHESISED: u32 = 1 << 31;
/// Marks a word whose absence from a query counts against the term.
pub(crate) const TELLING: u32 = 1 << 30;
/// The bits of a word's id.
pub(crate) const WORD: u32 = TELLING - 1;

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
        let mut seen: HashSet<Vec<(String, bool)>> = HashSet::new();
        let designations = concept
            .terms
            .iter()
            .map(|term| (term.text.as_str(), term.source));
        let title = std::iter::once((concept.title.as_str(), TermSource::Title));
        for (text, source) in title.chain(designations) {
            let words = folded(text);
            if words.is_empty() || !seen.insert(words.clone()) {
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
                let marks = match (*inside, vocabulary.tells(word)) {
                    (true, _) => PARENTHESISED,
                    (false, true) => TELLING,
                    (false, false) => 0,
                };
                vocabulary.id(word).unwrap_or(WORD) | marks
            })
            .collect();
    }
    terms.sort_by_cached_key(|term| {
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

/// Writes the terms, and what ranking needs of them.
pub(super) fn write(
    terms: &[Term],
    source: &Source,
    vocabulary: &Vocabulary,
    text: &mut Text,
    writer: &mut Writer,
) {
    let mut contents = Vec::with_capacity(terms.len());
    let mut long: Vec<u32> = Vec::new();
    let mut records = Vec::with_capacity(terms.len());
    for term in terms {
        records.push(TermRecord {
            concept: term.concept,
            text: text.span(&term.text),
            source: term.source as u32,
        });
        contents.push(content(term, source, vocabulary, &mut long));
    }
    writer.records(Section::Terms, &records);
    writer.records(Section::TermContents, &contents);
    writer.records(Section::LongTerms, &long);
}

fn content(
    term: &Term,
    source: &Source,
    vocabulary: &Vocabulary,
    long: &mut Vec<u32>,
) -> TermContent {
    let concept = &source.concepts[term.concept as usize];
    let mut words = [0; INLINE_WORDS];
    if let Some(inline) = words.get_mut(..term.ids.len()) {
        inline.copy_from_slice(&term.ids);
    } else {
        words[..2].copy_from_slice(&[term.ids[0], long.len() as u32]);
        long.extend_from_slice(&term.ids);
    }
    TermContent {
        concept: term.concept,
        default: concept.default.unwrap_or(NONE),
        weight: term
            .ids
            .iter()
            .map(|&id| vocabulary.weight_in_term(id))
            .sum(),
        word_count: term.ids.len() as u8,
        telling: term.ids.iter().filter(|&&id| id & TELLING != 0).count() as u8,
        traits: traits_of(term, source),
        source: term.source as u8,
        words,
    }
}

fn traits_of(term: &Term, source: &Source) -> u8 {
    let concept = &source.concepts[term.concept as usize];
    let unspecified = says(term, "unspecified") || says(term, "nos");
    let circumstance = source.dotted && matches!(concept.chapter, 20 | 21);
    let each = [
        (traits::OTHER_WORDING, term.source != TermSource::Title),
        (traits::INCLUDES, term.source == TermSource::Includes),
        (traits::ABOVE_CATEGORY, concept.level < Level::Category),
        (traits::BILLABLE, concept.billable),
        (traits::EXTENDED, concept.level == Level::Extended),
        (traits::UNSPECIFIED, unspecified),
        (traits::OTHER, says(term, "other")),
        (traits::CIRCUMSTANCE, circumstance),
    ];
    let those = each.iter().filter(|(_, is)| *is);
    those.fold(0, |all, (it, _)| all | it)
}
