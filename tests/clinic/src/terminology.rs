//! A terminology service that knows a handful of codes.

use async_trait::async_trait;
use medcover_contract_terminology::{
    AdvancedRequest, Analysis, AnalysisRequest, AutocompleteRequest, BatchRequest, BatchResult,
    ChapterStatistics, CheckRequest, CheckResult, CheckedRelease, CodeDetails, CodeList, CodeRef,
    CodeSummary, Finding, Level, PopularQuery, ReleaseInfo, SearchAnswer, SearchRequest, Severity,
    Statistics, TerminologyApi, UnifiedRequest,
};
use medcover_kernel::{Call, Error, Result};

/// The codes of its only release, which is valid in 2026.
const CODES: [&str; 3] = ["E11.9", "I10", "J45.909"];

/// Knows [`CODES`] and nothing else.
pub(crate) struct Terminology;

fn absent<T>() -> Result<T> {
    Err(Error::unavailable("nobody asks that here"))
}

fn finding(rule: &str, places: Vec<u32>) -> Finding {
    Finding {
        severity: Severity::Error,
        rule: rule.to_owned(),
        text: format!("It is {rule}."),
        places,
        note: None,
        mend: "Another one.".to_owned(),
        denial: None,
    }
}

#[async_trait]
impl TerminologyApi for Terminology {
    async fn check_codes(&self, _: &Call, request: CheckRequest) -> Result<CheckResult> {
        let covered = request
            .date
            .as_deref()
            .is_some_and(|date| date.starts_with("2026-"));
        if !covered {
            return Ok(CheckResult {
                release: None,
                passed: false,
                items: Vec::new(),
                findings: vec![finding("release-not-loaded", Vec::new())],
            });
        }
        let mut findings = Vec::new();
        let mut items = Vec::new();
        for (place, requested) in request.codes.into_iter().enumerate() {
            let plain = requested.replace('.', "").to_uppercase();
            let known = CODES.iter().find(|code| code.replace('.', "") == plain);
            if known.is_none() {
                findings.push(finding(
                    "unknown-code",
                    vec![u32::try_from(place).expect("few")],
                ));
            }
            let code = known.map(|code| CodeRef {
                code: (*code).to_owned(),
                title: String::new(),
                level: Level::Category,
                billable: true,
            });
            items.push(CodeSummary { requested, code });
        }
        Ok(CheckResult {
            release: Some(CheckedRelease {
                name: "2026".to_owned(),
                valid_from: None,
                valid_to: None,
            }),
            passed: findings.is_empty(),
            items,
            findings,
        })
    }

    async fn search_icd10(&self, _: &Call, _: SearchRequest) -> Result<SearchAnswer> {
        absent()
    }
    async fn autocomplete_icd10(&self, _: &Call, _: AutocompleteRequest) -> Result<SearchAnswer> {
        absent()
    }
    async fn advanced_search(&self, _: &Call, _: AdvancedRequest) -> Result<SearchAnswer> {
        absent()
    }
    async fn unified_search(&self, _: &Call, _: UnifiedRequest) -> Result<SearchAnswer> {
        absent()
    }
    async fn get_code_details(&self, _: &Call, _: &str) -> Result<CodeDetails> {
        absent()
    }
    async fn children(&self, _: &Call, _: &str) -> Result<CodeList> {
        absent()
    }
    async fn siblings(&self, _: &Call, _: &str) -> Result<CodeList> {
        absent()
    }
    async fn ancestors(&self, _: &Call, _: &str) -> Result<CodeList> {
        absent()
    }
    async fn batch_code_lookup(&self, _: &Call, _: BatchRequest) -> Result<BatchResult> {
        absent()
    }
    async fn clinical_analysis(&self, _: &Call, _: AnalysisRequest) -> Result<Analysis> {
        absent()
    }
    async fn get_performance_stats(&self, _: &Call) -> Result<Statistics> {
        absent()
    }
    async fn chapter_statistics(&self, _: &Call) -> Result<Vec<ChapterStatistics>> {
        absent()
    }
    async fn popular_searches(&self, _: &Call) -> Result<Vec<PopularQuery>> {
        absent()
    }
    async fn releases(&self, _: &Call) -> Result<Vec<ReleaseInfo>> {
        absent()
    }
}
