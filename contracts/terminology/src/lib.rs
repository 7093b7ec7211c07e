#![doc = include_str!("../README.md")]

mod analysis;
mod check;
mod client;
mod code;
pub mod endpoints;
mod release;
mod search;
mod statistics;

pub use analysis::{
    Analysis, AnalysisRequest, Candidate, ChapterShare, ClinicalMetrics, Contribution, Separation,
    SymptomMatches,
};
pub use check::{
    CheckRequest, CheckResult, CheckedRelease, Denial, Finding, RuleNote, Severity, Sex,
};
pub use client::TerminologyClient;
pub use code::{
    BatchRequest, BatchResult, ChapterRef, CodeDetails, CodeList, CodeRef, CodeSummary, Level,
    Note, NoteKind, Reference, SeventhCharacter, SeventhCharacters, TermRef,
};
pub use release::ReleaseInfo;
pub use search::{
    AdvancedRequest, AutocompleteRequest, Hit, Match, MatchKind, SearchAnswer, SearchRequest,
    Strategy, TermSource, UnifiedRequest,
};
pub use statistics::{
    ChapterStatistics, OperationFigures, PopularQuery, Statistics, SystemStatistics,
};

use async_trait::async_trait;
use medcover_kernel::{Call, Result};

/// Longest query, in characters.
pub const MAX_QUERY_CHARS: usize = 256;
/// Most codes in one batch.
pub const MAX_BATCH: usize = 500;
/// Most codes in one check: several times what a claim holds.
pub const MAX_CHECKED: usize = 100;
/// Most symptoms in one analysis.
pub const MAX_SYMPTOMS: usize = 30;
/// Most hits that paging reaches: search ranks this many candidates, whatever the page.
pub const MAX_RANKED: usize = 100;
/// How many children and siblings the details of a code list; the rest are at their own addresses.
pub const LISTED_RELATIVES: usize = 20;
/// How many concepts a list of children or siblings holds at most. No code of ICD-10-CM has a third of that; a system
/// without hierarchy may have any number of siblings.
pub const MAX_RELATIVES: usize = 1_000;

/// The terminology service, as its callers see it. In process it is the service itself, elsewhere a
/// [`TerminologyClient`].
#[async_trait]
pub trait TerminologyApi: Send + Sync {
    /// Finds codes of ICD-10-CM by code, words or misspelt words.
    async fn search_icd10(&self, call: &Call, request: SearchRequest) -> Result<SearchAnswer>;

    /// Completes what is being typed: codes in any notation, words in any order, the last one perhaps unfinished.
    async fn autocomplete_icd10(
        &self,
        call: &Call,
        request: AutocompleteRequest,
    ) -> Result<SearchAnswer>;

    /// Search with filters.
    async fn advanced_search(&self, call: &Call, request: AdvancedRequest) -> Result<SearchAnswer>;

    /// Search over every loaded code system, in one ranked answer.
    async fn unified_search(&self, call: &Call, request: UnifiedRequest) -> Result<SearchAnswer>;

    /// All that is known of one code; `NotFound` when the release has no such code.
    async fn get_code_details(&self, call: &Call, code: &str) -> Result<CodeDetails>;

    /// The concepts directly below a code, in the order of the release, at most [`MAX_RELATIVES`].
    async fn children(&self, call: &Call, code: &str) -> Result<CodeList>;

    /// The other children of the code's parent, never the code itself, at most [`MAX_RELATIVES`].
    async fn siblings(&self, call: &Call, code: &str) -> Result<CodeList>;

    /// The way from the chapter down to the code's parent.
    async fn ancestors(&self, call: &Call, code: &str) -> Result<CodeList>;

    /// Looks up many codes at once; what is unknown is said to be, in its place.
    async fn batch_code_lookup(&self, call: &Call, request: BatchRequest) -> Result<BatchResult>;

    /// Checks the codes of a claim, in its order, against the rules of the release that is valid on the date of service.
    async fn check_codes(&self, call: &Call, request: CheckRequest) -> Result<CheckResult>;

    /// Ranks candidate codes for a list of symptoms. It never claims a diagnosis.
    async fn clinical_analysis(&self, call: &Call, request: AnalysisRequest) -> Result<Analysis>;

    /// Totals of each loaded system and the service's own performance.
    async fn get_performance_stats(&self, call: &Call) -> Result<Statistics>;

    /// Figures of each chapter of ICD-10-CM.
    async fn chapter_statistics(&self, call: &Call) -> Result<Vec<ChapterStatistics>>;

    /// What was searched most since the process started.
    async fn popular_searches(&self, call: &Call) -> Result<Vec<PopularQuery>>;

    /// The releases that are loaded, the current one of each system first.
    async fn releases(&self, call: &Call) -> Result<Vec<ReleaseInfo>>;
}
