//! Codes: one with all its details, many in short.

use axum::response::Response;
use medcover_contract_terminology::endpoints::CodePath;
use medcover_contract_terminology::{BatchRequest, BatchResult};
use medcover_http::{ApiResult, Conditional, InCall, Json, Path, RawJson};

use super::router::App;
use crate::app;
use crate::json;

pub(super) async fn details(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.releases.load();
    let around = app::get_code_details(&set, &at.code)?;
    Ok(conditional.answer(around.release.tag(), || RawJson(json::details(&around))))
}

pub(super) async fn batch(
    service: App,
    InCall(call): InCall,
    Json(request): Json<BatchRequest>,
) -> ApiResult<Json<BatchResult>> {
    service.begin(&call)?;
    let answer = app::batch_code_lookup(&service.releases.load(), request)?;
    Ok(Json(answer))
}
