//! What each word of a query may mean: itself, its forms, a word it begins, a word it is misspelt for.

use super::scratch::{Alternative, Scratch, Slot};
use crate::code_key::hash;
use crate::deletion::{
    DELETION_LETTERS, STEM_LETTERS, TARGET_IS_STEM, each_deletion, edits, edits_allowed,
    edits_allowed_farther, letters,
};
use crate::format::{RelatedRecord, Section, StemRecord, WordRecord};
use crate::lexicon;
use crate::release::View;
use crate::text;

/// Most words of a query that are looked at; further ones are not.
const MAX_SLOTS: usize = 24;
/// Most corrections of one word that are followed, best first.
const MAX_CORRECTIONS: usize = 6;
/// Strength of a word that begins with what was typed.
const COMPLETION: f32 = 0.85;
/// The same, when what was typed is a word by itself and nobody says that more is to come.
const COMPLETION_OF_KNOWN: f32 = 0.5;
/// Letters up to which a known word is as likely a fragment.
const LONGEST_FRAGMENT: usize = 3;
/// Letters from which on a known word may be doubted.
const LEAST_DOUBTED: usize = 5;
/// Share of the strength of a correction that is left to a word which is itself a word.
const CORRECTED_THOUGH_KNOWN: f32 = 0.7;

/// Reads the words of the query and gathers the alternatives of each.
pub(super) fn expand(view: View<'_>, query: &str, completing: bool, scratch: &mut Scratch) {
    scratch.slots.clear();
    scratch.alternatives.clear();
    let slots = &mut scratch.slots;
    text::words(query, |word, _| {
        if slots.len() < MAX_SLOTS {
            let typed = text::respell(word);
            let folded = typed.singular();
            slots.push(Slot {
                typed,
                folded,
                word: find_word(view, folded.as_bytes()),
                open: false,
                alternatives: (0, 0),
            });
        }
    });
    let ends_open = query.chars().next_back().is_some_and(char::is_alphanumeric);
    if let Some(last) = slots.last_mut() {
        last.open = ends_open;
    }
    for number in 0..scratch.slots.len() {
        let start = scratch.alternatives.len() as u32;
        alternatives(view, number, completing, scratch);
        scratch.slots[number].alternatives = (start, scratch.alternatives.len() as u32);
    }
}

/// The vocabulary's word that `word` is.
pub(super) fn find_word(view: View<'_>, word: &[u8]) -> Option<u32> {
    let slots: &[u32] = view.records(Section::WordTable);
    let words: &[WordRecord] = view.records(Section::Words);
    let mask = slots.len().checked_sub(1)?;
    let mut slot = hash(word) as usize & mask;
    for _ in 0..slots.len() {
        let id = slots[slot].checked_sub(1)?;
        if view.bytes(words.get(id as usize)?.text) == word {
            return Some(id);
        }
        slot = (slot + 1) & mask;
    }
    None
}

/// Whether some term holds the word.
pub(super) fn is_used(view: View<'_>, word: Option<u32>) -> bool {
    let words: &[WordRecord] = view.records(Section::Words);
    word.and_then(|id| words.get(id as usize))
        .is_some_and(|record| record.frequency > 0)
}

fn alternatives(view: View<'_>, number: usize, completing: bool, scratch: &mut Scratch) {
    let slot = scratch.slots[number];
    if let Some(id) = slot.word {
        add_word(view, id, 1.0, 0, &mut scratch.alternatives);
    }
    let before_completion = scratch.alternatives.len();
    if slot.open
        && let Some((first, end)) = beginning_with(view, &slot)
    {
        let known = is_used(view, slot.word) && slot.folded.as_bytes().len() > LONGEST_FRAGMENT;
        let strength = if known && !completing {
            COMPLETION_OF_KNOWN
        } else {
            COMPLETION
        };
        scratch.alternatives.push(Alternative {
            first,
            end,
            strength,
            edits: 0,
        });
    }
    let completed = scratch.alternatives.len() > before_completion;
    if slot.word.is_none() && !completed {
        add_derived(view, slot.folded.as_bytes(), &mut scratch.alternatives);
        correct(view, &slot, 1.0, scratch);
    }
}

