//! Figures.

use axum::response::Response;
use medcover_contract_terminology::{PopularQuery, Statistics};
use medcover_http::{ApiResult, Conditional, InCall, Json, Problem};

use super::router::App;
use crate::app;

pub(super) async fn performance(service: App, InCall(call): InCall) -> ApiResult<Json<Statistics>> {
    service.begin(&call)?;
    let answer = app::get_performance_stats(&service, &service.releases.load());
    Ok(Json(answer))
}

pub(super) async fn chapters(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.releases.load();
    let tag = *set.icd10cm()?.tag();
    Ok(conditional.answer(&tag, || {
        app::chapter_statistics(&set)
            .map(Json)
            .map_err(Problem::from)
    }))
}

pub(super) async fn popular(
    service: App,
    InCall(call): InCall,
) -> ApiResult<Json<Vec<PopularQuery>>> {
    service.begin(&call)?;
    Ok(Json(service.popular()))
}
