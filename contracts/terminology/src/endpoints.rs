//! Every address of the service, as data.

use medcover_http::{Endpoint, Json, Path, Priority, Query};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    AdvancedRequest, Analysis, AnalysisRequest, AutocompleteRequest, BatchRequest, BatchResult,
    ChapterStatistics, CheckRequest, CheckResult, CodeDetails, CodeList, PopularQuery, ReleaseInfo,
    SearchAnswer, SearchRequest, Statistics, UnifiedRequest,
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
pub static SEARCH_ICD10: Endpoint<Query<SearchRequest>, Json<SearchAnswer>> =
    Endpoint::get("search_icd10", "/api/v1/search/icd10")
        .summary("Finds codes of ICD-10-CM by code, words or misspelt words.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::autocomplete_icd10`](crate::TerminologyApi::autocomplete_icd10)
pub static AUTOCOMPLETE_ICD10: Endpoint<Query<AutocompleteRequest>, Json<SearchAnswer>> =
    Endpoint::get("autocomplete_icd10", "/api/v1/search/autocomplete")
        .summary("Completes a code or words as they are typed.")
        .tag(TAG)
        .public()
        .weight_percent(10);

/// [`TerminologyApi::advanced_search`](crate::TerminologyApi::advanced_search)
pub static ADVANCED_SEARCH: Endpoint<Json<AdvancedRequest>, Json<SearchAnswer>> =
    Endpoint::post("advanced_search", "/api/v1/search/advanced")
        .summary("Searches with filters.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::unified_search`](crate::TerminologyApi::unified_search)
pub static UNIFIED_SEARCH: Endpoint<Query<UnifiedRequest>, Json<SearchAnswer>> =
    Endpoint::get("unified_search", "/api/v1/search/unified")
        .summary("Searches every loaded code system in one ranked answer.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::get_code_details`](crate::TerminologyApi::get_code_details)
pub static GET_CODE_DETAILS: Endpoint<Path<CodePath>, Json<CodeDetails>> =
    Endpoint::get("get_code_details", "/api/v1/codes/{code}")
        .summary("All that is known of one code.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::children`](crate::TerminologyApi::children)
pub static CHILDREN: Endpoint<Path<CodePath>, Json<CodeList>> =
    Endpoint::get("children", "/api/v1/codes/{code}/children")
        .summary("The concepts directly below a code.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::siblings`](crate::TerminologyApi::siblings)
pub static SIBLINGS: Endpoint<Path<CodePath>, Json<CodeList>> =
    Endpoint::get("siblings", "/api/v1/codes/{code}/siblings")
        .summary("The other concepts under the code's parent.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::ancestors`](crate::TerminologyApi::ancestors)
pub static ANCESTORS: Endpoint<Path<CodePath>, Json<CodeList>> =
    Endpoint::get("ancestors", "/api/v1/codes/{code}/ancestors")
        .summary("The way from the chapter down to the code's parent.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::batch_code_lookup`](crate::TerminologyApi::batch_code_lookup)
pub static BATCH_CODE_LOOKUP: Endpoint<Json<BatchRequest>, Json<BatchResult>> =
    Endpoint::post("batch_code_lookup", "/api/v1/codes/batch")
        .summary("Looks up many codes at once.")
        .tag(TAG)
        .public()
        .weight_percent(200)
        .priority(Priority::Background);

/// [`TerminologyApi::check_codes`](crate::TerminologyApi::check_codes)
pub static CHECK_CODES: Endpoint<Json<CheckRequest>, Json<CheckResult>> =
    Endpoint::post("check_codes", "/api/v1/codes/check")
        .summary("Checks the codes of a claim against the rules of the release.")
        .tag(TAG)
        .public()
        .weight_percent(200);

/// [`TerminologyApi::clinical_analysis`](crate::TerminologyApi::clinical_analysis)
pub static CLINICAL_ANALYSIS: Endpoint<Json<AnalysisRequest>, Json<Analysis>> =
    Endpoint::post("clinical_analysis", "/api/v1/enterprise/clinical-analysis")
        .summary("Ranks the codes that fit a list of symptoms. It never claims a diagnosis.")
        .tag(TAG)
        .public()
        .weight_percent(300)
        .priority(Priority::Background);

/// [`TerminologyApi::get_performance_stats`](crate::TerminologyApi::get_performance_stats)
pub static GET_PERFORMANCE_STATS: Endpoint<(), Json<Statistics>> =
    Endpoint::get("get_performance_stats", "/api/v1/stats")
        .summary("Totals of each loaded system, and how the service performs.")
        .tag(TAG)
        .public();

/// [`TerminologyApi::chapter_statistics`](crate::TerminologyApi::chapter_statistics)
pub static CHAPTER_STATISTICS: Endpoint<(), Json<Vec<ChapterStatistics>>> =
    Endpoint::get("chapter_statistics", "/api/v1/stats/chapters")
        .summary("Figures of each chapter of ICD-10-CM.")
        .tag(TAG)
        .public()
        .priority(Priority::Background);

/// [`TerminologyApi::popular_searches`](crate::TerminologyApi::popular_searches)
pub static POPULAR_SEARCHES: Endpoint<(), Json<Vec<PopularQuery>>> =
    Endpoint::get("popular_searches", "/api/v1/stats/popular")
        .summary("What was searched most since the process started.")
        .tag(TAG)
        .public()
        .priority(Priority::Background);

/// [`TerminologyApi::releases`](crate::TerminologyApi::releases)
pub static RELEASES: Endpoint<(), Json<Vec<ReleaseInfo>>> =
    Endpoint::get("releases", "/api/v1/releases")
        .summary("The releases that are loaded, the current one of each system first.")
        .tag(TAG)
        .public();