/// Adds corrections of words that are words themselves, for a query that was not met as it stands; whether there are any.
pub(super) fn correct_known(view: View<'_>, scratch: &mut Scratch) -> bool {
    let mut any = false;
    for number in 0..scratch.slots.len() {
        let slot = scratch.slots[number];
        let (start, end) = slot.alternatives;
        let known = &scratch.alternatives[start as usize..end as usize];
        if known.iter().any(|known| known.edits > 0) || slot.folded.as_bytes().len() < LEAST_DOUBTED
        {
            continue;
        }
        let moved = scratch.alternatives.len() as u32;
        scratch
            .alternatives
            .extend_from_within(start as usize..end as usize);
        let before = scratch.alternatives.len();
        correct(view, &slot, CORRECTED_THOUGH_KNOWN, scratch);
        any |= scratch.alternatives.len() > before;
        scratch.slots[number].alternatives = (moved, scratch.alternatives.len() as u32);
    }
    any
}

/// Adds a word and its forms.
pub(super) fn add_word(
    view: View<'_>,
    id: u32,
    strength: f32,
    edits: u8,
    to: &mut Vec<Alternative>,
) {
    let words: &[WordRecord] = view.records(Section::Words);
    to.push(Alternative::word(id, strength, edits));
    let Some(record) = words.get(id as usize) else {
        return;
    };
    for related in view.list::<RelatedRecord>(Section::Related, record.related) {
        to.push(Alternative::word(
            related.word,
            strength * related.strength,
            edits,
        ));
    }
}

/// The words that begin as `slot` was typed, as a range.
fn beginning_with(view: View<'_>, slot: &Slot) -> Option<(u32, u32)> {
    let words: &[WordRecord] = view.records(Section::Words);
    let letters = slot.typed.as_bytes();
    let text = |record: &WordRecord| view.bytes(record.text);
    // A word stands before all that it begins.
    let itself = slot.word.filter(|_| slot.folded.as_bytes() == letters);
    let first = match itself {
        Some(word) => word as usize,
        None => words.partition_point(|record| text(record) < letters),
    };
    let begins = |record: &WordRecord| text(record).starts_with(letters);
    // They are few, next to each other: the end is looked for in steps that double.
    let mut reach = 1;
    while words.get(first + reach).is_some_and(begins) {
        reach *= 2;
    }
    let (near, far) = (first + reach / 2, words.len().min(first + reach));
    let end = near + words.get(near..far)?.partition_point(begins);
    (first < end).then_some((first as u32, end as u32))
}

/// Adds the words that derivation makes of a word that no term holds.
fn add_derived(view: View<'_>, word: &[u8], to: &mut Vec<Alternative>) {
    let start = to.len();
    for &(ending, other, strength) in lexicon::derivations() {
        let Some(stem) = word.strip_suffix(ending.as_bytes()) else {
            continue;
        };
        if stem.len() < 4 {
            continue;
        }
        let mut form = [0_u8; 64];
        let len = stem.len() + other.len();
        if len > form.len() {
            continue;
        }
        form[..stem.len()].copy_from_slice(stem);
        form[stem.len()..len].copy_from_slice(other.as_bytes());
        if let Some(id) = find_word(view, text::fold(&form[..len]).as_bytes())
            .filter(|&id| is_used(view, Some(id)))
            && !to[start..].iter().any(|known| known.first == id)
        {
            to.push(Alternative::word(id, strength, 0));
        }
    }
}

/// Adds the words that `slot` may be misspelt for, best first, and, for an open slot, the beginnings of words.
fn correct(view: View<'_>, slot: &Slot, share: f32, scratch: &mut Scratch) {
    let typed = slot.folded.as_bytes();
    let (allowed, farther) = (
        edits_allowed(typed.len()),
        edits_allowed_farther(typed.len()),
    );
    if allowed == 0 || typed.iter().any(u8::is_ascii_digit) {
        return;
    }
    let found = &mut scratch.corrections;
    found.clear();
    near(view, slot, allowed, found);
    if found.is_empty() && farther > allowed {
        near(view, slot, farther, found);
    }
    found.sort_unstable_by(|a, b| {
        b.strength
            .total_cmp(&a.strength)
            .then(a.first.cmp(&b.first))
    });
    found.truncate(MAX_CORRECTIONS);
    for correction in scratch.corrections.drain(..) {
        scratch.alternatives.push(Alternative {
            strength: correction.strength * share,
            ..correction
        });
    }
}

