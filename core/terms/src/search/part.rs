//! Candidates that meet part of a reading, found without looking at all terms that meet a little.
//!
//! Rare words lead: their lists are walked and every term on them is noted. Common words have bit sets; they are only
//! asked about terms already noted, and besides give the best-ranked terms on which as many of them as possible meet.

use super::Filters;
use super::groups::{Group, MAX_GROUPS, SetOf, every};
use super::holders::{mark, note, records};
use super::scratch::{Candidate, Scratch, Variant};
use crate::release::View;

/// Terms on which common words meet, taken from each of their combinations.
const FROM_COMMON: usize = 40;
/// Share of the heaviest common word's weight from which on another may lead by itself.
const ALONE: f32 = 0.5;

/// How far terms are looked for that meet a part of a reading.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    /// Terms handed to ranking.
    candidates: usize,
    /// Terms noted before further words may only confirm.
    noted: usize,
    /// Words of a reading, the rarest, that lead to terms. The others are only asked about terms that hold all of these.
    leading: usize,
}

impl Reach {
    /// Nothing meets the whole query: these are the answer.
    pub(super) const ANSWER: Self = Self {
        candidates: 40,
        noted: 400,
        leading: 6,
    };
    /// Something meets the whole query: these only fill the page.
    pub(super) const FILL: Self = Self {
        candidates: 20,
        noted: 150,
        leading: 3,
    };
}

/// Fills `scratch.candidates` with the terms that meet most of `variant` and that the filters let through, as far as
/// `reach` goes; not with those that meet all of it, which [`super::whole`] finds.
pub(super) fn candidates(
    view: View<'_>,
    variant: &Variant,
    reach: Reach,
    filters: &Filters<'_>,
    scratch: &mut Scratch,
) {
    scratch.candidates.clear();
    scratch.touched.clear();
    let groups = std::mem::take(&mut scratch.groups);
    let of_reading = &groups[variant.groups.0 as usize..variant.groups.1 as usize];
    let without = if variant.answerable {
        every(of_reading)
    } else {
        0
    };
    if of_reading.len() > 1 || !variant.answerable {
        let (leading, following) = of_reading.split_at(of_reading.len().min(reach.leading));
        let common = leading.partition_point(|group| !group.is_common(view));
        let (rare, common) = leading.split_at(common);
        for group in rare {
            note_group(view, group, reach.noted, scratch);
        }
        if !common.is_empty() {
            scratch.union.clear();
            let sets: Vec<SetOf> = common
                .iter()
                .map(|group| SetOf::group(view, group, scratch))
                .collect();
            let known = scratch.touched.len();
            note_common(view, common, &sets, filters, scratch);
            for group in rare {
                mark_group(view, group, known, scratch);
            }
        }
        for group in common {
            mark_group(view, group, 0, scratch);
        }
        ask_those_who_met(leading, following, view, scratch);
        let outcome = Outcome {
            without,
            unasked: every(following),
            most: reach.candidates,
        };
        select(of_reading, &outcome, filters, scratch);
    }
    scratch.groups = groups;
}

/// Marks which of the terms that hold all leading words hold the others too.
fn ask_those_who_met(
    leading: &[Group],
    following: &[Group],
    view: View<'_>,
    scratch: &mut Scratch,
) {
    if following.is_empty() {
        return;
    }
    let Scratch {
        alternatives,
        met,
        touched,
        merged: asked,
        ..
    } = scratch;
    let every = every(leading);
    asked.clear();
    asked.extend(touched.iter().filter(|&&term| met[term as usize] == every));
    for group in following {
        for alternative in
            &alternatives[group.alternatives.0 as usize..group.alternatives.1 as usize]
        {
            mark(view, alternative, group.bit, asked, met);
        }
    }
}

/// Notes the terms of a rare group; once enough are noted, only marks those among them that hold its words.
fn note_group(view: View<'_>, group: &Group, enough: usize, scratch: &mut Scratch) {
    let more = scratch.touched.len() + group.frequency as usize;
    if !scratch.touched.is_empty() && more > enough {
        mark_group(view, group, 0, scratch);
        return;
    }
    let Scratch {
        alternatives,
        met,
        touched,
        ..
    } = scratch;
    for record in records(view, group, alternatives) {
        note(view, record, group.bit, touched, met);
    }
}

/// Marks those of the noted terms, but for the `first`, that hold a word of a group.
fn mark_group(view: View<'_>, group: &Group, first: usize, scratch: &mut Scratch) {
    let Scratch {
        alternatives,
        met,
        touched,
        ..
    } = scratch;
    for alternative in &alternatives[group.alternatives.0 as usize..group.alternatives.1 as usize] {
        mark(view, alternative, group.bit, &touched[first..], met);
    }
}

/// Notes the best-ranked terms on which the common words meet: all of them; while those are few, all but one, the one
/// that tells least left out first; then each alone.
fn note_common(
    view: View<'_>,
    common: &[Group],
    sets: &[SetOf],
    filters: &Filters<'_>,
    scratch: &mut Scratch,
) {
    let mut room = FROM_COMMON;
    let mut note = |taken: &dyn Fn(usize) -> bool, room: &mut usize| {
        if *room > 0 {
            *room -= note_meeting(view, common, sets, taken, *room, filters, scratch);
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
    sets: &[SetOf],
    taken: &dyn Fn(usize) -> bool,
    most: usize,
    filters: &Filters<'_>,
    scratch: &mut Scratch,
) -> usize {
    let Scratch {
        union,
        met,
        touched,
        ..
    } = scratch;
    let numbers = || (0..common.len()).filter(|&number| taken(number));
    let sets: Vec<&[u64]> = numbers()
        .map(|number| sets[number].bits(view, union))
        .collect();
    let bits = numbers().fold(0_u16, |bits, number| bits | common[number].bit);
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
            if !filters.admit_term(term) {
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

/// Which of the noted terms are taken.
struct Outcome {
    /// Not those that met exactly this.
    without: u16,
    /// What terms may hold besides, because they were not asked.
    unasked: u16,
    most: usize,
}

/// Takes the terms that meet most weight; of those that meet the same, the best-ranked.
fn select(groups: &[Group], outcome: &Outcome, filters: &Filters<'_>, scratch: &mut Scratch) {
    const LEVELS: usize = 256;
    let total: f32 = groups.iter().map(|group| group.weight).sum();
    let scale = (LEVELS - 1) as f32 / total.max(f32::EPSILON);
    let tables = Sums::of(groups.iter(), scale);
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
        let met = std::mem::take(&mut met[term as usize]);
        let level = if met == outcome.without || !filters.admit_term(term) {
            0
        } else {
            tables.level(met).max(1)
        };
        heights[level as usize] += 1;
        (level, met)
    }));
    let mut wanted = outcome.most as u32;
    let mut least = LEVELS;
    while least > 1 && wanted > 0 {
        least -= 1;
        wanted = wanted.saturating_sub(heights[least]);
    }
    boundary.clear();
    for (&term, &(level, met)) in touched.iter().zip(levels.iter()) {
        let level = usize::from(level);
        if level >= least && level > 0 {
            let to = if level > least {
                &mut *candidates
            } else {
                &mut *boundary
            };
            let met = met | outcome.unasked;
            to.push(Candidate { term, met });
        }
    }
    // Of those that just meet enough, the best-ranked.
    let room = outcome.most.saturating_sub(candidates.len());
    if boundary.len() > room && room > 0 {
        boundary.select_nth_unstable_by_key(room - 1, |candidate| candidate.term);
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
