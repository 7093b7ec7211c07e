//! The releases that are loaded.

use medcover_contract_terminology::ReleaseInfo;
use medcover_http::{ApiResult, InCall, Json};

use super::router::App;

pub(super) async fn list(service: App, InCall(call): InCall) -> ApiResult<Json<Vec<ReleaseInfo>>> {
    service.begin(&call)?;
    Ok(Json(service.release_infos()))
}
