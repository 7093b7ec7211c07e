//! The readings of a query: as it stands, with phrases read as their meaning, with words split and joined.

use super::expand::{add_word, find_word, is_used};
use super::groups;
use super::scratch::{Alternative, Part, PhraseMatch, Scratch, Variant};
use crate::format::{NONE, PhraseRecord, Section, WordRecord};
use crate::lexicon::Kind;
use crate::release::View;

/// Most readings that are followed.
const MAX_READINGS: usize = 6;
/// Least strength of an alternative that may take part in a phrase.
const IN_PHRASE: f32 = 0.74;
/// Strength of a one-word synonym beside the word itself.
const SYNONYM: f32 = 0.85;

/// Gathers the readings of the slots that stand in `scratch`.
pub(super) fn gather(view: View<'_>, scratch: &mut Scratch) {
    scratch.variants.clear();
    scratch.parts.clear();
    find_phrases(view, scratch);
    add_one_word_synonyms(view, scratch);
    let phrases = std::mem::take(&mut scratch.phrases);

    read(
        view,
        scratch,
        Reading {
            replaced: &[],
            meaning: 0,
            joined: false,
        },
    );
    if joins(view, scratch) {
        read(
            view,
            scratch,
            Reading {
                replaced: &[],
                meaning: 0,
                joined: true,
            },
        );
    }
    let rewriting: Vec<PhraseMatch> = phrases
        .iter()
        .copied()
        .filter(|phrase| !is_one_word_synonym(view, phrase))
        .collect();
    if let Some(most) = rewriting.iter().map(|phrase| phrase.meanings).max() {
        for meaning in 0..most {
            read(
                view,
                scratch,
                Reading {
                    replaced: &rewriting,
                    meaning,
                    joined: false,
                },
            );
        }
        if rewriting.len() > 1 {
            for phrase in &rewriting {
                read(
                    view,
                    scratch,
                    Reading {
                        replaced: std::slice::from_ref(phrase),
                        meaning: 0,
                        joined: false,
                    },
                );
            }
        }
    }
    scratch.phrases = phrases;
    groups::gather(view, scratch);
}

#[derive(Clone, Copy)]
struct Reading<'r> {
    /// Phrases to replace by their meaning.
    replaced: &'r [PhraseMatch],
    /// Which meaning; a phrase of fewer takes its first.
    meaning: u32,
    /// Whether neighbours that make one word are joined, and unknown words split in two.
    joined: bool,
}

/// Adds one reading, unless there are enough.
fn read(view: View<'_>, scratch: &mut Scratch, reading: Reading<'_>) {
    if scratch.variants.len() >= MAX_READINGS {
        return;
    }
    let start = scratch.parts.len() as u32;
    let (mut synonyms, mut edits, mut convention) = (0, 0, false);
    let mut at = 0;
    while at < scratch.slots.len() {
        if let Some(phrase) = reading
            .replaced
            .iter()
            .find(|phrase| phrase.at as usize == at)
        {
            let meaning = if reading.meaning < phrase.meanings {
                reading.meaning
            } else {
                0
            };
            convention |= replace(view, scratch, phrase.record + meaning);
            synonyms += 1;
            edits += phrase.edits;
            at += phrase.len as usize;
        } else if let Some(joined) = reading
            .joined
            .then(|| joined_word(view, scratch, at))
            .flatten()
        {
            push_word(view, scratch, joined, 0);
            at += 2;
        } else if let Some((left, right)) = reading
            .joined
            .then(|| split_word(view, scratch, at))
            .flatten()
        {
            push_word(view, scratch, left, 0);
            push_word(view, scratch, right, 0);
            edits += 1;
            at += 1;
        } else {
            let alternatives = scratch.slots[at].alternatives;
            push_part(view, scratch, alternatives);
            at += 1;
        }
    }
    let parts = (start, scratch.parts.len() as u32);
    scratch.variants.push(Variant {
        parts,
        synonyms,
        edits,
        convention,
        groups: (0, 0),
        answerable: false,
    });
}

