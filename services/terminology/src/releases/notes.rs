//! How much of the codes in a release's notes is read: the measure of what the check of codes can know.

use medcover_coding::{Code, Narrowing, find_references, unread_codes};
use medcover_terms::source::NoteKind;
use medcover_terms::{Concept, Note};

use super::OpenRelease;

/// What was read of the notes of a release, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteReading {
    /// The figures of each kind of note that the release has.
    pub kinds: Vec<KindReading>,
    /// Everything that was not read, in the order of the release.
    pub rest: Vec<NotRead>,
}

/// The figures of one kind of note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindReading {
    /// Which kind.
    pub kind: NoteKind,
    /// Notes of it.
    pub notes: usize,
    /// Spans of codes that they name and that were read.
    pub read: usize,
    /// What looks like a code in them and was not read, or was read and then narrowed by words that were not understood.
    pub not_read: usize,
}

/// A place in a note that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// The code, block or chapter that the note stands at.
    pub at: String,
    /// Which kind of note it is.
    pub kind: NoteKind,
    /// The word.
    pub word: String,
    /// Why it was not read.
    pub why: WhyNot,
    /// The whole note.
    pub text: String,
}

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyNot {
    /// It is not written as codes are: an abbreviation, or an error of the release.
    NotACode,
    /// It is written as a code, and the release has none such.
    NoSuchCode,
    /// Words behind it narrow it, and what they leave was not understood.
    Narrowed,
}

impl WhyNot {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotACode => "not written as a code",
            Self::NoSuchCode => "the release has no such code",
            Self::Narrowed => "the words that narrow it are not understood",
        }
    }
}

impl NoteReading {
    /// Reads all notes of `release`.
    pub fn of(release: &OpenRelease) -> Self {
        let mut reading = Self::default();
        for concept in release.release().concepts() {
            for note in concept.notes() {
                reading.add(&concept, &note);
            }
        }
        reading.kinds.sort_unstable_by_key(|it| it.kind);
        reading
    }

    /// All kinds together: what was read, and what was not.
    pub fn totals(&self) -> (usize, usize) {
        let sum = |figure: fn(&KindReading) -> usize| self.kinds.iter().map(figure).sum();
        (sum(|it| it.read), sum(|it| it.not_read))
    }

    fn add(&mut self, at: &Concept<'_>, note: &Note<'_>) {
        let (text, kind) = (note.text(), note.kind());
        let spans: Vec<_> = note
            .references()
            .map(|it| it.start as usize..it.end as usize)
            .collect();
        let unread = unread_codes(text, &spans).map(|word| match Code::parse(word) {
            Ok(_) => (word, WhyNot::NoSuchCode),
            Err(_) => (word, WhyNot::NotACode),
        });
        let found = find_references(text);
        let doubtful = (0..found.len())
            .filter(|&place| Narrowing::of(text, &found, place) == Narrowing::Unread)
            .map(|place| {
                (
                    &text[found[place].start..found[place].end],
                    WhyNot::Narrowed,
                )
            });
        let before = self.rest.len();
        let rest = unread.chain(doubtful).map(|(word, why)| NotRead {
            at: at.code().to_owned(),
            kind,
            word: word.to_owned(),
            why,
            text: text.to_owned(),
        });
        self.rest.extend(rest);
        let new = &self.rest[before..];
        let narrowed = new.iter().filter(|it| it.why == WhyNot::Narrowed).count();
        let not_read = new.len();
        let figures = self.figures(kind);
        figures.notes += 1;
        figures.read += spans.len().saturating_sub(narrowed);
        figures.not_read += not_read;
    }

    fn figures(&mut self, kind: NoteKind) -> &mut KindReading {
        let place = self.kinds.iter().position(|it| it.kind == kind);
        let place = place.unwrap_or_else(|| {
            self.kinds.push(KindReading {
                kind,
                notes: 0,
                read: 0,
                not_read: 0,
            });
            self.kinds.len() - 1
        });
        &mut self.kinds[place]
    }
}
