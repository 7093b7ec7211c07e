//! What a check found.

use jiff::civil::Date;

use super::facts::{Note, NoteKind};
use crate::period::Period;

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// Which rule found it.
    pub rule: Rule,
    /// What is wrong, in a sentence.
    pub text: String,
    /// Places in the list, from 0, of the codes concerned; empty where it concerns the list as a whole.
    pub places: Vec<usize>,
    /// The note of the release that it rests on, where there is one.
    pub note: Option<Wording>,
    /// What would mend it.
    pub mend: String,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing need be wrong.
    Information,
    /// Probably wrong; a person decides.
    Warning,
    /// Wrong by the words of the release.
    Error,
}

/// A note as it stands in the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// What it says to do.
    pub kind: NoteKind,
    /// The code, block or chapter it stands at.
    pub at: String,
    /// Its words.
    pub text: String,
}

impl From<&Note<'_>> for Wording {
    fn from(note: &Note<'_>) -> Self {
        Self {
            kind: note.kind,
            at: note.at.to_owned(),
            text: note.text.to_owned(),
        }
    }
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// No loaded release covers the date of service.
    ReleaseNotLoaded,
    /// The release has no such code.
    UnknownCode,
    /// Another loaded release has the code, but not the one of the date, or the release lists it as retired.
    NotValidOnDate,
    /// A header, which may not stand on a claim.
    NotBillable,
    /// All but the 7th character is there.
    SeventhCharacterMissing,
    /// The 7th character is not one that completes the code, or stands in the wrong place.
    SeventhCharacterWrong,
    /// The code stands in the list already.
    Duplicate,
    /// Two codes of which one excludes the other.
    Excludes1,
    /// A code stands before one that a note puts first.
    CodeFirstOrder,
    /// A code is the first of the list, and what a note puts before it is not there.
    CodeFirstMissing,
    /// A manifestation is the first code of the list.
    ManifestationFirst,
    /// A code that only goes with others is the first of the list.
    AdditionalOnlyFirst,
    /// A code for records of mothers and one that has no place on them.
    MaternalAndNewborn,
    /// A note asks for a further code, and none that it names is there.
    UseAdditionalMissing,
    /// The code leaves the side of the body open, and others name it.
    SideUnspecified,
    /// The release says that the code is for another age.
    Age,
    /// The release says that the code is for the other sex.
    Sex,
}

impl Rule {
    /// Its name in answers.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::ReleaseNotLoaded => "release-not-loaded",
            Self::UnknownCode => "unknown-code",
            Self::NotValidOnDate => "not-valid-on-date",
            Self::NotBillable => "not-billable",
            Self::SeventhCharacterMissing => "seventh-character-missing",
            Self::SeventhCharacterWrong => "seventh-character-wrong",
            Self::Duplicate => "duplicate",
            Self::Excludes1 => "excludes1",
            Self::CodeFirstOrder => "code-first-order",
            Self::CodeFirstMissing => "code-first-missing",
            Self::ManifestationFirst => "manifestation-first",
            Self::AdditionalOnlyFirst => "additional-only-first",
            Self::MaternalAndNewborn => "maternal-and-newborn",
            Self::UseAdditionalMissing => "use-additional-missing",
            Self::SideUnspecified => "side-unspecified",
            Self::Age => "age",
            Self::Sex => "sex",
        }
    }
}

pub(super) fn release_not_loaded(date: Date, loaded: &[Period]) -> Finding {
    let days: Vec<_> = loaded
        .iter()
        .map(|it| {
            let last = it.until.yesterday().unwrap_or(it.until);
            format!("{} to {last}", it.from)
        })
        .collect();
    let covered = if days.is_empty() {
        "no release says from when it is valid".to_owned()
    } else {
        format!("those loaded cover {}", days.join(" and "))
    };
    Finding {
        severity: Severity::Error,
        rule: Rule::ReleaseNotLoaded,
        text: format!("No loaded release covers {date}: {covered}. Nothing was checked."),
        places: Vec::new(),
        note: None,
        mend: "Load the release that was in force on that day, or correct the date.".to_owned(),
    }
}