/// Adds the words of a meaning; whether the phrase is a convention.
fn replace(view: View<'_>, scratch: &mut Scratch, record: u32) -> bool {
    let records: &[PhraseRecord] = view.records(Section::Phrases);
    let Some(record) = records.get(record as usize) else {
        return false;
    };
    for &word in view.list::<u32>(Section::PhraseWords, record.meaning) {
        push_word(view, scratch, word, 0);
    }
    record.kind == Kind::Convention as u32
}

fn push_word(view: View<'_>, scratch: &mut Scratch, word: u32, edits: u8) {
    let start = scratch.alternatives.len() as u32;
    add_word(view, word, 1.0, edits, &mut scratch.alternatives);
    let alternatives = (start, scratch.alternatives.len() as u32);
    push_part(view, scratch, alternatives);
}

fn push_part(view: View<'_>, scratch: &mut Scratch, alternatives: (u32, u32)) {
    let words: &[WordRecord] = view.records(Section::Words);
    let found = &scratch.alternatives[alternatives.0 as usize..alternatives.1 as usize];
    // What the query's word tells is what its best alternative tells; a beginning tells what its commonest word does.
    let weight = match found.first() {
        None => view.counts.unknown_weight,
        Some(best) => words
            .get(best.first as usize..(best.end as usize).min(best.first as usize + 16))
            .unwrap_or_default()
            .iter()
            .filter(|record| record.frequency > 0)
            .map(|record| record.weight * f32::from(record.kept_in_query) / 255.0)
            .reduce(f32::min)
            .unwrap_or(view.counts.unknown_weight),
    };
    // A word twice is a word once: the second would only double its weight.
    let first = found.first().map(|best| best.first);
    let start = scratch.variants.last().map_or(0, |variant| variant.parts.1);
    let twice = first.is_some()
        && scratch.parts[start as usize..].iter().any(|part| {
            part.alternatives.0 < part.alternatives.1
                && scratch.alternatives[part.alternatives.0 as usize].first
                    == first.unwrap_or_default()
                && scratch.alternatives[part.alternatives.0 as usize].end == found[0].end
        });
    if !twice {
        scratch.parts.push(Part {
            alternatives,
            weight,
        });
    }
}

/// Finds the phrases of the clinical vocabulary in the query, leftmost and longest first, none overlapping.
fn find_phrases(view: View<'_>, scratch: &mut Scratch) {
    scratch.phrases.clear();
    let records: &[PhraseRecord] = view.records(Section::Phrases);
    let words: &[WordRecord] = view.records(Section::Words);
    let whole = scratch.slots.len();
    let mut at = 0;
    while at < whole {
        let (start, end) = scratch.slots[at].alternatives;
        let mut best: Option<PhraseMatch> = None;
        for alternative in &scratch.alternatives[start as usize..end as usize] {
            let Some(word) = alternative.single().filter(|_| in_phrase(alternative)) else {
                continue;
            };
            let first = words.get(word as usize).map_or(NONE, |it| it.phrases) as usize;
            for (offset, record) in records
                .get(first..)
                .unwrap_or_default()
                .iter()
                .take_while(|record| first_word(view, record) == word)
                .enumerate()
            {
                if record.place > 0 {
                    continue;
                }
                let Some(edits) = matches_at(view, scratch, record, at) else {
                    continue;
                };
                if record.kind == Kind::Convention as u32 && record.phrase.len as usize != whole {
                    continue;
                }
                let number = (first + offset) as u32;
                let found = PhraseMatch {
                    at: at as u32,
                    len: record.phrase.len,
                    record: number,
                    meanings: meanings(view, records, number),
                    edits,
                };
                let better =
                    best.is_none_or(|best| (found.len, best.edits) > (best.len, found.edits));
                if better {
                    best = Some(found);
                }
            }
        }
        if let Some(found) = best {
            scratch.phrases.push(found);
            at += found.len as usize;
        } else {
            at += 1;
        }
    }
}

fn in_phrase(alternative: &Alternative) -> bool {
    alternative.strength >= IN_PHRASE
}

fn first_word(view: View<'_>, record: &PhraseRecord) -> u32 {
    view.list::<u32>(Section::PhraseWords, record.phrase)
        .first()
        .copied()
        .unwrap_or(u32::MAX)
}

