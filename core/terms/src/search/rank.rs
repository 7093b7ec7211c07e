//! Ranking: how well each candidate term meets a reading of the query.

use super::bound::Bound;
use super::lookup::{Lookup, MAX_WANTED};
use super::model::{Features, MODEL, OfTraits, flag};
use super::scratch::{Part, Scratch, Slot, Variant};
use super::{Filters, Hit, MatchKind, Meeting, best};
use crate::compile::{PARENTHESISED, PARENTHESISED_SHARE, TELLING, WORD};
use crate::format::{NONE, Section, TermContent};
use crate::release::{ConceptId, TermId, View, term_source};

/// Words by which length is measured.
const LENGTH: f32 = 20.0;
/// Share from which on query or term count as met entirely.
pub(super) const ENTIRELY: f32 = 0.985;
/// A header brings its default code along only when it meets more than this share of the query.
const LEAST_COVERED_BY_HEADER: f32 = 0.6;

/// What the words of the query say about wordings that are otherwise taken as they come.
#[derive(Clone, Copy)]
pub(super) struct Says {
    unspecified: bool,
    other: bool,
}

impl Says {
    pub(super) fn of(slots: &[Slot]) -> Self {
        let says = |words: &[&[u8]]| {
            slots
                .iter()
                .any(|slot| words.contains(&slot.folded.as_bytes()))
        };
        Self {
            unspecified: says(&[b"unspecified", b"nos"]),
            other: says(&[b"other"]),
        }
    }
}

/// The words of a reading, as ranking sees them.
pub(super) struct Wanted {
    weights: [f32; MAX_WANTED],
    /// Their number.
    count: usize,
    /// Sum of the weights.
    pub(super) total: f32,
    /// How many weigh anything at all, at least one.
    weighing: f32,
}

impl Wanted {
    fn of(parts: &[Part]) -> Self {
        let mut wanted = Self {
            weights: [0.0; MAX_WANTED],
            count: parts.len(),
            total: 0.0,
            weighing: 0.0,
        };
        for (number, part) in parts.iter().enumerate() {
            wanted.weights[number] = part.weight;
            wanted.total += part.weight;
            wanted.weighing += if part.weight > 0.0 { 1.0 } else { 0.0 };
        }
        wanted.weighing = wanted.weighing.max(1.0);
        wanted
    }

    /// The share that `pairs` is of all pairs of words that follow each other.
    pub(super) fn in_order(&self, pairs: u32) -> f32 {
        pairs as f32 / (self.count.max(2) - 1) as f32
    }
}

/// Candidates whose contents are fetched before any of them is judged. They lie anywhere: so the memory looks for all of
/// them at the same time.
const TOGETHER: usize = 16;

/// How the candidates of one reading are ranked.
pub(super) struct Ranking<'r> {
    pub(super) variant: &'r Variant,
    pub(super) says: Says,
    pub(super) meeting: Meeting,
    pub(super) wanted: usize,
}

impl Ranking<'_> {
    fn is_whole(&self) -> bool {
        matches!(self.meeting, Meeting::Whole)
    }

    /// Offers a hit for each of the candidates in `scratch`, and for the code for which each header stands, where the
    /// filters let the concept through.
    ///
    /// The words of a candidate are only looked at if it could be among the wanted hits.
    pub(super) fn score(&self, view: View<'_>, filters: &Filters<'_>, scratch: &mut Scratch) {
        let Scratch {
            candidates,
            groups,
            parts,
            alternatives,
            hits,
            ..
        } = scratch;
        if candidates.is_empty() {
            return;
        }
        let (first, end) = self.variant.parts;
        let parts = &parts[first as usize..end as usize];
        let parts = &parts[..parts.len().min(MAX_WANTED)];
        let lookup = Lookup::build(view.records(Section::Words), parts, alternatives);
        let (first, end) = self.variant.groups;
        let judging = Judging::of(self, parts);
        let groups = &groups[first as usize..end as usize];
        let mut bound = Bound::of(&judging, &lookup, parts, groups);
        let contents: &[TermContent] = view.records(Section::TermContents);
        let long: &[u32] = view.records(Section::LongTerms);
        for candidates in candidates.chunks(TOGETHER) {
            let mut weights = [0.0; TOGETHER];
            for (weight, candidate) in weights.iter_mut().zip(candidates) {
                let content = contents.get(candidate.term as usize);
                *weight = content.map_or(0.0, |content| content.weight);
            }
            for (candidate, weight) in candidates.iter().zip(weights) {
                let number = candidate.term;
                let Some(term) = contents.get(number as usize) else {
                    continue;
                };
                let bar = best::bar(hits, self.wanted);
                if bound.most(&lookup, term, weight, candidate.met) < bar {
                    continue;
                }
                let met = meet(term.words(long), &judging.wanted, &lookup);
                let of_bar = judging.hits(number, term, &met, bar);
                for hit in of_bar.into_iter().flatten() {
                    if filters.admit(hit.concept) {
                        best::offer(hits, self.wanted, hit);
                    }
                }
            }
        }
    }
}

