//! Ranking: how well each candidate term meets a reading of the query.

use super::model::{Features, MODEL};
use super::scratch::{Scratch, Variant};
use super::{Hit, MatchKind};
use crate::compile::PARENTHESISED;
use crate::format::BILLABLE;
use crate::format::{ConceptRecord, NONE, OTHER, Section, TermRecord, UNSPECIFIED, WordRecord};
use crate::release::{ConceptId, TermId, View, term_source};
use crate::source::{Level, TermSource};

/// A word of the reading, as ranking sees it.
#[derive(Clone, Copy, Default)]
struct Wanted {
    weight: f32,
    /// Best strength with which the term at hand meets it, and the edits of that.
    strength: f32,
    edits: u8,
}

const MAX_WANTED: usize = 32;

/// What the words of the query say about wordings that are otherwise taken as they come.
#[derive(Clone, Copy)]
pub(super) struct Says {
    pub(super) unspecified: bool,
    pub(super) other: bool,
    pub(super) dotted: bool,
}

/// Scores the candidates in `scratch` and adds a hit for each, and for the code for which each header stands.
pub(super) fn score(view: View<'_>, variant: &Variant, says: Says, scratch: &mut Scratch) {
    let mut wanted = [Wanted::default(); MAX_WANTED];
    let parts = &scratch.parts[variant.parts.0 as usize..variant.parts.1 as usize];
    let parts = &parts[..parts.len().min(MAX_WANTED)];
    for (wanted, part) in wanted.iter_mut().zip(parts) {
        wanted.weight = part.weight;
    }
    let wanted = &mut wanted[..parts.len()];
    let lookup = Lookup::build(parts, scratch_alternatives(scratch), &mut Vec::new());
    let total: f32 = wanted.iter().map(|wanted| wanted.weight).sum();
    let records = Records {
        terms: view.records(Section::Terms),
        words: view.records(Section::Words),
        term_words: view.records(Section::TermWords),
        concepts: view.records(Section::Concepts),
    };
    for at in 0..scratch.candidates.len() {
        let number = scratch.candidates[at];
        let Some(term) = records.terms.get(number as usize) else {
            continue;
        };
        let Some(concept) = records.concepts.get(term.concept as usize) else {
            continue;
        };
        let met = meet(&records, term, wanted, &lookup);
        let features = features(term, concept, &met, wanted, total, variant, says);
        let score = features.score(&MODEL.weights);
        let hit = Hit {
            concept: ConceptId(term.concept),
            term: Some(TermId(number)),
            kind: kind(&features, &met, variant),
            source: Some(term_source(term.source)),
            edits: met.edits.saturating_add(variant.edits),
            score,
            confidence: 0.0,
        };
        scratch.hits.push(hit);
        if concept.default != NONE && features.query_covered > 0.6 {
            let default = Features {
                default: 1.0,
                billable: 1.0,
                ..features
            };
            let score = default.score(&MODEL.weights);
            scratch.hits.push(Hit {
                concept: ConceptId(concept.default),
                kind: MatchKind::Default,
                score,
                ..hit
            });
        }
    }
}

fn scratch_alternatives(scratch: &Scratch) -> &[super::scratch::Alternative] {
    &scratch.alternatives
}

struct Records<'a> {
    terms: &'a [TermRecord],
    words: &'a [WordRecord],
    term_words: &'a [u32],
    concepts: &'a [ConceptRecord],
}

/// Finds which word of the reading a word of a term meets.
struct Lookup {
    /// Open addressing by word id; a place holds (word id, number of the wanted word + 1, edits, strength).
    places: Vec<(u32, u8, u8, f32)>,
    mask: usize,
    /// Ranges of words: (first, end, number of the wanted word, edits, strength).
    ranges: Vec<(u32, u32, u8, u8, f32)>,
}

impl Lookup {
    fn build(
        parts: &[super::scratch::Part],
        alternatives: &[super::scratch::Alternative],
        _reuse: &mut Vec<u8>,
    ) -> Self {
        let count: usize = parts
            .iter()
            .map(|part| (part.alternatives.1 - part.alternatives.0) as usize)
            .sum();
        let size = (count * 2).next_power_of_two().max(16);
        let mut lookup = Self {
            places: vec![(NONE, 0, 0, 0.0); size],
            mask: size - 1,
            ranges: Vec::new(),
        };
        for (number, part) in parts.iter().enumerate() {
            for alternative in
                &alternatives[part.alternatives.0 as usize..part.alternatives.1 as usize]
            {
                match alternative.single() {
                    Some(word) => {
                        lookup.insert(word, number as u8, alternative.edits, alternative.strength)
                    }
                    None => lookup.ranges.push((
                        alternative.first,
                        alternative.end,
                        number as u8,
                        alternative.edits,
                        alternative.strength,
                    )),
                }
            }
        }
        lookup
    }

    fn insert(&mut self, word: u32, number: u8, edits: u8, strength: f32) {
        let mut at = spread(word) & self.mask;
        while self.places[at].1 != 0 {
            if self.places[at].0 == word {
                if self.places[at].3 < strength {
                    self.places[at] = (word, number + 1, edits, strength);
                }
                return;
            }
            at = (at + 1) & self.mask;
        }
        self.places[at] = (word, number + 1, edits, strength);
    }

