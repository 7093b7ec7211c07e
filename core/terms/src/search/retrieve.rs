//! Candidates: the terms that meet most of a reading's weight, found without looking at all that meet a little.
//!
//! Rare words lead: their lists are walked and every term on them is noted. Common words have bit sets; they are only
//! asked about terms already noted, and besides give the best-ranked terms on which as many of them as possible meet.

use super::scratch::{Alternative, Part, Scratch, Variant};
use crate::compile::COMMON;
use crate::format::{NONE, PrefixRecord, Section, WordRecord};
use crate::release::View;

/// Terms handed to ranking from one reading.
pub(super) const CANDIDATES: usize = 100;
/// Groups of words told apart in a reading; the rarest are kept.
const MAX_GROUPS: usize = 16;
/// Terms noted before further words may only confirm.
const ENOUGH_NOTED: usize = 600;
/// Terms on which common words meet, taken from each of their combinations.
const FROM_COMMON: usize = 80;
/// Share of the heaviest common word's weight from which on another may lead by itself.
const ALONE: f32 = 0.5;
/// Least weight of a word that may lead.
const TELLING: f32 = 0.4;

/// A word of the reading with all terms that hold one of its alternatives.
struct Group {
    bit: u16,
    weight: f32,
    frequency: u32,
    alternatives: (u32, u32),
    set: Option<SetOf>,
}

/// Where the terms of a common group are marked.
#[derive(Clone, Copy)]
enum SetOf {
    /// One of the release's bit sets.
    Held(u32),
    /// Joined for this search, at this place of the scratch.
    Joined(usize),
}

/// Fills `scratch.candidates` with the best terms for `variant`, at most [`CANDIDATES`], that `admit` lets through.
pub(super) fn candidates(
    view: View<'_>,
    variant: &Variant,
    completing: bool,
    admit: &dyn Fn(u32) -> bool,
    scratch: &mut Scratch,
) {
    scratch.candidates.clear();
    scratch.touched.clear();
    let terms = view.counts.terms as usize;
    if scratch.met.len() < terms {
        scratch.met.resize(terms, 0);
    }
    let groups = groups(view, variant, scratch);
    if groups.is_empty() {
        return;
    }
    let (rare, common): (Vec<Group>, Vec<Group>) = groups
        .into_iter()
        .partition(|group| (group.frequency as usize) * COMMON <= terms);
    if completing && whole(view, variant, &rare, &common, admit, scratch) {
        return;
    }
    for group in &rare {
        note(view, group, scratch);
    }
    note_common(view, &common, admit, scratch);
    for group in &common {
        confirm(view, group, scratch);
    }
    select(&rare, &common, admit, scratch);
}

/// Takes the terms that hold every telling word, if there are any: who completes wants no other.
fn whole(
    view: View<'_>,
    variant: &Variant,
    rare: &[Group],
    common: &[Group],
    admit: &dyn Fn(u32) -> bool,
    scratch: &mut Scratch,
) -> bool {
    if rare.len() + common.len()
        < telling(&scratch.parts[variant.parts.0 as usize..variant.parts.1 as usize])
    {
        return false;
    }
    let mut left = rare.iter();
    if let Some(rarest) = left.next() {
        note(view, rarest, scratch);
        for group in left {
            mark_group(view, group, scratch);
        }
        for group in common {
            confirm(view, group, scratch);
        }
    } else {
        note_meeting(view, common, &|_| true, CANDIDATES, admit, scratch);
    }
    let every = rare
        .iter()
        .chain(common)
        .fold(0, |bits, group| bits | group.bit);
    let Scratch {
        candidates,
        touched,
        met,
        ..
    } = scratch;
    let holders = touched
        .iter()
        .copied()
        .filter(|&term| met[term as usize] == every && admit(term));
    candidates.extend(holders);
    if candidates.len() > CANDIDATES {
        candidates.select_nth_unstable(CANDIDATES - 1);
        candidates.truncate(CANDIDATES);
    }
    for &term in touched.iter().filter(|_| !candidates.is_empty()) {
        met[term as usize] = 0;
    }
    !candidates.is_empty()
}