/// What the terms of one reading are judged by.
pub(super) struct Judging<'r> {
    ranking: &'r Ranking<'r>,
    pub(super) wanted: Wanted,
    pub(super) weights: &'static Features,
    of_traits: &'static OfTraits,
    /// What all terms of the reading have alike.
    base: f32,
}

/// How a term and the reading meet.
struct Judged {
    query_covered: f32,
    term_covered: f32,
    in_order: f32,
    starts: bool,
    /// Edits beyond those of the reading.
    edits: u8,
    /// Words of the reading that are met.
    parts: u32,
}

impl<'r> Judging<'r> {
    fn of(ranking: &'r Ranking<'r>, parts: &[Part]) -> Self {
        let variant = ranking.variant;
        let weights = &MODEL.weights;
        let alike = Features {
            all_covered: flag(ranking.is_whole()),
            synonym: flag(variant.synonyms > 0 && !variant.convention),
            convention: flag(variant.convention),
            ..Features::default()
        };
        Self {
            ranking,
            wanted: Wanted::of(parts),
            weights,
            of_traits: MODEL.of_traits(ranking.says.unspecified, ranking.says.other),
            base: alike.score(weights),
        }
    }

    /// The score of a term, to 2⁻¹⁰: by less, terms are equally good.
    fn score(&self, term: &TermContent, judged: &Judged) -> f32 {
        let weights = self.weights;
        let mut score = self.of_meeting(judged.query_covered, judged.in_order, judged.edits)
            + weights.term_covered * judged.term_covered
            + self.of_length(term, judged.parts)
            + self.of_traits(term);
        if self.is_exact(judged) {
            score += weights.exact;
        }
        if judged.starts {
            score += weights.starts;
        }
        to_grain(score)
    }

    /// What it is worth that so much of the reading is met, with `edits` beyond its own.
    pub(super) fn of_meeting(&self, query_covered: f32, in_order: f32, edits: u8) -> f32 {
        let weights = self.weights;
        let edits = f32::from(edits + self.ranking.variant.edits) / self.wanted.weighing;
        self.base
            + weights.query_covered * query_covered
            + weights.in_order * in_order
            + weights.edits * edits
    }

    /// Whether the whole reading is met, so that a term which is met entirely, too, is the same.
    pub(super) fn is_met_entirely(&self, query_covered: f32) -> bool {
        self.ranking.is_whole() && query_covered > ENTIRELY
    }

    fn is_exact(&self, judged: &Judged) -> bool {
        judged.term_covered > ENTIRELY && self.is_met_entirely(judged.query_covered)
    }

    /// What the words of a term beyond the `parts` that it meets are worth.
    pub(super) fn of_length(&self, term: &TermContent, parts: u32) -> f32 {
        let beyond = u32::from(term.telling).saturating_sub(parts);
        self.weights.length * beyond as f32 / LENGTH
    }

    /// What a term is worth, whatever the query.
    pub(super) const fn of_traits(&self, term: &TermContent) -> f32 {
        self.of_traits[term.traits as usize]
    }

