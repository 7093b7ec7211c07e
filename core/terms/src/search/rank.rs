//! Ranking: how well each candidate term meets a reading of the query.

use super::model::{Features, MODEL};
use super::scratch::{Alternative, Part, Scratch, Variant};
use super::{Hit, MatchKind};
use crate::compile::{PARENTHESISED, PARENTHESISED_SHARE, TELLING, WORD};
use crate::format::{
    BILLABLE, HEAD_WORDS, NONE, OTHER, Section, TermHead, UNSPECIFIED, WordRecord,
};
use crate::release::{ConceptId, TermId, View, term_source};
use crate::source::{Level, TermSource};

/// Words of a reading that are looked at.
const MAX_WANTED: usize = 32;
/// Weight from which on a word of the query must be met for all of it to be.
const TELLING_WEIGHT: f32 = 0.3;
/// A header brings its default code along only when it meets more than this share of the query.
const LEAST_COVERED_BY_HEADER: f32 = 0.6;

/// What the words of the query say about wordings that are otherwise taken as they come.
#[derive(Clone, Copy)]
pub(super) struct Says {
    pub(super) unspecified: bool,
    pub(super) other: bool,
    pub(super) dotted: bool,
}

/// The words of a reading, as ranking sees them.
struct Wanted {
    weights: [f32; MAX_WANTED],
    /// Their number.
    count: usize,
    /// Sum of the weights.
    total: f32,
    /// Those that tell anything, one bit each.
    telling: u32,
    /// How many weigh anything at all, at least one.
    weighing: f32,
}

impl Wanted {
    fn of(parts: &[Part]) -> Self {
        let mut wanted = Self {
            weights: [0.0; MAX_WANTED],
            count: parts.len(),
            total: 0.0,
            telling: 0,
            weighing: 0.0,
        };
        for (number, part) in parts.iter().enumerate() {
            wanted.weights[number] = part.weight;
            wanted.total += part.weight;
            wanted.weighing += if part.weight > 0.0 { 1.0 } else { 0.0 };
            if part.weight >= TELLING_WEIGHT {
                wanted.telling |= 1 << number;
            }
        }
        wanted.weighing = wanted.weighing.max(1.0);
        wanted
    }
}

/// Scores the candidates in `scratch` and adds a hit for each, and for the code for which each header stands.
pub(super) fn score(view: View<'_>, variant: &Variant, says: Says, scratch: &mut Scratch) {
    let parts = &scratch.parts[variant.parts.0 as usize..variant.parts.1 as usize];
    let parts = &parts[..parts.len().min(MAX_WANTED)];
    let wanted = Wanted::of(parts);
    let lookup = Lookup::build(view.records(Section::Words), parts, &scratch.alternatives);
    let weights = &MODEL.weights;
    let places: &[u32] = view.records(Section::TermPlaces);
    let contents: &[u32] = view.records(Section::TermContents);
    let Scratch {
        candidates,
        places: starts,
        hits,
        met_whole,
        ..
    } = scratch;
    // Two short loops first, whose loads do not wait for one another: they bring the terms into the cache together.
    starts.clear();
    starts.extend(
        candidates
            .iter()
            .map(|&term| places.get(term as usize).copied().unwrap_or(NONE)),
    );
    let fetched = starts.iter().fold(0, |sum, &start| {
        sum ^ contents.get(start as usize).copied().unwrap_or(0)
    });
    std::hint::black_box(fetched);
    for (&number, &start) in candidates.iter().zip(starts.iter()) {
        let Some((head, words)) = term(contents, start) else {
            continue;
        };
        let met = meet(words, &wanted, &lookup);
        let features = features(head, &met, &wanted, variant, says);
        *met_whole |= features.all_covered > 0.0;
        let hit = Hit {
            concept: ConceptId(head.concept),
            term: Some(TermId(number)),
            kind: kind(&features, &met, variant),
            source: Some(term_source(head.source)),
            edits: met.edits.saturating_add(variant.edits),
            score: features.score(weights),
            confidence: 0.0,
        };
        hits.push(hit);
        if head.default != NONE && features.query_covered > LEAST_COVERED_BY_HEADER {
            // It is billable and named by its header; in all else the two are judged alike.
            let score = hit.score + weights.default + weights.billable;
            hits.push(Hit {
                concept: ConceptId(head.default),
                kind: MatchKind::Default,
                score,
                ..hit
            });
        }
    }
}

/// The head and the words of the term whose content begins at `start`.
fn term(contents: &[u32], start: u32) -> Option<(&TermHead, &[u32])> {
    let content = contents.get(start as usize..)?;
    let (head, words) = content.split_at_checked(HEAD_WORDS)?;
    let head: &TermHead = bytemuck::try_from_bytes(bytemuck::cast_slice(head)).ok()?;
    Some((head, words.get(..head.word_count as usize)?))
}

/// Finds which word of the reading a word of a term meets.
struct Lookup {
    /// Open addressing by word id.
    places: Vec<Place>,
    mask: usize,
    /// A bit for each word, by its last six bits: most words of a term are told at once to meet nothing.
    any: u64,
    /// For words that begin with what was typed.
    ranges: Vec<(u32, u32, Meeting)>,
}