/// How many records in a row say the same phrase.
fn meanings(view: View<'_>, records: &[PhraseRecord], first: u32) -> u32 {
    let phrase = |record: &PhraseRecord| view.list::<u32>(Section::PhraseWords, record.phrase);
    let wanted = phrase(&records[first as usize]);
    records[first as usize..]
        .iter()
        .take_while(|record| phrase(record) == wanted)
        .count() as u32
}

/// The edits with which the phrase stands at `at`, if it does.
fn matches_at(view: View<'_>, scratch: &Scratch, record: &PhraseRecord, at: usize) -> Option<u8> {
    let words = view.list::<u32>(Section::PhraseWords, record.phrase);
    let slots = scratch.slots.get(at..at + words.len())?;
    let mut edits = 0;
    for (slot, &word) in slots.iter().zip(words) {
        let (start, end) = slot.alternatives;
        let met = scratch.alternatives[start as usize..end as usize]
            .iter()
            .find(|alternative| alternative.single() == Some(word) && in_phrase(alternative))?;
        edits += met.edits;
    }
    Some(edits)
}

fn is_one_word_synonym(view: View<'_>, phrase: &PhraseMatch) -> bool {
    let records: &[PhraseRecord] = view.records(Section::Phrases);
    let record = &records[phrase.record as usize];
    record.kind == Kind::Synonym as u32 && record.phrase.len == 1 && record.meaning.len == 1
}

/// A word for a word stands beside the word itself rather than in a reading of its own.
fn add_one_word_synonyms(view: View<'_>, scratch: &mut Scratch) {
    let records: &[PhraseRecord] = view.records(Section::Phrases);
    for number in 0..scratch.phrases.len() {
        let phrase = scratch.phrases[number];
        if !is_one_word_synonym(view, &phrase) {
            continue;
        }
        let slot = phrase.at as usize;
        let (start, end) = scratch.slots[slot].alternatives;
        let moved = scratch.alternatives.len() as u32;
        scratch
            .alternatives
            .extend_from_within(start as usize..end as usize);
        for record in &records[phrase.record as usize..(phrase.record + phrase.meanings) as usize] {
            for &word in view.list::<u32>(Section::PhraseWords, record.meaning) {
                scratch
                    .alternatives
                    .push(Alternative::word(word, SYNONYM, phrase.edits));
            }
        }
        scratch.slots[slot].alternatives = (moved, scratch.alternatives.len() as u32);
    }
}

/// Whether any neighbours join to a word, or any unknown word splits.
fn joins(view: View<'_>, scratch: &Scratch) -> bool {
    (0..scratch.slots.len()).any(|at| {
        joined_word(view, scratch, at).is_some() || split_word(view, scratch, at).is_some()
    })
}

/// The word that the slots at `at` and after it make together.
fn joined_word(view: View<'_>, scratch: &Scratch, at: usize) -> Option<u32> {
    let (left, right) = (scratch.slots.get(at)?, scratch.slots.get(at + 1)?);
    let (left, right) = (left.folded.as_bytes(), right.folded.as_bytes());
    let mut joined = [0_u8; 96];
    let len = left.len() + right.len();
    if len > joined.len() || len < 6 {
        return None;
    }
    joined[..left.len()].copy_from_slice(left);
    joined[left.len()..len].copy_from_slice(right);
    find_word(view, &joined[..len]).filter(|&word| is_used(view, Some(word)))
}

/// The two words into which an unknown word at `at` falls: of several splits the one whose rarer half is commonest.
fn split_word(view: View<'_>, scratch: &Scratch, at: usize) -> Option<(u32, u32)> {
    let slot = scratch.slots.get(at)?;
    let word = slot.folded.as_bytes();
    if slot.word.is_some() || word.len() < 6 || !word.is_ascii() {
        return None;
    }
    let words: &[WordRecord] = view.records(Section::Words);
    (3..=word.len() - 3)
        .filter_map(|cut| {
            let used =
                |part: &[u8]| find_word(view, part).filter(|&word| is_used(view, Some(word)));
            let pair = (used(&word[..cut])?, used(&word[cut..])?);
            let rarer = words[pair.0 as usize]
                .frequency
                .min(words[pair.1 as usize].frequency);
            Some((rarer, pair))
        })
        .max()
        .map(|(_, pair)| pair)
}
