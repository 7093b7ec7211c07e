//! What is around a code, seen in the release. Both forms of the details, typed and written, are made from it.

use medcover_contract_terminology::{
    ChapterRef, CodeDetails, CodeRef, LISTED_RELATIVES, Note, Reference, SeventhCharacter,
    SeventhCharacters, TermRef,
};
use medcover_terms::source::Level;
use medcover_terms::{Concept, Note as NoteView};

use super::words;
use crate::releases::OpenRelease;

/// A concept with the way up from it.
pub(crate) struct Surroundings<'r> {
    pub(crate) release: &'r OpenRelease,
    pub(crate) concept: Concept<'r>,
    /// From its parent up to the chapter.
    way_up: Vec<Concept<'r>>,
}

impl<'r> Surroundings<'r> {
    pub(crate) fn of(release: &'r OpenRelease, concept: Concept<'r>) -> Self {
        Self {
            release,
            concept,
            way_up: concept.ancestors().collect(),
        }
    }

    /// The chapter it lies in; for a chapter, itself.
    pub(crate) fn chapter(&self) -> Option<&Concept<'r>> {
        let top = self.way_up.last().unwrap_or(&self.concept);
        (top.level() == Level::Chapter).then_some(top)
    }

    /// The nearest block above it.
    pub(crate) fn block(&self) -> Option<&Concept<'r>> {
        self.way_up.iter().find(|it| it.level() == Level::Block)
    }

    /// From the chapter down to its parent.
    pub(crate) fn ancestors(&self) -> impl Iterator<Item = &Concept<'r>> {
        self.way_up.iter().rev()
    }

    /// Its own notes and those of all above it, nearest first, each with the concept it stands at.
    fn notes(&self) -> impl Iterator<Item = (&Concept<'r>, NoteView<'r>)> {
        self.nearest_first()
            .flat_map(|at| at.notes().map(move |note| (at, note)))
    }

    /// The concept and all above it.
    pub(crate) fn nearest_first(&self) -> impl Iterator<Item = &Concept<'r>> {
        std::iter::once(&self.concept).chain(&self.way_up)
    }

    /// The code that `character` makes of it; for a code that has a 7th character, of its stem.
    pub(crate) fn completed(&self, character: char) -> Option<Concept<'r>> {
        let stem = match self.concept.level() {
            Level::Extended => *self.way_up.first()?,
            _ => self.concept,
        };
        let ends = |it: &Concept<'_>| it.code_bytes().last().copied().map(char::from);
        stem.children()
            .find(|it| it.level() == Level::Extended && ends(it) == Some(character))
    }

    /// Everything, as the contract has it.
    pub(crate) fn details(&self) -> CodeDetails {
        let concept = &self.concept;
        CodeDetails {
            system: self.release.system().to_owned(),
            release: self.release.label().to_owned(),
            code: concept.code().to_owned(),
            title: concept.title().to_owned(),
            short_title: concept.short_title().map(ToOwned::to_owned),
            level: words::level_of(concept.level()),
            billable: concept.billable(),
            active: concept.active(),
            chapter: self.chapter().map(|it| ChapterRef {
                number: it.chapter(),
                title: it.title().to_owned(),
            }),
            block: self.block().map(code_ref),
            ancestors: self.ancestors().map(code_ref).collect(),
            children: concept
                .children()
                .take(LISTED_RELATIVES)
                .map(|it| code_ref(&it))
                .collect(),
            children_total: concept.children().len() as u32,
            siblings: concept
                .siblings()
                .take(LISTED_RELATIVES)
                .map(|it| code_ref(&it))
                .collect(),
            siblings_total: concept.sibling_count() as u32,
            terms: concept.terms().map(term_ref).collect(),
            notes: self.notes().map(|(at, it)| note(at, &it)).collect(),
            seventh_characters: self.seventh_characters(),
            default_code: concept.default().map(|it| code_ref(&it)),
        }
    }

    fn seventh_characters(&self) -> Option<SeventhCharacters> {
        let (at, characters) = self.concept.seventh_characters()?;
        let characters = characters.map(|(character, meaning)| SeventhCharacter {
            character: character.to_string(),
            meaning: meaning.to_owned(),
            code: self.completed(character).map(|it| it.code().to_owned()),
        });
        Some(SeventhCharacters {
            at: at.code().to_owned(),
            characters: characters.collect(),
        })
    }
}

/// A concept, named.
pub(crate) fn code_ref(concept: &Concept<'_>) -> CodeRef {
    CodeRef {
        code: concept.code().to_owned(),
        title: concept.title().to_owned(),
        level: words::level_of(concept.level()),
        billable: concept.billable(),
    }
}

fn term_ref((text, source): (&str, medcover_terms::source::TermSource)) -> TermRef {
    TermRef {
        text: text.to_owned(),
        source: words::source_of(source),
    }
}

fn note(at: &Concept<'_>, note: &NoteView<'_>) -> Note {
    let references = note.references().map(|it| Reference {
        first: it.first.to_owned(),
        last: it.last.to_owned(),
        start: it.start,
        end: it.end,
    });
    Note {
        kind: words::note_kind_of(note.kind()),
        at: at.code().to_owned(),
        text: note.text().to_owned(),
        references: references.collect(),
    }
}
