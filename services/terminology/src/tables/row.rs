//! A concept as a row.

use medcover_store::{ColumnKind, CopyText, Value};
use medcover_terms::source::{
    Level, NoteKind, SeventhCharacter, SourceConcept, SourceNote, SourceReference, SourceTerm,
    TermSource,
};
use serde::{Deserialize, Serialize};

/// What is copied, in the order of [`write`].
pub(super) const COPIED: &str = "(release, code, place, level, parent, chapter, billable, active, term, term_key, \
    short_description, details)";

/// What is read, in the order of [`Row::read`].
pub(super) const COLUMNS: &str =
    "code, place, level, parent, chapter, billable, active, term, short_description, details::text";

/// The kinds of [`COLUMNS`].
pub(super) const KINDS: [ColumnKind; 10] = [
    ColumnKind::Text,
    ColumnKind::Integer,
    ColumnKind::Integer,
    ColumnKind::Text,
    ColumnKind::Integer,
    ColumnKind::Boolean,
    ColumnKind::Boolean,
    ColumnKind::Text,
    ColumnKind::Text,
    ColumnKind::Text,
];

/// Kinds of notes by their number.
const NOTE_KINDS: [NoteKind; 8] = [
    NoteKind::Includes,
    NoteKind::Excludes1,
    NoteKind::Excludes2,
    NoteKind::CodeFirst,
    NoteKind::UseAdditional,
    NoteKind::CodeAlso,
    NoteKind::Note,
    NoteKind::SeventhCharacter,
];

/// Sources of terms by their number.
const TERM_SOURCES: [TermSource; 6] = [
    TermSource::Title,
    TermSource::InclusionTerm,
    TermSource::IndexEntry,
    TermSource::ShortTitle,
    TermSource::Designation,
    TermSource::Includes,
];

const LEVELS: [Level; 5] = [
    Level::Chapter,
    Level::Block,
    Level::Category,
    Level::Subcategory,
    Level::Extended,
];

/// A concept with the names of what it refers to.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Its place in the release.
    pub(super) place: i64,
    pub(super) parent: Option<String>,
    pub(super) default: Option<String>,
    /// Without parent and default, which are places in another list.
    pub(super) concept: SourceConcept,
}

/// What is known of a concept beside its columns.
#[derive(Default, Serialize, Deserialize)]
struct Details {
    /// Wording and source.
    terms: Vec<(String, u8)>,
    notes: Vec<NoteDetails>,
    /// Character and meaning.
    seventh: Vec<(char, String)>,
    default: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct NoteDetails {
    kind: u8,
    text: String,
    /// First and last code, and where they stand in the text.
    references: Vec<(String, String, u32, u32)>,
}

/// The words of a title or a query as they are compared from their beginning on: in lower case, with single blanks.
pub(super) fn term_key(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<_> = lower.split_whitespace().collect();
    words.join(" ")
}

/// Writes a concept at `place` of its release as a row to be copied, with the codes of its parent and of the code for which it
/// stands.
pub(super) fn write(
    out: &mut Vec<u8>,
    release: &str,
    place: u32,
    concept: &SourceConcept,
    parent: Option<&str>,
    default: Option<&str>,
) {
    CopyText::begin(out)
        .text(release)
        .text(&concept.code)
        .integer(place.into())
        .integer(concept.level as i64)
        .maybe(parent)
        .integer(concept.chapter.into())
        .boolean(concept.billable)
        .boolean(concept.active)
        .text(&concept.title)
        .text(&term_key(&concept.title))
        .maybe(concept.short_title.as_deref())
        .text(&details(concept, default))
        .end();
}

fn details(concept: &SourceConcept, default: Option<&str>) -> String {
    let reference = |it: &SourceReference| (it.first.clone(), it.last.clone(), it.start, it.end);
    let note = |note: &SourceNote| NoteDetails {
        kind: note.kind as u8,
        text: note.text.clone(),
        references: note.references.iter().map(reference).collect(),
    };
    let terms = concept.terms.iter();
    let seventh = concept.seventh.iter();
    let details = Details {
        terms: terms.map(|it| (it.text.clone(), it.source as u8)).collect(),
        notes: concept.notes.iter().map(note).collect(),
        seventh: seventh
            .map(|it| (it.character, it.meaning.clone()))
            .collect(),
        default: default.map(ToOwned::to_owned),
    };
    let json = serde_json::to_string(&details).expect("texts and numbers are JSON");
    // What a text of PostgreSQL's cannot hold, jsonb cannot either.
    json.replace("\\u0000", "")
}

impl Row {
    /// A row of [`COLUMNS`]; nothing if it is none that [`write`] wrote.
    pub(super) fn read(cells: &[Value]) -> Option<Self> {
        let text = |at: usize| cells[at].as_text().map(ToOwned::to_owned);
        let number = |at: usize| cells[at].as_integer().copied();
        let details: Details = serde_json::from_str(cells[9].as_text()?).ok()?;
        let mut concept = SourceConcept {
            code: text(0)?,
            level: *LEVELS.get(usize::try_from(number(2)?).ok()?)?,
            chapter: u8::try_from(number(4)?).ok()?,
            billable: *cells[5].as_boolean()?,
            active: *cells[6].as_boolean()?,
            title: text(7)?,
            short_title: text(8),
            ..SourceConcept::default()
        };
        for (text, source) in details.terms {
            let source = *TERM_SOURCES.get(usize::from(source))?;
            concept.terms.push(SourceTerm { text, source });
        }
        for note in details.notes {
            concept.notes.push(read_note(note)?);
        }
        let seventh = details.seventh.into_iter();
        concept.seventh = seventh
            .map(|(character, meaning)| SeventhCharacter { character, meaning })
            .collect();
        Some(Self {
            place: number(1)?,
            parent: text(3),
            default: details.default,
            concept,
        })
    }
}

fn read_note(note: NoteDetails) -> Option<SourceNote> {
    let references = note.references.into_iter();
    Some(SourceNote {
        kind: *NOTE_KINDS.get(usize::from(note.kind))?,
        text: note.text,
        references: references
            .map(|(first, last, start, end)| SourceReference {
                first,
                last,
                start,
                end,
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_by_the_number_they_are_written_with() {
        for (number, kind) in NOTE_KINDS.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
        for (number, source) in TERM_SOURCES.into_iter().enumerate() {
            assert_eq!(source as usize, number);
        }
        for (number, level) in LEVELS.into_iter().enumerate() {
            assert_eq!(level as usize, number);
        }
    }

    #[test]
    fn titles_are_compared_without_case_and_blanks() {
        assert_eq!(term_key("  Type 2\tDiabetes "), "type 2 diabetes");
    }
}
