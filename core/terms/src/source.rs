//! What a loader hands to the compiler: one release of one code system, as plain data.

/// One release of one code system, ready to be compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Short name of the system, as in paths and answers: `icd10cm`.
    pub system: String,
    /// Canonical FHIR URI of the system: `http://hl7.org/fhir/sid/icd-10-cm`.
    pub uri: String,
    /// Human name of the system: `ICD-10-CM`.
    pub title: String,
    /// Name of the release: `2026-04-01`. Sorts by time within a system.
    pub version: String,
    /// First day on which its codes are valid, `YYYY-MM-DD`, where the source says so.
    pub valid_from: Option<String>,
    /// Whether codes follow ICD-10-CM's rules of writing (a letter, a digit, a dot after the third character).
    pub dotted: bool,
    /// Every concept; a parent stands before its children, siblings stand in the order of the source.
    pub concepts: Vec<SourceConcept>,
}

/// One concept. Places in [`Source::concepts`] are its identity while compiling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceConcept {
    /// The code as people write it, with its dot (`E11.65`, `S52.041A`); a chapter's is its number (`4`), a block's its
    /// range (`E08-E13`). Unique in the release, letter case aside.
    pub code: String,
    /// Place in the hierarchy.
    pub level: Level,
    /// The concept it stands under.
    pub parent: Option<u32>,
    /// The full title, as an answer shows it.
    pub title: String,
    /// The short title of the order file, where that was given.
    pub short_title: Option<String>,
    /// Whether it may stand on a claim.
    pub billable: bool,
    /// False for a concept that the release lists as retired.
    pub active: bool,
    /// Inclusion terms and other designations beside the title.
    pub terms: Vec<SourceTerm>,
    /// Notes that stand on this very concept, in the order of the source.
    pub notes: Vec<SourceNote>,
    /// 7th characters defined on this very concept; they hold for every code below that has no own definition.
    pub seventh: Vec<SeventhCharacter>,
    /// The code a coder means who gives no more detail (`J45` → `J45.909`), if the release's own wording names one.
    pub default: Option<u32>,
    /// Number of the chapter it lies in, from 1; 0 for a system without chapters.
    pub chapter: u8,
}

/// Place in the hierarchy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// A chapter.
    Chapter = 0,
    /// A block of categories (the file's *section*).
    Block = 1,
    /// A three-character category.
    Category = 2,
    /// A header or code below a category.
    #[default]
    Subcategory = 3,
    /// A code completed by a 7th character.
    Extended = 4,
}

impl Level {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chapter => "chapter",
            Self::Block => "block",
            Self::Category => "category",
            Self::Subcategory => "subcategory",
            Self::Extended => "extended",
        }
    }
}

/// A designation other than the title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTerm {
    /// The wording of the source.
    pub text: String,
    /// Where it comes from.
    pub source: TermSource,
}

/// Where a term comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TermSource {
    /// The title of the concept.
    Title = 0,
    /// An inclusion term of the tabular list.
    InclusionTerm = 1,
    /// An entry of the Alphabetic Index.
    IndexEntry = 2,
    /// The short title of the order file.
    ShortTitle = 3,
    /// Any other designation (a FHIR designation, a synonym column).
    Designation = 4,
    /// An includes note of the tabular list, which stands among the notes besides.
    Includes = 5,
}

impl TermSource {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::InclusionTerm => "inclusion-term",
            Self::IndexEntry => "index-entry",
            Self::ShortTitle => "short-title",
            Self::Designation => "designation",
            Self::Includes => "includes",
        }
    }
}

/// One note of the tabular list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceNote {
    /// What it says to do.
    pub kind: NoteKind,
    /// The wording of the source.
    pub text: String,
    /// The codes it names, in order. Empty where the text names none or none could be read from it.
    pub references: Vec<SourceReference>,
}

/// Kinds of notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum NoteKind {
    /// What else the concept covers.
    Includes = 0,
    /// Never on one claim with this.
    Excludes1 = 1,
    /// Not part of this; both may be coded.
    Excludes2 = 2,
    /// The underlying condition is sequenced first.
    CodeFirst = 3,
    /// A further code is to be added.
    UseAdditional = 4,
    /// A further code may be needed, in either order.
    CodeAlso = 5,
    /// A note of any other kind.
    Note = 6,
    /// How the 7th character is to be chosen.
    SeventhCharacter = 7,
}

impl NoteKind {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Includes => "includes",
            Self::Excludes1 => "excludes1",
            Self::Excludes2 => "excludes2",
            Self::CodeFirst => "code-first",
            Self::UseAdditional => "use-additional",
            Self::CodeAlso => "code-also",
            Self::Note => "note",
            Self::SeventhCharacter => "seventh-character",
        }
    }
}

/// A span of codes that a note names: from `first` to `last`, both included, with all that lies below each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReference {
    /// First code, as people write it: `O00`, `K92.81`, `S52.04`.
    pub first: String,
    /// Last code; equal to `first` for a single code.
    pub last: String,
    /// Byte place of the reference in the note's text: start.
    pub start: u32,
    /// Byte place of the reference in the note's text: end.
    pub end: u32,
}

/// A 7th character and its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeventhCharacter {
    /// The character: `A`, `0`.
    pub character: char,
    /// What it says: `initial encounter for closed fracture`.
    pub meaning: String,
}
