//! Every address of the service.

use std::sync::Arc;

use medcover_contract_terminology::endpoints as at;
use medcover_http::Routes;

use super::{analysis, codes, relatives, releases, search, statistics};
use crate::app::TerminologyService;

/// What the handlers share.
pub(super) type App = axum::extract::State<Arc<TerminologyService>>;

/// The addresses with their handlers.
pub(crate) fn router(service: Arc<TerminologyService>) -> Routes<Arc<TerminologyService>> {
    Routes::new(service)
        .add(&at::SEARCH_ICD10, search::icd10)
        .add(&at::AUTOCOMPLETE_ICD10, search::autocomplete)
        .add(&at::ADVANCED_SEARCH, search::advanced)
        .add(&at::UNIFIED_SEARCH, search::unified)
        .add(&at::GET_CODE_DETAILS, codes::details)
        .add(&at::BATCH_CODE_LOOKUP, codes::batch)
        .add(&at::CHECK_CODES, codes::check)
        .add(&at::CHILDREN, relatives::children)
        .add(&at::SIBLINGS, relatives::siblings)
        .add(&at::ANCESTORS, relatives::ancestors)
        .add(&at::CLINICAL_ANALYSIS, analysis::clinical_analysis)
        .add(&at::GET_PERFORMANCE_STATS, statistics::performance)
        .add(&at::CHAPTER_STATISTICS, statistics::chapters)
        .add(&at::POPULAR_SEARCHES, statistics::popular)
        .add(&at::RELEASES, releases::list)
}
