//! The words of a reading as groups: each with all terms that hold one of its alternatives.

use super::scratch::{Alternative, Scratch, Variant};
use crate::compile::COMMON;
use crate::format::{NONE, PrefixRecord, Section, WordRecord};
use crate::release::View;

/// Groups of words told apart in a reading; the heaviest are kept.
pub(super) const MAX_GROUPS: usize = 16;
/// Least weight of a word that must be met for the whole query to be.
pub(super) const TELLING: f32 = 0.4;

/// A telling word of a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Its own bit in what a term has met.
    pub(super) bit: u16,
    pub(super) weight: f32,
    /// Upper bound of the terms that hold it.
    pub(super) frequency: u32,
    pub(super) alternatives: (u32, u32),
}

impl Group {
    /// Whether so many terms hold it that its list is not walked.
    pub(super) fn is_common(&self, view: View<'_>) -> bool {
        self.frequency as usize * COMMON > view.counts.terms as usize
    }
}

/// What a term has met when it has met all of `groups`.
pub(super) fn every(groups: &[Group]) -> u16 {
    groups.iter().fold(0, |bits, group| bits | group.bit)
}

/// Gathers the groups of each reading, rarest first.
pub(super) fn gather(view: View<'_>, scratch: &mut Scratch) {
    scratch.groups.clear();
    for number in 0..scratch.variants.len() {
        let start = scratch.groups.len();
        let whole = of_reading(view, number, scratch);
        let variant = &mut scratch.variants[number];
        variant.groups = (start as u32, scratch.groups.len() as u32);
        variant.answerable = whole;
    }
}

/// Adds the groups of one reading; whether terms that hold all of them hold all that the reading tells.
fn of_reading(view: View<'_>, number: usize, scratch: &mut Scratch) -> bool {
    let Variant {
        parts: (first, end),
        ..
    } = scratch.variants[number];
    let parts = &scratch.parts[first as usize..end as usize];
    let telling = parts.iter().filter(|part| part.weight >= TELLING).count();
    let any_told = parts
        .iter()
        .any(|part| part.weight >= TELLING && part.alternatives.0 < part.alternatives.1);
    let start = scratch.groups.len();
    for part in parts {
        let leads = part.weight >= TELLING || !any_told;
        if !leads || part.alternatives.0 == part.alternatives.1 {
            continue;
        }
        let range = part.alternatives.0 as usize..part.alternatives.1 as usize;
        let frequency = frequency(view, &scratch.alternatives[range]);
        if frequency > 0 {
            scratch.groups.push(Group {
                bit: 0,
                weight: part.weight,
                frequency,
                alternatives: part.alternatives,
            });
        }
    }
    let groups = &mut scratch.groups[start..];
    let wanted = if any_told { telling } else { parts.len() };
    let whole = !groups.is_empty() && groups.len() == wanted;
    groups.sort_unstable_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then(a.frequency.cmp(&b.frequency))
    });
    let kept = groups.len().min(MAX_GROUPS);
    scratch.groups.truncate(start + kept);
    let groups = &mut scratch.groups[start..];
    groups.sort_by_key(|group| group.frequency);
    for (number, group) in groups.iter_mut().enumerate() {
        group.bit = 1 << number;
    }
    whole
}

/// Upper bound of the terms that hold one of the alternatives.
fn frequency(view: View<'_>, alternatives: &[Alternative]) -> u32 {
    let words: &[WordRecord] = view.records(Section::Words);
    alternatives
        .iter()
        .map(|alternative| {
            if let Some(held) = held_prefix(view, alternative) {
                return held.frequency;
            }
            words
                .get(alternative.first as usize..alternative.end as usize)
                .unwrap_or_default()
                .iter()
                .map(|record| record.frequency)
                .fold(0, u32::saturating_add)
        })
        .fold(0, u32::saturating_add)
}

/// The terms held ready for a beginning of words, where there are.
pub(super) fn held_prefix<'a>(
    view: View<'a>,
    alternative: &Alternative,
) -> Option<&'a PrefixRecord> {
    if alternative.single().is_some() {
        return None;
    }
    let prefixes: &[PrefixRecord] = view.records(Section::Prefixes);
    let wanted = (alternative.first, alternative.end);
    prefixes
        .binary_search_by_key(&wanted, |record| (record.first, record.end))
        .ok()
        .map(|at| &prefixes[at])
}

/// Where the terms of a group are marked, one bit each.
#[derive(Clone, Copy)]
pub(super) enum SetOf {
    /// One of the release's bit sets.
    Held(u32),
    /// Joined for this search, at this place of the scratch.
    Joined(usize),
}

impl SetOf {
    /// The bit set of a group: the release's own where one alternative has it alone, else joined.
    pub(super) fn group(view: View<'_>, group: &Group, scratch: &mut Scratch) -> Self {
        let words: &[WordRecord] = view.records(Section::Words);
        let range = group.alternatives.0 as usize..group.alternatives.1 as usize;
        if range.len() == 1 {
            let alternative = scratch.alternatives[range.start];
            let held = alternative
                .single()
                .and_then(|word| words.get(word as usize))
                .map(|record| record.bits)
                .or_else(|| held_prefix(view, &alternative).map(|record| record.bits));
            if let Some(bits) = held.filter(|&bits| bits != NONE) {
                return Self::Held(bits);
            }
        }
        let width = view.counts.bit_words as usize;
        let start = scratch.union.len();
        scratch.union.resize(start + width, 0);
        let joined = &mut scratch.union[start..];
        for alternative in &scratch.alternatives[range] {
            if let Some(record) = held_prefix(view, alternative) {
                join(joined, held_set(view, record.bits));
                continue;
            }
            for record in words
                .get(alternative.first as usize..alternative.end as usize)
                .unwrap_or_default()
            {
                if record.bits != NONE {
                    join(joined, held_set(view, record.bits));
                    continue;
                }
                for &term in view.list::<u32>(Section::Postings, record.postings) {
                    if let Some(word) = joined.get_mut(term as usize / 64) {
                        *word |= 1 << (term % 64);
                    }
                }
            }
        }
        Self::Joined(start)
    }

    pub(super) fn bits<'a>(self, view: View<'a>, union: &'a [u64]) -> &'a [u64] {
        match self {
            Self::Held(bits) => held_set(view, bits),
            Self::Joined(start) => &union[start..start + view.counts.bit_words as usize],
        }
    }
}

fn join(to: &mut [u64], from: &[u64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to |= from;
    }
}

pub(super) fn held_set(view: View<'_>, bits: u32) -> &[u64] {
    let width = view.counts.bit_words as usize;
    let sets: &[u64] = view.records(Section::BitSets);
    sets.get(bits as usize * width..(bits as usize + 1) * width)
        .unwrap_or_default()
}

/// The numbers of the bits that are set, ascending.
pub(super) fn ones(set: &[u64]) -> impl Iterator<Item = u32> + '_ {
    set.iter().enumerate().flat_map(|(number, &word)| {
        std::iter::successors((word != 0).then_some(word), |&left| {
            Some(left & (left - 1)).filter(|&left| left != 0)
        })
        .map(move |left| number as u32 * 64 + left.trailing_zeros())
    })
}
