//! One code and what surrounds it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Place of a concept in the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A chapter.
    Chapter,
    /// A block of categories.
    Block,
    /// A three-character category.
    Category,
    /// A header or code below a category.
    Subcategory,
    /// A code completed by a 7th character.
    Extended,
}

/// A concept, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeRef {
    /// The code, with its dot.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Its place in the hierarchy.
    pub level: Level,
    /// Whether it may stand on a claim.
    pub billable: bool,
}

/// A chapter, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChapterRef {
    /// Its number, from 1.
    pub number: u8,
    /// Its title.
    pub title: String,
}

/// Concepts around a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeList {
    /// The code asked for, with its dot.
    pub code: String,
    /// The release that answered.
    pub release: String,
    /// In the order of the release.
    pub items: Vec<CodeRef>,
}

/// All that is known of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeDetails {
    /// Short name of the code system.
    pub system: String,
    /// The release that answered.
    pub release: String,
    /// The code, with its dot.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Its short title, where the order file was loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_title: Option<String>,
    /// Its place in the hierarchy.
    pub level: Level,
    /// Whether it may stand on a claim.
    pub billable: bool,
    /// False for a code the release lists as retired.
    pub active: bool,
    /// Its chapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chapter: Option<ChapterRef>,
    /// Its block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<CodeRef>,
    /// From the chapter down to its parent.
    pub ancestors: Vec<CodeRef>,
    /// The first 20 of its children.
    pub children: Vec<CodeRef>,
    /// How many children it has.
    pub children_total: u32,
    /// The first 20 of its siblings, without itself.
    pub siblings: Vec<CodeRef>,
    /// How many siblings it has.
    pub siblings_total: u32,
    /// Inclusion terms and other designations.
    pub terms: Vec<TermRef>,
    /// Notes of the code and of all above it, nearest first.
    pub notes: Vec<Note>,
    /// The 7th characters that complete it, where it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seventh_characters: Option<SeventhCharacters>,
    /// For a header: the code meant when nothing more is said, where the release's wording names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_code: Option<CodeRef>,
}

/// A designation beside the title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermRef {
    /// Its wording.
    pub text: String,
    /// Where it comes from.
    pub source: crate::TermSource,
}

/// What a note says to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// What else the concept covers.
    Includes,
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
    /// How the 7th character is to be chosen.
    SeventhCharacter,
}

/// A note of the tabular list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// What it says to do.
    pub kind: NoteKind,
    /// The code it stands at: the code asked for or one above it.
    pub at: String,
    /// Its wording.
    pub text: String,
    /// The codes it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// A span of codes that a note names, with all that lies below each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reference {
    /// First code.
    pub first: String,
    /// Last code; equal to `first` for a single one.
    pub last: String,
    /// Where it stands in the note's text, in bytes of UTF-8: from here.
    pub start: u32,
    /// Where it stands in the note's text: up to here.
    pub end: u32,
}

/// The 7th characters of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeventhCharacters {
    /// The concept that defines them.
    pub at: String,
    /// In the order of the source.
    pub characters: Vec<SeventhCharacter>,
}

/// One 7th character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeventhCharacter {
    /// The character.
    pub character: String,
    /// What it says.
    pub meaning: String,
    /// The completed code, where the code asked for can take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Codes to look up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// 1 to 500 codes, in any notation.
    #[schema(min_items = 1, max_items = 500)]
    pub codes: Vec<String>,
}

/// What was found, in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchResult {
    /// The release that answered.
    pub release: String,
    /// One entry for each code asked, in its order.
    pub items: Vec<CodeSummary>,
    /// How many were found.
    pub found: u32,
}

/// One code of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeSummary {
    /// As it was asked for.
    pub requested: String,
    /// What it is; absent when the release has no such code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeRef>,
}
