//! A code with all that is known of it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use medcover_contract_terminology::{
    CodeDetails, CodeRef, Note, NoteKind, SeventhCharacters, TermRef, TermSource,
};
use medcover_http::{InCall, Path, Problem};
use medcover_kernel::{Call, Error};
use serde::Deserialize;

use super::{Section, Shell};
use crate::answer::{Failure, html};
use crate::linking::{self, Piece};
use crate::tree::{self, Line, Tree};
use crate::{Console, wording};

/// What the address names.
#[derive(Debug, Deserialize)]
pub(crate) struct At {
    code: String,
}

pub(crate) async fn page(
    State(console): State<Console>,
    InCall(call): InCall,
    at: Result<Path<At>, Problem>,
) -> Result<Response, Failure> {
    let shown = async {
        let Path(At { code }) = at?;
        let details = console.terminology.get_code_details(&call, &code).await?;
        let generation = console.generation(&call, &details).await?;
        let children = console.children(&call, &details).await?;
        let shell = console.shell(Section::None);
        let page = CodePage::of(shell, &details, &generation, &children);
        Ok(html(StatusCode::OK, &page))
    };
    console.answer(shown).await
}

pub(crate) async fn branch(
    State(console): State<Console>,
    InCall(call): InCall,
    at: Result<Path<At>, Problem>,
) -> Result<Response, Failure> {
    let shown = async {
        let Path(At { code }) = at?;
        let below = console.terminology.children(&call, &code).await?;
        let lines = tree::lines(&below.items);
        Ok(html(StatusCode::OK, &Branch { lines }))
    };
    console.answer(shown).await
}

impl Console {
    /// All children of the code's parent, the code among them.
    async fn generation(&self, call: &Call, of: &CodeDetails) -> Result<Vec<CodeRef>, Error> {
        match of.ancestors.last() {
            Some(parent) => Ok(self.terminology.children(call, &parent.code).await?.items),
            None => Ok(Vec::new()),
        }
    }

    async fn children(&self, call: &Call, of: &CodeDetails) -> Result<Vec<CodeRef>, Error> {
        if of.children.len() as u64 == u64::from(of.children_total) {
            return Ok(of.children.clone());
        }
        Ok(self.terminology.children(call, &of.code).await?.items)
    }
}

#[derive(Template)]
#[template(path = "branch.html")]
struct Branch {
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    shell: Shell,
    code: String,
    label: String,
    title: String,
    short_title: Option<String>,
    level: &'static str,
    billable: bool,
    active: bool,
    release: String,
    default_code: Option<Line>,
    tree: Tree,
    terms: Vec<TermGroup>,
    notes: Vec<NoteGroup>,
    picker: Option<Picker>,
}

impl CodePage {
    fn of(
        shell: Shell,
        details: &CodeDetails,
        generation: &[CodeRef],
        children: &[CodeRef],
    ) -> Self {
        let label = wording::place(&details.code, details.level);
        let here = Line {
            code: details.code.clone(),
            label: label.clone(),
            title: details.title.clone(),
            billable: details.billable,
        };
        Self {
            shell,
            code: details.code.clone(),
            label,
            title: details.title.clone(),
            short_title: details.short_title.clone(),
            level: wording::level(details.level),
            billable: details.billable,
            active: details.active,
            release: details.release.clone(),
            default_code: default_code(details),
            tree: Tree::around(here, &details.ancestors, generation, children),
            terms: TermGroup::all(&details.terms),
            notes: NoteGroup::all(details),
            picker: details
                .seventh_characters
                .as_ref()
                .map(|seventh| Picker::of(seventh, &details.code)),
        }
    }
}

/// The code meant when nothing more is said. A 7th character is never meant without being said: it tells of the
/// encounter, which whoever codes knows.
fn default_code(details: &CodeDetails) -> Option<Line> {
    let choices = details
        .seventh_characters
        .iter()
        .flat_map(|s| &s.characters);
    let default = details.default_code.as_ref()?;
    let completes = choices
        .filter_map(|c| c.code.as_ref())
        .any(|code| *code == default.code);
    (!completes).then(|| Line::from(default))
}

/// The terms of one source.
struct TermGroup {
    source: &'static str,
    texts: Vec<String>,
}

impl TermGroup {
    fn all(terms: &[TermRef]) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        // Includes notes are listed among the notes, where it is said at which code they stand.
        for term in terms.iter().filter(|t| t.source != TermSource::Includes) {
            let source = wording::source(term.source);
            match groups.iter_mut().find(|group| group.source == source) {
                Some(group) => group.texts.push(term.text.clone()),
                None => groups.push(Self {
                    source,
                    texts: vec![term.text.clone()],
                }),
            }
        }
        groups
    }
}

/// The notes of one kind.
struct NoteGroup {
    name: &'static str,
    hint: &'static str,
    /// Whether it forbids rather than asks.
    forbids: bool,
    places: Vec<Place>,
}

/// Notes that stand at one code.
struct Place {
    at: String,
    label: String,
    inherited: bool,
    notes: Vec<Vec<Piece>>,
}

impl NoteGroup {
    fn all(details: &CodeDetails) -> Vec<Self> {
        let group = |&(kind, name, hint): &(NoteKind, &'static str, &'static str)| Self {
            name,
            hint,
            forbids: kind == NoteKind::Excludes1,
            places: Place::all(details, kind),
        };
        let groups = wording::NOTES.iter().map(group);
        groups.filter(|group| !group.places.is_empty()).collect()
    }
}

impl Place {
    /// Nearest first, as the contract has them.
    fn all(details: &CodeDetails, kind: NoteKind) -> Vec<Self> {
        let mut places: Vec<Self> = Vec::new();
        for note in details.notes.iter().filter(|note| note.kind == kind) {
            let pieces = linking::link(note);
            match places.last_mut() {
                Some(place) if place.at == note.at => place.notes.push(pieces),
                _ => places.push(Self::with(details, note, pieces)),
            }
        }
        places
    }

    fn with(details: &CodeDetails, note: &Note, pieces: Vec<Piece>) -> Self {
        let above = details.ancestors.iter().find(|above| above.code == note.at);
        Self {
            at: note.at.clone(),
            label: above.map_or_else(|| note.at.clone(), wording::label),
            inherited: note.at != details.code,
            notes: vec![pieces],
        }
    }
}

/// 7th characters to choose from.
struct Picker {
    at: String,
    inherited: bool,
    /// Whether at least one completes the code.
    completes: bool,
    choices: Vec<Choice>,
}

struct Choice {
    character: String,
    meaning: String,
    code: Option<String>,
    chosen: bool,
}

impl Picker {
    fn of(seventh: &SeventhCharacters, code: &str) -> Self {
        let choices = seventh.characters.iter().map(|choice| Choice {
            character: choice.character.clone(),
            meaning: choice.meaning.clone(),
            code: choice.code.clone(),
            chosen: choice.code.as_deref() == Some(code),
        });
        Self {
            at: seventh.at.clone(),
            inherited: seventh.at != code,
            completes: seventh.characters.iter().any(|c| c.code.is_some()),
            choices: choices.collect(),
        }
    }
}
