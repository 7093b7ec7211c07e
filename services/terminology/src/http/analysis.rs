//! Clinical analysis.

use medcover_contract_terminology::{Analysis, AnalysisRequest};
use medcover_http::{ApiResult, InCall, Json};

use super::router::App;
use crate::app;

pub(super) async fn clinical_analysis(
    service: App,
    InCall(call): InCall,
    Json(request): Json<AnalysisRequest>,
) -> ApiResult<Json<Analysis>> {
    service.begin(&call)?;
    let answer = app::clinical_analysis(&service.releases.load(), &request)?;
    Ok(Json(answer))
}