    fn find(&self, word: u32) -> Option<(u8, u8, f32)> {
        let mut at = spread(word) & self.mask;
        while self.places[at].1 != 0 {
            let (found, number, edits, strength) = self.places[at];
            if found == word {
                return Some((number - 1, edits, strength));
            }
            at = (at + 1) & self.mask;
        }
        self.ranges
            .iter()
            .find(|range| (range.0..range.1).contains(&word))
            .map(|&(_, _, number, edits, strength)| (number, edits, strength))
    }
}

fn spread(word: u32) -> usize {
    (word.wrapping_mul(0x9e37_79b1) >> 12) as usize
}

/// What a term and the reading have in common.
struct Met {
    /// Weight of the term's words that were met, each by the strength of the meeting.
    term_weight: f32,
    query_weight: f32,
    edits: u8,
    in_order: u32,
    starts: bool,
    /// Words of the term up to the last that was met without a gap, from the start.
    exact_strength: bool,
    words: u32,
    met_words: u32,
}

fn meet(records: &Records<'_>, term: &TermRecord, wanted: &mut [Wanted], lookup: &Lookup) -> Met {
    for wanted in wanted.iter_mut() {
        wanted.strength = 0.0;
        wanted.edits = 0;
    }
    let words = records
        .term_words
        .get(term.words as usize..term.words as usize + term.word_count as usize)
        .unwrap_or_default();
    let mut met = Met {
        term_weight: 0.0,
        query_weight: 0.0,
        edits: 0,
        in_order: 0,
        starts: false,
        exact_strength: true,
        words: 0,
        met_words: 0,
    };
    let mut before: Option<u8> = None;
    for (place, &marked) in words.iter().enumerate() {
        let word = marked & !PARENTHESISED;
        let found = lookup.find(word);
        let Some((number, edits, strength)) = found else {
            let Some(record) = records.words.get(word as usize) else {
                continue;
            };
            if marked & PARENTHESISED == 0 && record.kept_in_term > 50 {
                met.words += 1;
                before = None;
            }
            continue;
        };
        let Some(record) = records.words.get(word as usize) else {
            continue;
        };
        let share = if marked & PARENTHESISED == 0 {
            1.0
        } else {
            0.15
        };
        met.term_weight +=
            record.weight * f32::from(record.kept_in_term) / 255.0 * share * strength;
        met.words += u32::from(record.kept_in_term > 50);
        met.met_words += u32::from(record.kept_in_term > 50);
        let wanted = &mut wanted[number as usize];
        if strength > wanted.strength {
            wanted.strength = strength;
            wanted.edits = edits;
        }
        met.starts |= place == 0 && number == 0;
        met.in_order += u32::from(before.is_some_and(|before| before + 1 == number));
        before = Some(number);
    }
    for wanted in wanted.iter() {
        met.query_weight += wanted.weight * wanted.strength;
        met.edits = met.edits.saturating_add(wanted.edits);
        if wanted.strength < 1.0 {
            met.exact_strength = false;
        }
    }
    met
}

fn features(
    term: &TermRecord,
    concept: &ConceptRecord,
    met: &Met,
    wanted: &[Wanted],
    total: f32,
    variant: &Variant,
    says: Says,
) -> Features {
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    let query_covered = if total > 0.0 {
        met.query_weight / total
    } else {
        flag(met.met_words > 0)
    };
    let term_covered = if term.weight > 0.0 {
        (met.term_weight / term.weight).min(1.0)
    } else {
        query_covered
    };
    let telling = wanted
        .iter()
        .filter(|wanted| wanted.weight > 0.0)
        .count()
        .max(1) as f32;
    let all = wanted
        .iter()
        .all(|wanted| wanted.strength > 0.0 || wanted.weight < 0.3);
    Features {
        query_covered,
        all_covered: flag(all),
        term_covered,
        exact: flag(all && term_covered > 0.985 && query_covered > 0.985),
        in_order: (met.in_order as f32 / (wanted.len().max(2) - 1) as f32).min(1.0),
        starts: flag(met.starts),
        edits: f32::from(met.edits + variant.edits) / telling,
        synonym: flag(variant.synonyms > 0 && !variant.convention),
        convention: flag(variant.convention),
        other_wording: flag(term.source != TermSource::Title as u8),
        includes: flag(term.source == TermSource::Includes as u8),
        above_category: flag(concept.level < Level::Category as u8),
        billable: flag(concept.flags & BILLABLE != 0),
        extended: flag(concept.level == Level::Extended as u8),
        unspecified: flag(term.flags & UNSPECIFIED != 0 && !says.unspecified),
        other: flag(term.flags & OTHER != 0 && !says.other),
        circumstance: flag(says.dotted && matches!(concept.chapter, 20 | 21)),
        length: met.words.saturating_sub(met.met_words) as f32 / 20.0,
        default: 0.0,
    }
}

fn kind(features: &Features, met: &Met, variant: &Variant) -> MatchKind {
    if variant.synonyms > 0 {
        MatchKind::Synonym
    } else if met.edits + variant.edits > 0 {
        MatchKind::Similarity
    } else if features.exact > 0.0 {
        MatchKind::Exact
    } else if features.starts > 0.0 && features.all_covered > 0.0 && features.in_order > 0.99 {
        MatchKind::TermPrefix
    } else {
        MatchKind::Words
    }
}
