//! The releases that are loaded.

use medcover_contract_terminology::ReleaseInfo;
use medcover_http::{ApiResult, InCall, Json};

use super::router::App;

pub(super) async fn list(service: App, InCall(call): InCall) -> ApiResult<Json<Vec<ReleaseInfo>>> {
    service.begin(&call)?;
    Ok(Json(service.release_infos()))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Served, icd10cm};

    #[tokio::test]
    async fn the_current_release_stands_first_and_the_older_beside_it() {
        let served = Served::two_systems();
        served.load(&icd10cm("2026-10-01"));
        served.terminology.releases().refresh();
        let answer = served.client().get("/api/v1/releases").await.json();
        let seen: Vec<_> = answer
            .as_array()
            .expect("a list")
            .iter()
            .map(|it| {
                (
                    it["system"].as_str(),
                    it["version"].as_str(),
                    it["current"].as_bool(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (Some("icd10cm"), Some("2026-10-01"), Some(true)),
                (Some("local"), Some("1"), Some(true)),
                (Some("icd10cm"), Some("2026-04-01"), Some(false)),
            ]
        );
    }

    #[tokio::test]
    async fn nothing_loaded_is_an_empty_list() {
        let answer = Served::empty().client().get("/api/v1/releases").await;
        assert_eq!(answer.text(), "[]");
    }
}
