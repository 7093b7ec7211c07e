//! Which terms hold a word, and which of some terms do.

use super::groups::{Group, held_prefix, held_set, ones};
use super::scratch::Alternative;
use crate::compile::WORD;
use crate::format::{NONE, Section, TermContent, WordRecord};
use crate::release::View;

/// Noted terms up to which a list is searched for each of them rather than walked, as a share of its length.
const SEARCHED: usize = 8;
/// Noted terms up to which the words of each are read rather than the lists of every word with a beginning walked.
const READ: usize = 64;

/// The words of a group.
pub(super) fn records<'a>(
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

/// Calls `with` for each term that holds a word, in the order of their rank.
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
    let contents: &[TermContent] = view.records(Section::TermContents);
    let long: &[u32] = view.records(Section::LongTerms);
    let wanted = alternative.first..alternative.end;
    for &term in touched {
        let content = contents.get(term as usize);
        let words = content.map_or(&[][..], |it| it.words(long));
        if words.iter().any(|word| wanted.contains(&(word & WORD))) {
            met[term as usize] |= bit;
        }
    }
}

/// Notes every term that holds a word of `record` in `met`, and in `touched` those that were not noted yet.
pub(super) fn note(
    view: View<'_>,
    record: &WordRecord,
    bit: u16,
    touched: &mut Vec<u32>,
    met: &mut [u16],
) {
    each_holder(view, record, |term| {
        if let Some(met) = met.get_mut(term as usize) {
            if *met == 0 {
                touched.push(term);
            }
            *met |= bit;
        }
    });
}