/// How many words of a reading tell anything.
fn telling(parts: &[Part]) -> usize {
    parts.iter().filter(|part| part.weight >= TELLING).count()
}

/// The telling words of the reading, rarest first, with sets for the common ones.
fn groups(view: View<'_>, variant: &Variant, scratch: &mut Scratch) -> Vec<Group> {
    let parts = &scratch.parts[variant.parts.0 as usize..variant.parts.1 as usize];
    let telling = parts
        .iter()
        .any(|part| part.weight >= TELLING && part.alternatives.0 < part.alternatives.1);
    let mut groups: Vec<Group> = parts
        .iter()
        .filter(|part| {
            part.alternatives.0 < part.alternatives.1 && (!telling || part.weight >= TELLING)
        })
        .map(|part| Group {
            bit: 0,
            weight: part.weight,
            frequency: frequency(
                view,
                &scratch.alternatives[part.alternatives.0 as usize..part.alternatives.1 as usize],
            ),
            alternatives: part.alternatives,
            set: None,
        })
        .filter(|group| group.frequency > 0)
        .collect();
    groups.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then(a.frequency.cmp(&b.frequency))
    });
    groups.truncate(MAX_GROUPS);
    groups.sort_by_key(|group| group.frequency);
    scratch.union.clear();
    let terms = view.counts.terms as usize;
    for (number, group) in groups.iter_mut().enumerate() {
        group.bit = 1 << number;
        if (group.frequency as usize) * COMMON > terms {
            group.set = Some(set_of(view, group, scratch));
        }
    }
    groups
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

fn held_prefix<'a>(view: View<'a>, alternative: &Alternative) -> Option<&'a PrefixRecord> {
    let prefixes: &[PrefixRecord] = view.records(Section::Prefixes);
    let wanted = (alternative.first, alternative.end);
    prefixes
        .binary_search_by_key(&wanted, |record| (record.first, record.end))
        .ok()
        .map(|at| &prefixes[at])
}

/// The bit set of a common group: the release's own where one alternative has it alone, else joined.
fn set_of(view: View<'_>, group: &Group, scratch: &mut Scratch) -> SetOf {
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
            return SetOf::Held(bits);
        }
    }
    let width = view.counts.bit_words as usize;
    let start = scratch.union.len();
    scratch.union.resize(start + width, 0);
    for at in range {
        let alternative = scratch.alternatives[at];
        let joined = &mut scratch.union[start..];
        if let Some(record) = held_prefix(view, &alternative) {
            join(joined, held_set(view, record.bits));
            continue;
        }
        for record in words
            .get(alternative.first as usize..alternative.end as usize)
            .unwrap_or_default()
        {
            if record.bits == NONE {
                for &term in view.list::<u32>(Section::Postings, record.postings) {
                    if let Some(word) = joined.get_mut(term as usize / 64) {
                        *word |= 1 << (term % 64);
                    }
                }
            } else {
                join(joined, held_set(view, record.bits));
            }
        }
    }
    SetOf::Joined(start)
}

fn join(to: &mut [u64], from: &[u64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to |= from;
    }
}

fn held_set(view: View<'_>, bits: u32) -> &[u64] {
    let width = view.counts.bit_words as usize;
    let sets: &[u64] = view.records(Section::BitSets);
    sets.get(bits as usize * width..(bits as usize + 1) * width)
        .unwrap_or_default()
}

fn set<'a>(view: View<'a>, union: &'a [u64], group: &Group) -> &'a [u64] {
    match group.set {
        Some(SetOf::Held(bits)) => held_set(view, bits),
        Some(SetOf::Joined(start)) => &union[start..start + view.counts.bit_words as usize],
        None => &[],
    }
}

