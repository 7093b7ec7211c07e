//! The terminology service in another process.

use async_trait::async_trait;
use medcover_http::{HttpClient, Json, Path, Query};
use medcover_kernel::{Call, Result};

use crate::endpoints::{self as at, CodePath};
use crate::{
    AdvancedRequest, Analysis, AnalysisRequest, AutocompleteRequest, BatchRequest, BatchResult,
    ChapterStatistics, CheckRequest, CheckResult, CodeDetails, CodeList, PopularQuery, ReleaseInfo,
    SearchAnswer, SearchRequest, Statistics, TerminologyApi, UnifiedRequest,
};

/// Asks the terminology service over HTTP.
#[derive(Clone, Debug)]
pub struct TerminologyClient(HttpClient);

impl TerminologyClient {
    /// The service that `http` reaches.
    pub const fn new(http: HttpClient) -> Self {
        Self(http)
    }
}

fn code(code: &str) -> Path<CodePath> {
    Path(CodePath {
        code: code.to_owned(),
    })
}

#[async_trait]
impl TerminologyApi for TerminologyClient {
    async fn search_icd10(&self, call: &Call, request: SearchRequest) -> Result<SearchAnswer> {
        self.0.ask(&at::SEARCH_ICD10, call, Query(request)).await
    }

    async fn autocomplete_icd10(
        &self,
        call: &Call,
        request: AutocompleteRequest,
    ) -> Result<SearchAnswer> {
        self.0
            .ask(&at::AUTOCOMPLETE_ICD10, call, Query(request))
            .await
    }

    async fn advanced_search(&self, call: &Call, request: AdvancedRequest) -> Result<SearchAnswer> {
        self.0.ask(&at::ADVANCED_SEARCH, call, Json(request)).await
    }

    async fn unified_search(&self, call: &Call, request: UnifiedRequest) -> Result<SearchAnswer> {
        self.0.ask(&at::UNIFIED_SEARCH, call, Query(request)).await
    }

    async fn get_code_details(&self, call: &Call, of: &str) -> Result<CodeDetails> {
        self.0.ask(&at::GET_CODE_DETAILS, call, code(of)).await
    }

    async fn children(&self, call: &Call, of: &str) -> Result<CodeList> {
        self.0.ask(&at::CHILDREN, call, code(of)).await
    }

    async fn siblings(&self, call: &Call, of: &str) -> Result<CodeList> {
        self.0.ask(&at::SIBLINGS, call, code(of)).await
    }

    async fn ancestors(&self, call: &Call, of: &str) -> Result<CodeList> {
        self.0.ask(&at::ANCESTORS, call, code(of)).await
    }

    async fn batch_code_lookup(&self, call: &Call, request: BatchRequest) -> Result<BatchResult> {
        self.0
            .ask(&at::BATCH_CODE_LOOKUP, call, Json(request))
            .await
    }

    async fn check_codes(&self, call: &Call, request: CheckRequest) -> Result<CheckResult> {
        self.0.ask(&at::CHECK_CODES, call, Json(request)).await
    }

    async fn clinical_analysis(&self, call: &Call, request: AnalysisRequest) -> Result<Analysis> {
        self.0
            .ask(&at::CLINICAL_ANALYSIS, call, Json(request))
            .await
    }

    async fn get_performance_stats(&self, call: &Call) -> Result<Statistics> {
        self.0.ask(&at::GET_PERFORMANCE_STATS, call, ()).await
    }

    async fn chapter_statistics(&self, call: &Call) -> Result<Vec<ChapterStatistics>> {
        self.0.ask(&at::CHAPTER_STATISTICS, call, ()).await
    }

    async fn popular_searches(&self, call: &Call) -> Result<Vec<PopularQuery>> {
        self.0.ask(&at::POPULAR_SEARCHES, call, ()).await
    }

    async fn releases(&self, call: &Call) -> Result<Vec<ReleaseInfo>> {
        self.0.ask(&at::RELEASES, call, ()).await
    }
}
