//! Terms that hold every telling word of a reading, found by intersection.

use super::Filters;
use super::groups::{Group, SetOf, every, held_prefix, held_set, ones};
use super::holders::{mark, note, records};
use super::scratch::{Candidate, Scratch, Variant};
use crate::format::{NONE, Section, WordRecord};
use crate::release::View;

/// Terms handed to ranking from one reading: the most that paging reaches.
const CANDIDATES: usize = super::MAX_RANKED;
/// Terms that hold the rarest word up to which they are noted one by one; above, bit sets are intersected.
const NOTED: u32 = 1_500;

/// Fills `scratch.candidates` with terms that hold every telling word of `variant` and that the filters let through: the
/// best-ranked, at most [`CANDIDATES`].
pub(super) fn candidates(
    view: View<'_>,
    variant: &Variant,
    filters: &Filters<'_>,
    scratch: &mut Scratch,
) {
    scratch.candidates.clear();
    if !variant.answerable {
        return;
    }
    let groups = std::mem::take(&mut scratch.groups);
    let of_reading = &groups[variant.groups.0 as usize..variant.groups.1 as usize];
    match of_reading {
        [] => {}
        [only] => best_of_one(view, only, filters, scratch),
        [rarest, ..] if rarest.frequency > NOTED => {
            best_of_sets(view, of_reading, filters, scratch);
        }
        [rarest, others @ ..] => best_of_lists(view, rarest, others, filters, scratch),
    }
    scratch.groups = groups;
}

/// The best-ranked terms of one group: the beginnings of its lists, merged.
fn best_of_one(view: View<'_>, group: &Group, filters: &Filters<'_>, scratch: &mut Scratch) {
    let words: &[WordRecord] = view.records(Section::Words);
    let Scratch {
        alternatives,
        touched: found,
        merged,
        beginning,
        met,
        candidates,
        ..
    } = scratch;
    found.clear();
    for alternative in &alternatives[group.alternatives.0 as usize..group.alternatives.1 as usize] {
        let range = alternative.first as usize..alternative.end as usize;
        let records = words.get(range).unwrap_or_default();
        match (held_prefix(view, alternative), records) {
            (Some(held), _) => merge(found, ones(held_set(view, held.bits)), filters, merged),
            (None, [word]) if word.bits != NONE => {
                merge(found, ones(held_set(view, word.bits)), filters, merged);
            }
            (None, [word]) => {
                let list = view.list::<u32>(Section::Postings, word.postings);
                merge(found, list.iter().copied(), filters, merged);
            }
            (None, words) => {
                best_of_many(view, words, filters, beginning, met);
                merge(found, beginning.iter().copied(), filters, merged);
            }
        }
    }
    let met = group.bit;
    let best = found.drain(..).map(|term| Candidate { term, met });
    candidates.extend(best);
}

/// The best-ranked terms that hold any of many words, each of few terms: all are noted, then the best taken.
fn best_of_many(
    view: View<'_>,
    words: &[WordRecord],
    filters: &Filters<'_>,
    best: &mut Vec<u32>,
    met: &mut [u16],
) {
    best.clear();
    for word in words {
        note(view, word, 1, best, met);
    }
    for &term in best.iter() {
        met[term as usize] = 0;
    }
    best.retain(|&term| filters.admit_term(term));
    if best.len() > CANDIDATES {
        best.select_nth_unstable(CANDIDATES - 1);
        best.truncate(CANDIDATES);
    }
    best.sort_unstable();
}

/// Merges `terms`, which ascend, into `found`, which does too, and keeps the first [`CANDIDATES`].
fn merge(
    found: &mut Vec<u32>,
    terms: impl Iterator<Item = u32>,
    filters: &Filters<'_>,
    merged: &mut Vec<u32>,
) {
    let mut terms = terms.filter(|&term| filters.admit_term(term));
    if found.is_empty() {
        found.extend(terms.take(CANDIDATES));
        return;
    }
    let mut terms = terms.by_ref().peekable();
    let mut known = found.iter().copied().peekable();
    merged.clear();
    while merged.len() < CANDIDATES {
        let next = match (known.peek(), terms.peek()) {
            (Some(known), Some(new)) => *known.min(new),
            (Some(&term), None) | (None, Some(&term)) => term,
            (None, None) => break,
        };
        known.next_if_eq(&next);
        terms.next_if_eq(&next);
        merged.push(next);
    }
    std::mem::swap(found, merged);
}

/// The best-ranked terms of many, by intersecting their bit sets from the beginning.
fn best_of_sets(view: View<'_>, groups: &[Group], filters: &Filters<'_>, scratch: &mut Scratch) {
    scratch.union.clear();
    let sets: Vec<SetOf> = groups
        .iter()
        .map(|group| SetOf::group(view, group, scratch))
        .collect();
    let sets: Vec<&[u64]> = sets
        .iter()
        .map(|set| set.bits(view, &scratch.union))
        .collect();
    let Some((first, others)) = sets.split_first() else {
        return;
    };
    let met = every(groups);
    for (number, &word) in first.iter().enumerate() {
        let mut left = others
            .iter()
            .fold(word, |left, set| left & set.get(number).unwrap_or(&0));
        while left != 0 {
            let term = number as u32 * 64 + left.trailing_zeros();
            left &= left - 1;
            if filters.admit_term(term) {
                scratch.candidates.push(Candidate { term, met });
                if scratch.candidates.len() == CANDIDATES {
                    return;
                }
            }
        }
    }
}

/// Notes the terms of the rarest group and strikes out, group by group, those that do not hold the next.
fn best_of_lists(
    view: View<'_>,
    rarest: &Group,
    others: &[Group],
    filters: &Filters<'_>,
    scratch: &mut Scratch,
) {
    let Scratch {
        alternatives,
        met,
        touched,
        candidates,
        ..
    } = scratch;
    touched.clear();
    for record in records(view, rarest, alternatives) {
        note(view, record, rarest.bit, touched, met);
    }
    touched.retain(|&term| {
        let kept = filters.admit_term(term);
        if !kept {
            met[term as usize] = 0;
        }
        kept
    });
    for group in others {
        if touched.is_empty() {
            return;
        }
        let range = group.alternatives.0 as usize..group.alternatives.1 as usize;
        for alternative in &alternatives[range] {
            mark(view, alternative, group.bit, touched, met);
        }
        touched.retain(|&term| {
            let kept = met[term as usize] & group.bit != 0;
            if !kept {
                met[term as usize] = 0;
            }
            kept
        });
    }
    for &term in touched.iter() {
        met[term as usize] = 0;
    }
    if touched.len() > CANDIDATES {
        touched.select_nth_unstable(CANDIDATES - 1);
        touched.truncate(CANDIDATES);
    }
    let met = others.iter().fold(rarest.bit, |met, group| met | group.bit);
    let found = touched.drain(..).map(|term| Candidate { term, met });
    candidates.extend(found);
}