/// Notes the terms of a rare group; once enough are noted, only marks those among them that hold its words.
fn note(view: View<'_>, group: &Group, scratch: &mut Scratch) {
    if scratch.touched.len() >= ENOUGH_NOTED {
        mark_group(view, group, scratch);
        return;
    }
    let words: &[WordRecord] = view.records(Section::Words);
    let Scratch {
        alternatives,
        met,
        touched,
        ..
    } = scratch;
    for alternative in &alternatives[group.alternatives.0 as usize..group.alternatives.1 as usize] {
        let range = alternative.first as usize..alternative.end as usize;
        for record in words.get(range).unwrap_or_default() {
            let list = view.list::<u32>(Section::Postings, record.postings);
            if list.is_empty() && record.bits != NONE {
                meet_all(ones(held_set(view, record.bits)), group.bit, touched, met);
            } else {
                meet_all(list.iter().copied(), group.bit, touched, met);
            }
        }
    }
}

/// Marks those of the noted terms that hold a word of a rare group.
fn mark_group(view: View<'_>, group: &Group, scratch: &mut Scratch) {
    let words: &[WordRecord] = view.records(Section::Words);
    let Scratch {
        alternatives,
        met,
        touched,
        ..
    } = scratch;
    for alternative in &alternatives[group.alternatives.0 as usize..group.alternatives.1 as usize] {
        let range = alternative.first as usize..alternative.end as usize;
        for record in words.get(range).unwrap_or_default() {
            if record.bits == NONE {
                for &term in view.list::<u32>(Section::Postings, record.postings) {
                    if let Some(met) = met.get_mut(term as usize).filter(|met| **met != 0) {
                        *met |= group.bit;
                    }
                }
            } else {
                mark(held_set(view, record.bits), group.bit, touched, met);
            }
        }
    }
}

/// Notes every one of `terms`.
fn meet_all(terms: impl Iterator<Item = u32>, bit: u16, touched: &mut Vec<u32>, met: &mut [u16]) {
    for term in terms {
        let Some(met) = met.get_mut(term as usize) else {
            return;
        };
        if *met == 0 {
            touched.push(term);
        }
        *met |= bit;
    }
}

/// Marks those of the noted terms that are in `set`.
fn mark(set: &[u64], bit: u16, touched: &[u32], met: &mut [u16]) {
    for &term in touched {
        if set
            .get(term as usize / 64)
            .is_some_and(|word| word >> (term % 64) & 1 != 0)
        {
            met[term as usize] |= bit;
        }
    }
}

/// The numbers of the bits that are set.
fn ones(set: &[u64]) -> impl Iterator<Item = u32> + '_ {
    set.iter().enumerate().flat_map(|(number, &word)| {
        std::iter::successors((word != 0).then_some(word), |&left| {
            Some(left & (left - 1)).filter(|&left| left != 0)
        })
        .map(move |left| number as u32 * 64 + left.trailing_zeros())
    })
}

/// Notes the best-ranked terms on which the common words meet: all of them; while those are few, all but one, the one
/// that tells least left out first; then each alone.
fn note_common(
    view: View<'_>,
    common: &[Group],
    admit: &dyn Fn(u32) -> bool,
    scratch: &mut Scratch,
) {
    let mut room = FROM_COMMON;
    let mut note = |taken: &dyn Fn(usize) -> bool, room: &mut usize| {
        if *room > 0 {
            *room -= note_meeting(view, common, taken, *room, admit, scratch);
        }
    };
    note(&|_| true, &mut room);
    if common.len() < 2 {
        return;
    }
    let mut by_weight: Vec<usize> = (0..common.len()).collect();
    by_weight.sort_by(|&a, &b| common[a].weight.total_cmp(&common[b].weight));
    for &left_out in &by_weight {
        note(&|number| number != left_out, &mut room);
    }
    // A word that tells little next to the others answers nothing by itself.
    let least = by_weight
        .last()
        .map_or(0.0, |&most| common[most].weight * ALONE);
    let telling = by_weight
        .iter()
        .rev()
        .filter(|&&number| common[number].weight >= least);
    for &alone in telling.filter(|_| common.len() > 2) {
        note(&|number| number == alone, &mut room);
    }
}