#[derive(Clone, Copy)]
struct Place {
    word: u32,
    meeting: Meeting,
}

/// What it is worth that a term has a certain word.
#[derive(Clone, Copy)]
struct Meeting {
    /// Number of the wanted word.
    number: u8,
    edits: u8,
    strength: f32,
    /// The word's weight in a term.
    weight: f32,
}

impl Lookup {
    fn build(words: &[WordRecord], parts: &[Part], alternatives: &[Alternative]) -> Self {
        let count: usize = parts
            .iter()
            .map(|part| (part.alternatives.1 - part.alternatives.0) as usize)
            .sum();
        let size = (count * 2).next_power_of_two().max(16);
        let nothing = Meeting {
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
        };
        for (number, part) in parts.iter().enumerate() {
            for alternative in
                &alternatives[part.alternatives.0 as usize..part.alternatives.1 as usize]
            {
                let Some(record) = words.get(alternative.first as usize) else {
                    continue;
                };
                let meeting = Meeting {
                    number: number as u8,
                    edits: alternative.edits,
                    strength: alternative.strength,
                    weight: record.weight * f32::from(record.kept_in_term) / 255.0,
                };
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

    fn find(&self, word: u32) -> Option<Meeting> {
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

    fn find_in_ranges(&self, word: u32) -> Option<Meeting> {
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

/// What a term and the reading have in common.
#[derive(Default)]
struct Met {
    /// Weight of the term's words that were met, each by the strength of the meeting.
    term_weight: f32,
    query_weight: f32,
    /// Words of the reading that were met, one bit each.
    wanted: u32,
    edits: u8,
    /// Words that follow each other in the term as they do in the query.
    in_order: u32,
    /// Whether the term begins with the query's first word.
    starts: bool,
    /// Telling words of the term, and those of them that were met.
    words: u32,
    common_words: u32,
}

fn meet(words: &[u32], wanted: &Wanted, lookup: &Lookup) -> Met {
    let mut strengths = [0.0_f32; MAX_WANTED];
    let mut edits = [0_u8; MAX_WANTED];
    let mut met = Met::default();
    let mut before: Option<u8> = None;
    for (place, &marked) in words.iter().enumerate() {
        let telling = marked & TELLING != 0;
        met.words += u32::from(telling);
        let Some(meeting) = lookup.find(marked & WORD) else {
            if telling {
                before = None;
            }
            continue;
        };
        let share = if marked & PARENTHESISED == 0 {
            1.0
        } else {
            PARENTHESISED_SHARE
        };
        met.term_weight += meeting.weight * share * meeting.strength;
        met.common_words += u32::from(telling);
        let number = meeting.number as usize;
        let better = meeting.strength - strengths[number];
        if better > 0.0 {
            met.query_weight += wanted.weights[number] * better;
            met.edits = met.edits + meeting.edits - edits[number];
            met.wanted |= 1 << number;
            strengths[number] = meeting.strength;
            edits[number] = meeting.edits;
        }
        met.starts |= place == 0 && meeting.number == 0;
        met.in_order += u32::from(before.is_some_and(|before| before + 1 == meeting.number));
        before = Some(meeting.number);
    }
    met
}

fn features(
    term: &TermHead,
    met: &Met,
    wanted: &Wanted,
    variant: &Variant,
    says: Says,
) -> Features {
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    let query_covered = if wanted.total > 0.0 {
        met.query_weight / wanted.total
    } else {
        flag(met.common_words > 0)
    };
    let term_covered = if term.weight > 0.0 {
        (met.term_weight / term.weight).min(1.0)
    } else {
        query_covered
    };
    let all = met.wanted & wanted.telling == wanted.telling;
    Features {
        query_covered,
        all_covered: flag(all),
        term_covered,
        exact: flag(all && term_covered > 0.985 && query_covered > 0.985),
        in_order: (met.in_order as f32 / (wanted.count.max(2) - 1) as f32).min(1.0),
        starts: flag(met.starts),
        edits: f32::from(met.edits + variant.edits) / wanted.weighing,
        synonym: flag(variant.synonyms > 0 && !variant.convention),
        convention: flag(variant.convention),
        other_wording: flag(term.source != TermSource::Title as u8),
        includes: flag(term.source == TermSource::Includes as u8),
        above_category: flag(term.level < Level::Category as u8),
        billable: flag(term.flags & BILLABLE != 0),
        extended: flag(term.level == Level::Extended as u8),
        unspecified: flag(term.says & UNSPECIFIED != 0 && !says.unspecified),
        other: flag(term.says & OTHER != 0 && !says.other),
        circumstance: flag(says.dotted && matches!(term.chapter, 20 | 21)),
        length: met.words.saturating_sub(met.common_words) as f32 / 20.0,
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

/// A number by which hits sort best first, then by concept; its lowest 32 bits say which hit it stands for.
pub(super) fn order_key(hit: &Hit, number: usize) -> u128 {
    // The bits of a positive float sort as it does; a negative one's are turned over.
    let bits = hit.score.to_bits();
    let ascending = if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    };
    u128::from(!ascending) << 64 | u128::from(hit.concept.0) << 32 | number as u128
}
