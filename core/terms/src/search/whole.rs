//! Terms that hold every telling word of a reading, found by intersection.

use super::Filters;
use super::groups::{Group, SetOf, every, held_prefix, held_set, ones};
use super::retrieve::CANDIDATES;
use super::scratch::{Alternative, Candidate, Scratch, Variant};
use crate::compile::WORD;
use crate::format::{NONE, Section, WordRecord};
use crate::release::View;

/// Noted terms up to which a list is searched for each of them rather than walked, as a share of its length.
const SEARCHED: usize = 8;
/// Noted terms up to which the words of each are read rather than the lists of every word with a beginning walked.
const READ: usize = 64;
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
        candidates,
        ..
    } = scratch;
    found.clear();
    for alternative in &alternatives[group.alternatives.0 as usize..group.alternatives.1 as usize] {
        if let Some(held) = held_prefix(view, alternative) {
            merge(found, ones(held_set(view, held.bits)), filters, merged);
            continue;
        }
        let range = alternative.first as usize..alternative.end as usize;
        for record in words.get(range).unwrap_or_default() {
            let list = view.list::<u32>(Section::Postings, record.postings);
            if list.is_empty() && record.bits != NONE {
                merge(found, ones(held_set(view, record.bits)), filters, merged);
            } else {
                merge(found, list.iter().copied(), filters, merged);
            }
        }
    }
    let met = group.bit;
    let best = found.drain(..).map(|term| Candidate { term, met });
    candidates.extend(best);
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
        each_holder(view, record, |term| {
            if let Some(met) = met.get_mut(term as usize) {
                if *met == 0 {
                    touched.push(term);
                }
                *met = rarest.bit;
            }
        });
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

/// The words of a group.
fn records<'a>(
    view: View<'a>,
    group: &Group,
    alternatives: &'a [Alternative],
) -> impl Iterator<Item = &'a WordRecord> {
    let words: &'a [WordRecord] = view.records(Section::Words);
    alternatives[group.alternatives.0 as usize..group.alternatives.1 as usize]
        .iter()
        .flat_map(move |alternative| {
            words
                .get(alternative.first as usize..alternative.end as usize)
                .unwrap_or_default()
        })
}

/// Calls `with` for each term that holds a word.
fn each_holder(view: View<'_>, record: &WordRecord, mut with: impl FnMut(u32)) {
    let list = view.list::<u32>(Section::Postings, record.postings);
    if list.is_empty() && record.bits != NONE {
        ones(held_set(view, record.bits)).for_each(with);
    } else {
        for &term in list {
            with(term);
        }
    }
}

/// Marks those of the noted terms that hold a word of `alternative`.
pub(super) fn mark(
    view: View<'_>,
    alternative: &Alternative,
    bit: u16,
    touched: &[u32],
    met: &mut [u16],
) {
    let words: &[WordRecord] = view.records(Section::Words);
    if let Some(held) = held_prefix(view, alternative) {
        mark_set(held_set(view, held.bits), bit, touched, met);
        return;
    }
    if alternative.single().is_none() && touched.len() <= READ {
        mark_read(view, alternative, bit, touched, met);
        return;
    }
    let range = alternative.first as usize..alternative.end as usize;
    for record in words.get(range).unwrap_or_default() {
        if record.bits != NONE {
            mark_set(held_set(view, record.bits), bit, touched, met);
            continue;
        }
        let list = view.list::<u32>(Section::Postings, record.postings);
        if touched.len() * SEARCHED < list.len() {
            for &term in touched {
                if list.binary_search(&term).is_ok() {
                    met[term as usize] |= bit;
                }
            }
        } else {
            for &term in list {
                if let Some(met) = met.get_mut(term as usize).filter(|met| **met != 0) {
                    *met |= bit;
                }
            }
        }
    }
}

/// Marks those of the noted terms that are in `set`.
fn mark_set(set: &[u64], bit: u16, touched: &[u32], met: &mut [u16]) {
    for &term in touched {
        let word = set.get(term as usize / 64).copied().unwrap_or(0);
        met[term as usize] |= bit * (word >> (term % 64) & 1) as u16;
    }
}

/// Marks those of the noted terms among whose words there is one of a range.
fn mark_read(
    view: View<'_>,
    alternative: &Alternative,
    bit: u16,
    touched: &[u32],
    met: &mut [u16],
) {
    let places: &[u32] = view.records(Section::TermPlaces);
    let contents: &[u32] = view.records(Section::TermContents);
    let wanted = alternative.first..alternative.end;
    for &term in touched {
        let words = places
            .get(term as usize)
            .and_then(|&start| super::rank::term(contents, start))
            .map_or(&[][..], |(_, words)| words);
        if words.iter().any(|word| wanted.contains(&(word & WORD))) {
            met[term as usize] |= bit;
        }
    }
}
