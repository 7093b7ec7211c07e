//! What a release says about a code, handed in as data.

use crate::code::Code;
use crate::narrowing::Narrowing;
use crate::reference::find_references;
use crate::side::Beside;

/// A code of the list, as it was given, and what the release of the date of service says about it.
#[derive(Clone, Debug)]
pub struct Coded<'a> {
    /// As it was given, in any notation.
    pub given: &'a str,
    /// What the release says.
    pub lookup: Lookup<'a>,
}

/// Whether the release has a code.
#[derive(Clone, Debug)]
pub enum Lookup<'a> {
    /// It has.
    Known(Facts<'a>),
    /// It has not.
    Unknown(Unknown<'a>),
}

/// What a release says about one of its codes.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The code.
    pub code: Code,
    /// Its title.
    pub title: &'a str,
    /// Titles of what it stands under, nearest first.
    pub titles_above: Vec<&'a str>,
    /// Whether it may stand on a claim.
    pub billable: bool,
    /// False where the release lists it as retired.
    pub active: bool,
    /// Some of the codes below it that may stand on a claim, in the order of the release.
    pub billable_below: Vec<&'a str>,
    /// How many there are.
    pub billable_below_total: usize,
    /// The one of them that stands for the bare title of the header, where the wording of the release names one.
    pub default: Option<&'a str>,
    /// Whether the next step below it is a 7th character.
    pub lacks_seventh: bool,
    /// The codes beside it, under the same header and with the same 7th character where it has one.
    pub beside: Vec<Beside<'a>>,
    /// Its notes and those of all above it, nearest first.
    pub notes: Vec<Note<'a>>,
}

/// What a release says around a code that it has not.
#[derive(Clone, Debug, Default)]
pub struct Unknown<'a> {
    /// The longest beginning of it that the release has, with the title.
    pub nearest: Option<(Code, &'a str)>,
    /// The 7th characters that complete that beginning; empty where none do.
    pub seventh: Vec<char>,
    /// Other loaded releases that have the code, by name.
    pub elsewhere: Vec<&'a str>,
}

/// A note that holds for a code.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// What it says to do.
    pub kind: NoteKind,
    /// The code, block or chapter it stands at.
    pub at: &'a str,
    /// Its words.
    pub text: &'a str,
    named: Vec<Named>,
}

/// The kinds of notes that rules rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteKind {
    /// Never on one claim with this.
    Excludes1,
    /// Not part of this; both may be coded.
    Excludes2,
    /// The underlying condition is sequenced first.
    CodeFirst,
    /// A further code is to be added.
    UseAdditional,
    /// A further code may be needed, in either order.
    CodeAlso,
    /// A note of any other kind.
    Note,
}

/// Codes that a note names.
#[derive(Clone, Debug)]
struct Named {
    first: Code,
    last: Code,
    narrowing: Narrowing,
}

/// How surely a note names a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// It names a span with the code, narrowed by words that were not understood.
    Perhaps,
    /// It names the code.
    Surely,
}

impl<'a> Note<'a> {
    /// A note of the release, with the codes that its words name.
    pub fn read(kind: NoteKind, at: &'a str, text: &'a str) -> Self {
        let found = find_references(text);
        let named = (0..found.len()).map(|place| Named {
            first: found[place].first,
            last: found[place].last,
            narrowing: Narrowing::of(text, &found, place),
        });
        Self {
            kind,
            at,
            text,
            named: named.collect(),
        }
    }

    /// Whether it names any code.
    pub(super) fn names_codes(&self) -> bool {
        !self.named.is_empty()
    }

    /// Whether the note, which holds for `own`, names `other`. A span that has both speaks of the neighbours of `own`
    /// and not of `own` itself.
    pub(super) fn names(&self, other: &Code, own: &Code) -> Option<Naming> {
        let naming = |named: &Named| {
            let has = |code: &Code| code.is_between(&named.first, &named.last);
            if !has(other) || has(own) {
                return None;
            }
            match named.narrowing.admits(other) {
                Some(true) => Some(Naming::Surely),
                Some(false) => None,
                None => Some(Naming::Perhaps),
            }
        };
        self.named.iter().filter_map(naming).max()
    }

    /// How specific the place is at which it stands: the characters of a code, one for a block, none for a chapter, whose
    /// name is its number.
    pub(super) fn depth(&self) -> usize {
        match Code::parse(self.at) {
            Ok(code) => code.character_count(),
            Err(_) => usize::from(self.at.contains('-')),
        }
    }
}

impl<'a> Facts<'a> {
    pub(super) fn notes_of(&self, kind: NoteKind) -> impl Iterator<Item = &Note<'a>> {
        self.notes.iter().filter(move |it| it.kind == kind)
    }

    /// The note of this kind that names `other`: the surest, and of those the nearest.
    pub(super) fn note_naming(&self, kind: NoteKind, other: &Code) -> Option<(Naming, &Note<'a>)> {
        let mut best: Option<(Naming, &Note<'a>)> = None;
        for note in self.notes_of(kind) {
            if let Some(naming) = note.names(other, &self.code)
                && best.is_none_or(|(before, _)| naming > before)
            {
                best = Some((naming, note));
            }
        }
        best
    }
}

impl Coded<'_> {
    /// The code by which it is told apart from others.
    pub(super) fn name(&self) -> String {
        match &self.lookup {
            Lookup::Known(facts) => facts.code.to_string(),
            Lookup::Unknown(_) => Code::parse(self.given).map_or_else(
                |_| self.given.trim().to_uppercase(),
                |code| code.to_string(),
            ),
        }
    }
}
