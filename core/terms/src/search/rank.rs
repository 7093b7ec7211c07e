//! Ranking: how well each candidate term meets a reading of the query.

use std::collections::BinaryHeap;

use super::bound::{Bound, Opening};
use super::lookup::{Lookup, MAX_WANTED};
use super::model::{Features, MODEL};
use super::scratch::{Part, Scratch, Slot, Variant};
use super::{Filters, Hit, MatchKind, Meeting, best};
use crate::compile::{PARENTHESISED, PARENTHESISED_SHARE, TELLING, WORD};
use crate::format::{BILLABLE, HEAD_WORDS, NONE, OTHER, Section, TermHead, UNSPECIFIED};
use crate::release::{ConceptId, TermId, View, term_source};
use crate::source::{Level, TermSource};

/// Words by which length is measured.
const LENGTH: f32 = 20.0;
/// Share from which on query or term count as met entirely.
const ENTIRELY: f32 = 0.985;
/// A header brings its default code along only when it meets more than this share of the query.
const LEAST_COVERED_BY_HEADER: f32 = 0.6;

/// What the words of the query say about wordings that are otherwise taken as they come.
#[derive(Clone, Copy)]
pub(super) struct Says {
    unspecified: bool,
    other: bool,
    dotted: bool,
}

impl Says {
    pub(super) fn of(slots: &[Slot], dotted: bool) -> Self {
        let says = |words: &[&[u8]]| {
            slots
                .iter()
                .any(|slot| words.contains(&slot.folded.as_bytes()))
        };
        Self {
            unspecified: says(&[b"unspecified", b"nos"]),
            other: says(&[b"other"]),
            dotted,
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

/// Candidates whose openings are read one right after the other, before any of them is judged. They lie anywhere: so the memory
/// looks for all of them at the same time.
const TOGETHER: usize = 32;

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
    /// Candidates are looked at in the order of what they could score at most; the first that could not be among the
    /// wanted hits ends it, because no later one could.
    pub(super) fn score(&self, view: View<'_>, filters: &Filters<'_>, scratch: &mut Scratch) {
        let Scratch {
            candidates,
            groups,
            parts,
            alternatives,
            bounds,
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
        let bound = Bound::of(&lookup, parts, &groups[first as usize..end as usize]);
        let judging = Judging::of(self, parts);
        let places: &[u32] = view.records(Section::TermPlaces);
        let contents: &[u32] = view.records(Section::TermContents);
        let read = |number: u32| term(contents, *places.get(number as usize)?);
        // The highest bound comes first; of equal ones, the candidate of the least number.
        let mut keys = std::mem::take(bounds);
        let mut openings = [Opening::default(); TOGETHER];
        for (block, candidates) in candidates.chunks(TOGETHER).enumerate() {
            let mut starts = [0; TOGETHER];
            for (start, candidate) in starts.iter_mut().zip(candidates) {
                *start = places.get(candidate.term as usize).map_or(NONE, |it| *it);
            }
            for (opening, start) in openings.iter_mut().zip(starts).take(candidates.len()) {
                *opening = Opening::at(contents, start);
            }
            let all = candidates.iter().zip(&openings);
            keys.extend(all.enumerate().map(|(place, (candidate, opening))| {
                let most = bound.most(&judging, &lookup, opening, candidate.met);
                let number = (block * TOGETHER + place) as u32;
                u64::from(ascending(most)) << 32 | u64::from(!number)
            }));
        }
        let mut in_turn = BinaryHeap::from(keys);
        while let Some(key) = in_turn.pop() {
            let most = from_ascending((key >> 32) as u32);
            let bar = best::bar(hits, self.wanted);
            if most < bar {
                break;
            }
            let number = candidates[!(key as u32) as usize].term;
            let Some((head, words)) = read(number) else {
                continue;
            };
            let met = meet(words, &judging.wanted, &lookup);
            for hit in judging.hits(number, head, &met).into_iter().flatten() {
                if filters.admit(hit.concept) {
                    best::offer(hits, self.wanted, hit);
                }
            }
        }
        *bounds = in_turn.into_vec();
        bounds.clear();
    }
}

/// What the terms of one reading are judged by.
pub(super) struct Judging<'r> {
    ranking: &'r Ranking<'r>,
    pub(super) wanted: Wanted,
    weights: &'static Features,
    /// What all terms of the reading have alike.
    base: f32,
}

/// What a term is judged on, beside its head.
pub(super) struct Judged {
    pub(super) query_covered: f32,
    pub(super) term_covered: f32,
    pub(super) in_order: f32,
    pub(super) starts: bool,
    /// Edits beyond those of the reading.
    pub(super) edits: u8,
    /// Words of the reading that are met.
    pub(super) parts: u32,
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
            base: alike.score(weights),
        }
    }

