//! The four searches. Answers are written straight from the release.
//!
//! The tag of an answer is made from the exact release and the address: while neither changes the hits do not, though
//! the time a search took does.

use axum::response::Response;
use medcover_contract_terminology::{
    AdvancedRequest, AutocompleteRequest, SearchRequest, UnifiedRequest,
};
use medcover_http::{ApiResult, Conditional, InCall, Json, Problem, Query, RawJson};

use super::router::App;
use crate::app;
use crate::json;

pub(super) async fn icd10(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Query(request): Query<SearchRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.releases.load();
    let tag = *set.icd10cm()?.tag();
    Ok(conditional.answer(&tag, || {
        let written = app::search_icd10(&service, &set, &request, json::answer);
        written.map(RawJson).map_err(Problem::from)
    }))
}

pub(super) async fn autocomplete(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Query(request): Query<AutocompleteRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.releases.load();
    let tag = *set.icd10cm()?.tag();
    Ok(conditional.answer(&tag, || {
        let written = app::autocomplete_icd10(&service, &set, &request, json::answer);
        written.map(RawJson).map_err(Problem::from)
    }))
}

pub(super) async fn advanced(
    service: App,
    InCall(call): InCall,
    Json(request): Json<AdvancedRequest>,
) -> ApiResult<RawJson> {
    service.begin(&call)?;
    let set = service.releases.load();
    let written = app::advanced_search(&service, &set, &request, json::answer)?;
    Ok(RawJson(written))
}

pub(super) async fn unified(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Query(request): Query<UnifiedRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.releases.load();
    let tags: Vec<u8> = set.each()?.iter().flat_map(|it| *it.tag()).collect();
    Ok(conditional.answer(&tags, || {
        let written = app::unified_search(&service, &set, &request, json::answer);
        written.map(RawJson).map_err(Problem::from)
    }))
}