/// Notes at most `most` terms that hold all the words `taken`, the best-ranked; how many of them are new.
fn note_meeting(
    view: View<'_>,
    common: &[Group],
    taken: &dyn Fn(usize) -> bool,
    most: usize,
    admit: &dyn Fn(u32) -> bool,
    scratch: &mut Scratch,
) -> usize {
    let Scratch {
        union,
        met,
        touched,
        ..
    } = scratch;
    let groups = || {
        common
            .iter()
            .enumerate()
            .filter(|(number, _)| taken(*number))
            .map(|(_, group)| group)
    };
    let sets: Vec<&[u64]> = groups().map(|group| set(view, union, group)).collect();
    let bits = groups().fold(0_u16, |bits, group| bits | group.bit);
    let Some((first, others)) = sets.split_first() else {
        return 0;
    };
    let mut noted = 0;
    for (number, &word) in first.iter().enumerate() {
        let mut left = others.iter().fold(word, |left, set| {
            left & set.get(number).copied().unwrap_or(0)
        });
        while left != 0 {
            let term = number as u32 * 64 + left.trailing_zeros();
            left &= left - 1;
            let Some(met) = met.get_mut(term as usize) else {
                return noted;
            };
            if !admit(term) {
                continue;
            }
            if *met == 0 {
                touched.push(term);
                noted += 1;
            }
            *met |= bits;
            if noted >= most {
                return noted;
            }
        }
    }
    noted
}

/// Marks the noted terms that hold a common word.
fn confirm(view: View<'_>, group: &Group, scratch: &mut Scratch) {
    let Scratch {
        union,
        met,
        touched,
        ..
    } = scratch;
    mark(set(view, union, group), group.bit, touched, met);
}

/// Takes the terms that meet most weight; of those that meet the same, the best-ranked.
fn select(rare: &[Group], common: &[Group], admit: &dyn Fn(u32) -> bool, scratch: &mut Scratch) {
    const LEVELS: usize = 256;
    let total: f32 = rare.iter().chain(common).map(|group| group.weight).sum();
    let scale = (LEVELS - 1) as f32 / total.max(f32::EPSILON);
    let tables = Sums::of(rare.iter().chain(common), scale);
    let Scratch {
        candidates,
        boundary,
        touched,
        met,
        levels,
        ..
    } = scratch;
    let mut heights = [0_u32; LEVELS];
    levels.clear();
    levels.extend(touched.iter().map(|&term| {
        // Reading the last time is also clearing for the next search.
        let level = tables.level(std::mem::take(&mut met[term as usize]));
        heights[level as usize] += 1;
        level
    }));
    let mut wanted = CANDIDATES as u32;
    let mut least = LEVELS;
    while least > 0 && wanted > 0 {
        least -= 1;
        wanted = wanted.saturating_sub(heights[least]);
    }
    boundary.clear();
    for (&term, &level) in touched.iter().zip(levels.iter()) {
        let level = usize::from(level);
        if level >= least && admit(term) {
            let to = if level > least {
                &mut *candidates
            } else {
                &mut *boundary
            };
            to.push(term);
        }
    }
    // Of those that just meet enough, the best-ranked.
    let room = CANDIDATES.saturating_sub(candidates.len());
    if boundary.len() > room && room > 0 {
        boundary.select_nth_unstable(room - 1);
    }
    candidates.extend(boundary.iter().take(room));
}

/// The weight of every combination of up to sixteen groups, as the sum of two table entries.
struct Sums {
    tables: [[f32; 256]; 2],
}

impl Sums {
    fn of<'g>(groups: impl Iterator<Item = &'g Group>, scale: f32) -> Self {
        let mut weights = [0.0_f32; MAX_GROUPS];
        let mut count = 0;
        for group in groups {
            let number = group.bit.trailing_zeros() as usize;
            weights[number] = group.weight * scale;
            count = count.max(number + 1);
        }
        let mut tables = [[0.0; 256]; 2];
        for (half, table) in tables.iter_mut().enumerate() {
            let bits = count.saturating_sub(half * 8).min(8);
            for combination in 1..1_usize << bits {
                let lowest = combination.trailing_zeros() as usize;
                table[combination] =
                    table[combination & (combination - 1)] + weights[half * 8 + lowest];
            }
        }
        Self { tables }
    }

    fn level(&self, met: u16) -> u8 {
        (self.tables[0][met as usize & 255] + self.tables[1][met as usize >> 8 & 255]) as u8
    }
}
