//! Search over ICD-10-CM.

use medcover_contract_terminology::SearchRequest;
use medcover_kernel::Result;
use medcover_terms::search::Query;

use super::TerminologyService;
use super::checks::Checks;
use super::engine::{self, Wanted};
use super::found::Found;
use crate::releases::ReleaseSet;

/// Finds codes by code, words or misspelt words.
pub(crate) fn search_icd10<R>(
    service: &TerminologyService,
    set: &ReleaseSet,
    request: &SearchRequest,
    render: impl FnOnce(&Found<'_>) -> R,
) -> Result<R> {
    let release = set.icd10cm()?;
    let mut checks = Checks::default();
    let text = checks.text("/q", &request.q);
    let limit = checks.limit(request.limit);
    let chapter = checks.chapter("/chapter", request.chapter.as_deref(), release);
    checks.done()?;
    let wanted = Wanted {
        operation: "search_icd10",
        query: Query {
            chapter,
            ..Query::new(text)
        },
        limit,
        cursor: request.cursor.as_deref(),
        counted: true,
    };
    engine::search(service, release, &wanted, render)
}
