//! Search over every loaded code system.

use medcover_contract_terminology::UnifiedRequest;
use medcover_kernel::Result;
use medcover_terms::search::Query;

use super::TerminologyService;
use super::checks::Checks;
use super::engine::{self, Wanted};
use super::found::Found;
use crate::releases::ReleaseSet;

/// Finds codes of all systems, in one ranking.
pub(crate) fn unified_search<R>(
    service: &TerminologyService,
    set: &ReleaseSet,
    request: &UnifiedRequest,
    render: impl FnOnce(&Found<'_>) -> R,
) -> Result<R> {
    let releases = set.each()?;
    let mut checks = Checks::default();
    let text = checks.text("/q", &request.q);
    let limit = checks.limit(request.limit);
    checks.done()?;
    let wanted = Wanted {
        operation: "unified_search",
        query: Query::new(text),
        limit,
        cursor: None,
        counted: true,
    };
    Ok(engine::search_all(service, releases, &wanted, render))
}