    /// What the code for which a header stands is worth more than the header: it is billable and named by its header; in
    /// all else the two are judged alike.
    pub(super) fn worth_of_default(&self) -> f32 {
        self.weights.default + self.weights.billable
    }

    /// The hit of a term, and that of the code for which its concept stands, where they come up to the `bar`.
    fn hits(&self, number: u32, term: &TermContent, met: &Met, bar: f32) -> [Option<Hit>; 2] {
        let query_covered = covered(met.query_weight, self.wanted.total, flag(met.parts != 0));
        let judged = Judged {
            query_covered,
            term_covered: covered(met.term_weight, term.weight, query_covered),
            in_order: self.wanted.in_order(met.in_order.count_ones()),
            starts: met.starts,
            edits: met.edits,
            parts: met.parts.count_ones(),
        };
        let hit = |concept, kind, score| Hit {
            concept: ConceptId(concept),
            term: Some(TermId(number)),
            kind,
            source: Some(term_source(term.source)),
            edits: met.edits.saturating_add(self.ranking.variant.edits),
            score,
            confidence: 0.0,
        };
        let score = self.score(term, &judged);
        let own = (score >= bar).then(|| hit(term.concept, self.kind(&judged), score));
        let stands = term.default != NONE && query_covered > LEAST_COVERED_BY_HEADER;
        let score = to_grain(score + self.worth_of_default());
        let default =
            (stands && score >= bar).then(|| hit(term.default, MatchKind::Default, score));
        [own, default]
    }

    fn kind(&self, judged: &Judged) -> MatchKind {
        let variant = self.ranking.variant;
        let whole = self.ranking.is_whole();
        if variant.synonyms > 0 {
            MatchKind::Synonym
        } else if judged.edits + variant.edits > 0 {
            MatchKind::Similarity
        } else if self.is_exact(judged) {
            MatchKind::Exact
        } else if judged.starts && whole && judged.in_order > 0.99 {
            MatchKind::TermPrefix
        } else {
            MatchKind::Words
        }
    }
}

/// The share that `met` is of `all`, at most 1; `otherwise` where there is nothing to be met.
pub(super) fn covered(met: f32, all: f32, otherwise: f32) -> f32 {
    if all > 0.0 {
        (met / all).min(1.0)
    } else {
        otherwise
    }
}

/// Cuts a score to a multiple of 2⁻¹⁰.
fn to_grain(score: f32) -> f32 {
    (score * 1024.0) as i32 as f32 / 1024.0
}

/// What a term and the reading have in common.
#[derive(Default)]
struct Met {
    /// Weight of the term's words that were met, each by the strength of the meeting.
    term_weight: f32,
    query_weight: f32,
    edits: u8,
    /// Words of the reading that follow in the term on the one they follow in the reading, one bit each.
    in_order: u32,
    /// Whether the term begins with the query's first word.
    starts: bool,
    /// Words of the reading that were met, one bit each.
    parts: u32,
}

fn meet(words: &[u32], wanted: &Wanted, lookup: &Lookup) -> Met {
    let mut strengths = [0.0_f32; MAX_WANTED];
    let mut weights = [0.0_f32; MAX_WANTED];
    let mut edits = [0_u8; MAX_WANTED];
    let mut met = Met::default();
    let mut before: Option<u8> = None;
    for (place, &marked) in words.iter().enumerate() {
        let telling = marked & TELLING != 0;
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
        let number = meeting.number as usize;
        met.parts |= 1 << number;
        // A word of the query meets one word of the term: the heaviest.
        let weight = meeting.weight * share * meeting.strength;
        met.term_weight += (weight - weights[number]).max(0.0);
        weights[number] = weights[number].max(weight);
        let better = meeting.strength - strengths[number];
        if better > 0.0 {
            met.query_weight += wanted.weights[number] * better;
            met.edits = met.edits + meeting.edits - edits[number];
            strengths[number] = meeting.strength;
            edits[number] = meeting.edits;
        }
        met.starts |= place == 0 && meeting.number == 0;
        met.in_order |=
            u32::from(before.is_some_and(|before| before + 1 == meeting.number)) << number;
        before = Some(meeting.number);
    }
    met
}
