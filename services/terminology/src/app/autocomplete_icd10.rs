//! Completion of what is being typed.

use medcover_contract_terminology::AutocompleteRequest;
use medcover_kernel::Result;
use medcover_terms::search::Query;

use super::TerminologyService;
use super::checks::Checks;
use super::engine::{self, Wanted};
use super::found::Found;
use crate::releases::ReleaseSet;

/// Completes codes and words. What is still being typed is not counted among the popular searches.
pub(crate) fn autocomplete_icd10<R>(
    service: &TerminologyService,
    set: &ReleaseSet,
    request: &AutocompleteRequest,
    render: impl FnOnce(&Found<'_>) -> R,
) -> Result<R> {
    let release = set.icd10cm()?;
    let mut checks = Checks::default();
    let text = checks.text("/q", &request.q);
    let limit = checks.limit(request.limit);
    checks.done()?;
    let wanted = Wanted {
        operation: "autocomplete_icd10",
        query: Query {
            completing: true,
            ..Query::new(text)
        },
        limit,
        cursor: request.cursor.as_deref(),
        counted: false,
    };
    engine::search(service, release, &wanted, render)
}
