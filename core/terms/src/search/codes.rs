//! The query read as a code, or the beginning of one.

use super::{Hit, MatchKind, Query, Scratch, admits, best};
use crate::code_key::Key;
use crate::format::{ConceptRecord, Section};
use crate::release::{ConceptId, View};

/// Score of the code itself: above all that words can reach.
const CODE: f32 = 100.0;
/// Score of a code that begins with the query, less a trifle for each that stands before it.
const CODE_PREFIX: f32 = 90.0;

/// Adds the codes that `text` is or begins, in their order; how many there are.
pub(super) fn search(
    view: View<'_>,
    text: &str,
    dotted: bool,
    query: &Query<'_>,
    scratch: &mut Scratch,
) -> usize {
    let key = Key::of(text);
    if !looks_like_code(text, key.as_bytes(), dotted) {
        return 0;
    }
    let concepts: &[ConceptRecord] = view.records(Section::Concepts);
    let hit = |number: u32, kind, score| Hit {
        concept: ConceptId(number),
        term: None,
        kind,
        source: None,
        edits: 0,
        score,
        confidence: 0.0,
    };
    if let Some(concept) = view
        .find(text)
        .filter(|concept| admits(query, &concepts[concept.id().0 as usize]))
    {
        let hit = hit(concept.id().0, MatchKind::Code, CODE);
        best::offer(&mut scratch.hits, query.wanted, hit);
    }
    let beginning = view
        .codes_beginning(&key)
        .iter()
        .filter(|&&number| admits(query, &concepts[number as usize]));
    for (place, &number) in beginning.take(query.wanted).enumerate() {
        let score = CODE_PREFIX - place as f32 / 64.0;
        let hit = hit(number, MatchKind::CodePrefix, score);
        best::offer(&mut scratch.hits, query.wanted, hit);
    }
    scratch.hits.len()
}

/// In ICD-10-CM a code is a letter, a digit, and up to five letters or digits; elsewhere, what has a digit or a single
/// word may be one.
fn looks_like_code(text: &str, key: &[u8], dotted: bool) -> bool {
    if dotted {
        let block = text.len() >= 7 && text.as_bytes()[3] == b'-';
        let shape = matches!(key, [b'A'..=b'Z', b'0'..=b'9', ..]) && key.len() <= 7;
        (shape && key.iter().all(u8::is_ascii_alphanumeric)) || (block && key.len() <= 9)
    } else {
        !key.is_empty() && !text.trim().contains(char::is_whitespace)
    }
}
