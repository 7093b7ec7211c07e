//! What is below, beside and above a code.

use axum::response::Response;
use medcover_contract_terminology::CodeList;
use medcover_contract_terminology::endpoints::CodePath;
use medcover_http::{ApiResult, Conditional, InCall, Json, Path, Problem};
use medcover_kernel::{Call, Result};

use super::router::App;
use crate::app;
use crate::releases::ReleaseSet;

pub(super) async fn children(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    list(&service, &call, &conditional, |set| {
        app::children(set, &at.code)
    })
}

pub(super) async fn siblings(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    list(&service, &call, &conditional, |set| {
        app::siblings(set, &at.code)
    })
}

pub(super) async fn ancestors(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    list(&service, &call, &conditional, |set| {
        app::ancestors(set, &at.code)
    })
}

fn list(
    service: &App,
    call: &Call,
    conditional: &Conditional,
    make: impl FnOnce(&ReleaseSet) -> Result<CodeList>,
) -> ApiResult<Response> {
    service.begin(call)?;
    let set = service.releases.load();
    let tags: Vec<u8> = set.each()?.iter().flat_map(|it| *it.tag()).collect();
    Ok(conditional.answer(&tags, || make(&set).map(Json).map_err(Problem::from)))
}
