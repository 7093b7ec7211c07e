//! Search with filters.

use medcover_contract_terminology::AdvancedRequest;
use medcover_kernel::Result;
use medcover_terms::search::Query;

use super::TerminologyService;
use super::checks::Checks;
use super::engine::{self, Wanted};
use super::found::Found;
use crate::releases::ReleaseSet;

/// Finds codes within filters.
pub(crate) fn advanced_search<R>(
    service: &TerminologyService,
    set: &ReleaseSet,
    request: &AdvancedRequest,
    render: impl FnOnce(&Found<'_>) -> R,
) -> Result<R> {
    let release = set.icd10cm()?;
    let mut checks = Checks::default();
    let text = checks.text("/query", &request.query);
    let limit = checks.limit(request.limit);
    let chapter = checks.chapter(
        "/chapter_filter",
        request.chapter_filter.as_deref(),
        release,
    );
    if !(0.0..=1.0).contains(&request.fuzzy_threshold) {
        checks.fault("/fuzzy_threshold", "must be between 0 and 1");
    }
    checks.done()?;
    let wanted = Wanted {
        operation: "advanced_search",
        query: Query {
            chapter,
            billable: request.billable,
            least_similarity: request.fuzzy_threshold,
            ..Query::new(text)
        },
        limit,
        cursor: request.cursor.as_deref(),
        counted: true,
    };
    engine::search(service, release, &wanted, render)
}
