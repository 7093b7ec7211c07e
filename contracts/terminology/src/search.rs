//! Search: requests, hits and why they match.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const fn ten() -> u32 {
    10
}

/// What to search for. `query` and `chapter_filter` are accepted spellings of `q` and `chapter`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchRequest {
    /// A code in any notation, or words; 1 to 256 characters.
    #[serde(alias = "query")]
    #[param(min_length = 1, max_length = 256, example = "heart attack")]
    pub q: String,
    /// How many hits, 1 to 100.
    #[serde(default = "ten")]
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: u32,
    /// Only this chapter, by its number (`4`) or its range (`E00-E89`).
    #[serde(default, alias = "chapter_filter")]
    pub chapter: Option<String>,
    /// The `next` of an earlier answer to the same request.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl Default for SearchRequest {
    fn default() -> Self {
        Self {
            q: String::new(),
            limit: ten(),
            chapter: None,
            cursor: None,
        }
    }
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AutocompleteRequest {
    /// The text so far; 1 to 256 characters.
    #[serde(alias = "query")]
    #[param(min_length = 1, max_length = 256, example = "diab neur")]
    pub q: String,
    /// How many hits, 1 to 100.
    #[serde(default = "ten")]
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: u32,
    /// The `next` of an earlier answer to the same request.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Search over every loaded system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnifiedRequest {
    /// A code in any notation, or words; 1 to 256 characters.
    #[serde(alias = "query")]
    #[param(min_length = 1, max_length = 256, example = "asthma")]
    pub q: String,
    /// How many hits, 1 to 100.
    #[serde(default = "ten")]
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: u32,
}

const fn similarity() -> f32 {
    0.3
}

/// Search with filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvancedRequest {
    /// A code in any notation, or words; 1 to 256 characters.
    #[serde(alias = "q")]
    #[schema(min_length = 1, max_length = 256, example = "fracture of femur")]
    pub query: String,
    /// How many hits, 1 to 100.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 100, default = 10)]
    pub limit: u32,
    /// Only this chapter, by its number (`4`) or its range (`E00-E89`).
    #[serde(default, alias = "chapter")]
    pub chapter_filter: Option<String>,
    /// Only codes that may stand on a claim (`true`) or only headers (`false`).
    #[serde(default)]
    pub billable: Option<bool>,
    /// Least similarity of a term that matches only by typos: the Dice coefficient of letter trigrams, 0 to 1.
    #[serde(default = "similarity")]
    #[schema(minimum = 0.0, maximum = 1.0, default = 0.3)]
    pub fuzzy_threshold: f32,
    /// The `next` of an earlier answer to the same request.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// An answer to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchAnswer {
    /// The query as it was understood: trimmed.
    pub query: String,
    /// The release that answered (`icd10cm 2026-04-01`); several, for unified search, are separated by commas.
    pub release: String,
    /// Time the search took, in whole microseconds.
    pub took_us: u64,
    /// Best first.
    pub hits: Vec<Hit>,
    /// Strategies that failed or ran late; the others have answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub degraded: Vec<Strategy>,
    /// Cursor of the next page, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A strategy of search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The query read as a code or the beginning of one.
    Code,
    /// Words of the query as words, or beginnings of words, of a term.
    Term,
    /// Words of the query as misspellings of words of a term.
    Similarity,
}

/// A concept that answers the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// Short name of the code system.
    pub system: String,
    /// The code, with its dot.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Whether it may stand on a claim.
    pub billable: bool,
    /// Number of its chapter; 0 where the system has none.
    pub chapter: u8,
    /// Probability that this is a code the searcher would accept, 0 to 1.
    pub confidence: f32,
    /// Why it is here.
    #[serde(rename = "match")]
    pub matched: Match,
}

/// Why a concept is among the hits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Match {
    /// How the query and the term met.
    pub kind: MatchKind,
    /// The term that matched.
    pub term: String,
    /// Where that term comes from.
    pub source: TermSource,
    /// Letters that had to be changed, added, dropped or swapped, over all words.
    pub edits: u8,
}

/// How a query and a term met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MatchKind {
    /// The query is the code.
    Code,
    /// The query begins the code.
    CodePrefix,
    /// The query is the term.
    Exact,
    /// The query begins the term.
    TermPrefix,
    /// Words of the query stand in the term, in any order or form.
    Words,
    /// As `words`, after an abbreviation, lay word or other synonym was read as its clinical wording.
    Synonym,
    /// Words of the query stand in the term but for spelling mistakes.
    Similarity,
    /// The term belongs to the header above; this is the code it stands for when nothing more is said.
    Default,
}

/// Where a term comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TermSource {
    /// The code itself.
    Code,
    /// The title of the concept.
    Title,
    /// An inclusion term of the tabular list.
    InclusionTerm,
    /// An entry of the Alphabetic Index.
    IndexEntry,
    /// The short title of the order file.
    ShortTitle,
    /// Another designation of the code system.
    Designation,
    /// An includes note of the tabular list.
    Includes,
}