/// Adds to `found` the words that are up to `allowed` edits from `slot`, and for an open slot the beginnings that are one.
fn near(view: View<'_>, slot: &Slot, allowed: u32, found: &mut Vec<Alternative>) {
    let typed = slot.folded.as_bytes();
    let words: &[WordRecord] = view.records(Section::Words);
    let stems: &[StemRecord] = view.records(Section::Stems);
    let beginning = &typed[..typed.len().min(DELETION_LETTERS)];
    let open_letters = slot.typed.as_bytes();
    let typed_letters = letters(typed);
    let mut consider = |target: u32| {
        if target & TARGET_IS_STEM == 0 {
            let Some(record) = words.get(target as usize) else {
                return;
            };
            if (record.letters ^ typed_letters).count_ones() > 2 * allowed {
                return;
            }
            let word = view.bytes(record.text);
            if record.word_is(typed, view)
                || found
                    .iter()
                    .any(|known| known.first == target && known.end == target + 1)
            {
                return;
            }
            if let Some(distance) = edits(typed, word, allowed, false) {
                found.push(Alternative::word(
                    target,
                    strength(typed, word, distance, record.frequency),
                    distance as u8,
                ));
            }
        } else if slot.open && STEM_LETTERS.contains(&open_letters.len()) {
            let Some(stem) = stems.get((target & !TARGET_IS_STEM) as usize) else {
                return;
            };
            let Some(record) = words.get(stem.first as usize) else {
                return;
            };
            let letters = &view.bytes(record.text)[..stem.len as usize];
            if edits(open_letters, letters, 1, false) == Some(1)
                && !found
                    .iter()
                    .any(|known| known.first <= stem.first && known.end >= stem.end)
            {
                let strength = 0.6 * (1.0 - 1.0 / (open_letters.len() as f32 + 1.0));
                found.push(Alternative {
                    first: stem.first,
                    end: stem.end,
                    strength,
                    edits: 1,
                });
            }
        }
    };
    each_target(view, beginning, allowed, &mut consider);
    if slot.open
        && open_letters.len() > DELETION_LETTERS
        && STEM_LETTERS.contains(&open_letters.len())
    {
        each_target(view, open_letters, 1, &mut consider);
    }
}

impl WordRecord {
    fn word_is(&self, letters: &[u8], view: View<'_>) -> bool {
        view.bytes(self.text) == letters
    }
}

/// How likely `typed` is a slip for `word`: less for every edit, the shorter the word the less; a little more when the
/// first letter is right (the least often mistaken, Pollock and Zamora 1984) and for a word that many terms hold.
fn strength(typed: &[u8], word: &[u8], distance: u32, frequency: u32) -> f32 {
    let length = typed.len().max(word.len()) as f32;
    let first = if typed.first() == word.first() {
        0.0
    } else {
        0.08
    };
    let common = f32::min(0.04, 0.004 * (1.0 + frequency as f32).ln());
    (1.0 - distance as f32 / length * 1.1 - first + common).clamp(0.2, 0.95)
}

/// Forms that are looked up together. A beginning that is looked up has no more.
const FORMS: usize = 32;

/// Calls `consider` with what each form that at most `deletions` deletions make of `letters` stands for.
fn each_target(view: View<'_>, letters: &[u8], deletions: u32, consider: &mut impl FnMut(u32)) {
    let (mut forms, mut count) = ([0; FORMS], 0);
    each_deletion(letters, deletions, |form| {
        if count == FORMS {
            targets_of(view, &forms, consider);
            count = 0;
        }
        forms[count] = form;
        count += 1;
    });
    targets_of(view, &forms[..count], consider);
}

/// Each step is done for all forms before the next: what is looked for lies anywhere, and the memory looks for all of it at the
/// same time.
fn targets_of(view: View<'_>, forms: &[u32], consider: &mut impl FnMut(u32)) {
    let bits = view.counts.deletion_bits;
    let buckets: &[u32] = view.records(Section::DeletionBuckets);
    let hashes: &[u32] = view.records(Section::DeletionHashes);
    let targets: &[u32] = view.records(Section::DeletionTargets);
    let mut bounds = [(0_u32, 0_u32); FORMS];
    for (bounds, form) in bounds.iter_mut().zip(forms) {
        let bucket = (form >> (32 - bits)) as usize;
        if let Some(&[start, end]) = buckets.get(bucket..bucket + 2) {
            *bounds = (start, end);
        }
    }
    let in_bucket = |(start, end): (u32, u32)| hashes.get(start as usize..end as usize);
    let mut met = [false; FORMS];
    for ((met, bounds), &form) in met.iter_mut().zip(bounds).zip(forms) {
        for hash in in_bucket(bounds).unwrap_or_default() {
            *met |= *hash == form;
        }
    }
    for ((_, &form), bounds) in met.iter().zip(forms).zip(bounds).filter(|it| *it.0.0) {
        let entries = in_bucket(bounds).unwrap_or_default().iter();
        let entries = entries.zip(targets.get(bounds.0 as usize..).unwrap_or_default());
        for (_, &target) in entries.filter(|(hash, _)| **hash == form) {
            consider(target);
        }
    }
}