    /// The score of a term, to 2⁻¹⁰: by less, terms are equally good.
    pub(super) fn score(&self, head: &TermHead, judged: &Judged) -> f32 {
        let weights = self.weights;
        let edits = f32::from(judged.edits + self.ranking.variant.edits) / self.wanted.weighing;
        let beyond = u32::from(head.telling).saturating_sub(judged.parts);
        let score = self.base
            + weights.query_covered * judged.query_covered
            + weights.term_covered * judged.term_covered
            + weights.exact * flag(self.is_exact(judged))
            + weights.in_order * judged.in_order
            + weights.starts * flag(judged.starts)
            + weights.edits * edits
            + weights.length * beyond as f32 / LENGTH
            + self.of_head(head);
        to_grain(score)
    }

    fn is_exact(&self, judged: &Judged) -> bool {
        self.ranking.is_whole() && judged.term_covered > ENTIRELY && judged.query_covered > ENTIRELY
    }

    /// The score of the code for which a header stands, from that of the header: it is billable and named by its header;
    /// in all else the two are judged alike.
    pub(super) fn of_default(&self, score: f32) -> f32 {
        to_grain(score + self.weights.default + self.weights.billable)
    }

    /// What the head of a term is worth, whatever the query.
    fn of_head(&self, term: &TermHead) -> f32 {
        let (weights, says) = (self.weights, self.ranking.says);
        let mut score = 0.0;
        let mut add = |is: bool, weight: f32| score += if is { weight } else { 0.0 };
        add(
            term.source != TermSource::Title as u8,
            weights.other_wording,
        );
        add(term.source == TermSource::Includes as u8, weights.includes);
        add(term.level < Level::Category as u8, weights.above_category);
        add(term.flags & BILLABLE != 0, weights.billable);
        add(term.level == Level::Extended as u8, weights.extended);
        add(
            term.says & UNSPECIFIED != 0 && !says.unspecified,
            weights.unspecified,
        );
        add(term.says & OTHER != 0 && !says.other, weights.other);
        add(
            says.dotted && matches!(term.chapter, 20 | 21),
            weights.circumstance,
        );
        score
    }

    /// The hit of a term, and that of the code for which its concept stands.
    fn hits(&self, number: u32, head: &TermHead, met: &Met) -> [Option<Hit>; 2] {
        let query_covered = covered(met.query_weight, self.wanted.total, flag(met.parts != 0));
        let judged = Judged {
            query_covered,
            term_covered: covered(met.term_weight, head.weight, query_covered),
            in_order: self.wanted.in_order(met.in_order.count_ones()),
            starts: met.starts,
            edits: met.edits,
            parts: met.parts.count_ones(),
        };
        let hit = Hit {
            concept: ConceptId(head.concept),
            term: Some(TermId(number)),
            kind: self.kind(&judged),
            source: Some(term_source(head.source)),
            edits: met.edits.saturating_add(self.ranking.variant.edits),
            score: self.score(head, &judged),
            confidence: 0.0,
        };
        let stands = head.default != NONE && query_covered > LEAST_COVERED_BY_HEADER;
        let default = stands.then(|| Hit {
            concept: ConceptId(head.default),
            kind: MatchKind::Default,
            score: self.of_default(hit.score),
            ..hit
        });
        [Some(hit), default]
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

fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

/// Cuts a score to a multiple of 2⁻¹⁰.
fn to_grain(score: f32) -> f32 {
    (score * 1024.0) as i32 as f32 / 1024.0
}

/// The bits of a number such that they ascend as it does.
fn ascending(number: f32) -> u32 {
    let bits = number.to_bits();
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

fn from_ascending(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 {
        bits & !(1 << 31)
    } else {
        !bits
    })
}

/// The head and the words of the term whose content begins at `start`.
pub(super) fn term(contents: &[u32], start: u32) -> Option<(&TermHead, &[u32])> {
    let content = contents.get(start as usize..)?;
    let (head, words) = content.split_at_checked(HEAD_WORDS)?;
    let head: &TermHead = bytemuck::try_from_bytes(bytemuck::cast_slice(head)).ok()?;
    Some((head, words.get(..head.word_count as usize)?))
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
