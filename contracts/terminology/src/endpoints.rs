//! Every address of the service, as data.

use medcover_http::Endpoint;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    AdvancedRequest, Analysis, AnalysisRequest, AutocompleteRequest, BatchRequest, BatchResult,
    ChapterStatistics, CodeDetails, CodeList, PopularQuery, ReleaseInfo, SearchAnswer,
    SearchRequest, Statistics, UnifiedRequest,
};

const TAG: &str = "Terminology";

/// The code in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct CodePath {
    /// A code in any notation (`E11.65`, `e1165`), the number of a chapter or the range of a block.
    #[param(example = "E11.65")]
    pub code: String,
}

/// [`TerminologyApi::search_icd10`](crate::TerminologyApi::search_icd10)
pub static SEARCH_ICD10: Endpoint = Endpoint::get("search_icd10", "/api/v1/search/icd10")
    .summary("Finds codes of ICD-10-CM by code, words or misspelt words.")
    .tag(TAG)
    .query::<SearchRequest>()
    .answers::<SearchAnswer>()
    .public();

/// [`TerminologyApi::autocomplete_icd10`](crate::TerminologyApi::autocomplete_icd10)
pub static AUTOCOMPLETE_ICD10: Endpoint =
    Endpoint::get("autocomplete_icd10", "/api/v1/search/autocomplete")
        .summary("Completes a code or words as they are typed.")
        .tag(TAG)
        .query::<AutocompleteRequest>()
        .answers::<SearchAnswer>()
        .public()
        .weight_percent(25);

/// [`TerminologyApi::advanced_search`](crate::TerminologyApi::advanced_search)
pub static ADVANCED_SEARCH: Endpoint = Endpoint::post("advanced_search", "/api/v1/search/advanced")
    .summary("Searches with filters.")
    .tag(TAG)
    .takes::<AdvancedRequest>()
    .answers::<SearchAnswer>()
    .public();

/// [`TerminologyApi::unified_search`](crate::TerminologyApi::unified_search)
pub static UNIFIED_SEARCH: Endpoint = Endpoint::get("unified_search", "/api/v1/search/unified")
    .summary("Searches every loaded code system in one ranked answer.")
    .tag(TAG)
    .query::<UnifiedRequest>()
    .answers::<SearchAnswer>()
    .public();

/// [`TerminologyApi::get_code_details`](crate::TerminologyApi::get_code_details)
pub static GET_CODE_DETAILS: Endpoint = Endpoint::get("get_code_details", "/api/v1/codes/{code}")
    .summary("All that is known of one code.")
    .tag(TAG)
    .path::<CodePath>()
    .answers::<CodeDetails>()
    .public();

/// [`TerminologyApi::children`](crate::TerminologyApi::children)
pub static CHILDREN: Endpoint = Endpoint::get("children", "/api/v1/codes/{code}/children")
    .summary("The concepts directly below a code.")
    .tag(TAG)
    .path::<CodePath>()
    .answers::<CodeList>()
    .public();

/// [`TerminologyApi::siblings`](crate::TerminologyApi::siblings)
pub static SIBLINGS: Endpoint = Endpoint::get("siblings", "/api/v1/codes/{code}/siblings")
    .summary("The other concepts under the code's parent.")
    .tag(TAG)
    .path::<CodePath>()
    .answers::<CodeList>()
    .public();

/// [`TerminologyApi::ancestors`](crate::TerminologyApi::ancestors)
pub static ANCESTORS: Endpoint = Endpoint::get("ancestors", "/api/v1/codes/{code}/ancestors")
    .summary("The way from the chapter down to the code's parent.")
    .tag(TAG)
    .path::<CodePath>()
    .answers::<CodeList>()
    .public();

/// [`TerminologyApi::batch_code_lookup`](crate::TerminologyApi::batch_code_lookup)
pub static BATCH_CODE_LOOKUP: Endpoint = Endpoint::post("batch_code_lookup", "/api/v1/codes/batch")
    .summary("Looks up many codes at once.")
    .tag(TAG)
    .takes::<BatchRequest>()
    .answers::<BatchResult>()
    .public()
    .weight_percent(500);

/// [`TerminologyApi::clinical_analysis`](crate::TerminologyApi::clinical_analysis)
pub static CLINICAL_ANALYSIS: Endpoint =
    Endpoint::post("clinical_analysis", "/api/v1/enterprise/clinical-analysis")
        .summary("Ranks the codes that fit a list of symptoms. It never claims a diagnosis.")
        .tag(TAG)
        .takes::<AnalysisRequest>()
        .answers::<Analysis>()
        .public()
        .weight_percent(1_000);

/// [`TerminologyApi::get_performance_stats`](crate::TerminologyApi::get_performance_stats)
pub static GET_PERFORMANCE_STATS: Endpoint =
    Endpoint::get("get_performance_stats", "/api/v1/stats")
        .summary("Totals of each loaded system, and how the service performs.")
        .tag(TAG)
        .answers::<Statistics>()
        .public();

/// [`TerminologyApi::chapter_statistics`](crate::TerminologyApi::chapter_statistics)
pub static CHAPTER_STATISTICS: Endpoint =
    Endpoint::get("chapter_statistics", "/api/v1/stats/chapters")
        .summary("Figures of each chapter of ICD-10-CM.")
        .tag(TAG)
        .answers::<Vec<ChapterStatistics>>()
        .public();

/// [`TerminologyApi::popular_searches`](crate::TerminologyApi::popular_searches)
pub static POPULAR_SEARCHES: Endpoint = Endpoint::get("popular_searches", "/api/v1/stats/popular")
    .summary("What was searched most since the process started.")
    .tag(TAG)
    .answers::<Vec<PopularQuery>>()
    .public();

/// [`TerminologyApi::releases`](crate::TerminologyApi::releases)
pub static RELEASES: Endpoint = Endpoint::get("releases", "/api/v1/releases")
    .summary("The releases that are loaded, the current one of each system first.")
    .tag(TAG)
    .answers::<Vec<ReleaseInfo>>()
    .public();
