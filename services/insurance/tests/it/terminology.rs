//! A terminology that finds what it is told to find.

use async_trait::async_trait;
use medcover_contract_terminology::{
    AdvancedRequest, Analysis, AnalysisRequest, AutocompleteRequest, BatchRequest, BatchResult,
    ChapterStatistics, CheckRequest, CheckResult, CodeDetails, CodeList, Finding, PopularQuery,
    ReleaseInfo, SearchAnswer, SearchRequest, Severity, Statistics, TerminologyApi, UnifiedRequest,
};
use medcover_kernel::{Call, Error, Result};

/// Finds fault with `Z99.9` (an error) and with `R69` (a warning); is away for `A00`.
pub(crate) struct Codes;

fn not_asked<T>() -> Result<T> {
    Err(Error::internal("nobody asks for this here"))
}

#[async_trait]
impl TerminologyApi for Codes {
    async fn check_codes(&self, _: &Call, request: CheckRequest) -> Result<CheckResult> {
        assert!(request.date.is_some() && request.age_years.is_some());
        if request.codes.iter().any(|code| code == "A00") {
            return Err(Error::unavailable("No release is loaded."));
        }
        let finding = |severity, place: usize| Finding {
            severity,
            rule: "told".to_owned(),
            text: format!("{} is not fine.", request.codes[place]),
            places: vec![u32::try_from(place).expect("few")],
            note: None,
            denial: None,
            mend: "Take another code.".to_owned(),
        };
        let findings: Vec<_> = (0..request.codes.len())
            .filter_map(|place| match &*request.codes[place] {
                "Z99.9" => Some(finding(Severity::Error, place)),
                "R69" => Some(finding(Severity::Warning, place)),
                _ => None,
            })
            .collect();
        Ok(CheckResult {
            release: None,
            passed: findings.is_empty(),
            items: Vec::new(),
            findings,
        })
    }

    async fn search_icd10(&self, _: &Call, _: SearchRequest) -> Result<SearchAnswer> {
        not_asked()
    }
    async fn autocomplete_icd10(&self, _: &Call, _: AutocompleteRequest) -> Result<SearchAnswer> {
        not_asked()
    }
    async fn advanced_search(&self, _: &Call, _: AdvancedRequest) -> Result<SearchAnswer> {
        not_asked()
    }
    async fn unified_search(&self, _: &Call, _: UnifiedRequest) -> Result<SearchAnswer> {
        not_asked()
    }
    async fn get_code_details(&self, _: &Call, _: &str) -> Result<CodeDetails> {
        not_asked()
    }
    async fn children(&self, _: &Call, _: &str) -> Result<CodeList> {
        not_asked()
    }
    async fn siblings(&self, _: &Call, _: &str) -> Result<CodeList> {
        not_asked()
    }
    async fn ancestors(&self, _: &Call, _: &str) -> Result<CodeList> {
        not_asked()
    }
    async fn batch_code_lookup(&self, _: &Call, _: BatchRequest) -> Result<BatchResult> {
        not_asked()
    }
    async fn clinical_analysis(&self, _: &Call, _: AnalysisRequest) -> Result<Analysis> {
        not_asked()
    }
    async fn get_performance_stats(&self, _: &Call) -> Result<Statistics> {
        not_asked()
    }
    async fn chapter_statistics(&self, _: &Call) -> Result<Vec<ChapterStatistics>> {
        not_asked()
    }
    async fn popular_searches(&self, _: &Call) -> Result<Vec<PopularQuery>> {
        not_asked()
    }
    async fn releases(&self, _: &Call) -> Result<Vec<ReleaseInfo>> {
        not_asked()
    }
}
