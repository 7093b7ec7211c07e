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
    Ok(Json(service.popular().await))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Served;

    #[tokio::test]
    async fn chapters_are_counted() {
        let answer = Served::small()
            .client()
            .get("/api/v1/stats/chapters")
            .await
            .json();
        assert_eq!(
            answer[0],
            json!({
                "chapter": 4,
                "title": "Endocrine, nutritional and metabolic diseases (E00-E89)",
                "total_codes": 6,
                "active_codes": 6,
                "billable_codes": 4,
            })
        );
        assert_eq!(answer.as_array().map(Vec::len), Some(4));
    }

    #[tokio::test]
    async fn searches_are_counted_without_what_was_only_typed_or_paged() {
        let client = Served::small().client();
        for path in [
            "icd10?q=Asthma",
            "icd10?q=asthma%20",
            "unified?q=cough",
            "autocomplete?q=asth",
        ] {
            assert_eq!(
                client.get(&format!("/api/v1/search/{path}")).await.status,
                200
            );
        }
        let page = client
            .get("/api/v1/search/icd10?q=asthma&limit=2")
            .await
            .json();
        let next = page["next"].as_str().expect("more follow");
        client
            .get(&format!(
                "/api/v1/search/icd10?q=asthma&limit=2&cursor={next}"
            ))
            .await;
        let popular = client.get("/api/v1/stats/popular").await.json();
        assert_eq!(
            popular,
            json!([{"query": "asthma", "search_count": 3}, {"query": "cough", "search_count": 1}])
        );
    }

    #[tokio::test]
    async fn totals_name_each_system() {
        let answer = Served::two_systems()
            .client()
            .get("/api/v1/stats")
            .await
            .json();
        assert_eq!(answer["systems"][0]["system"], "icd10cm");
        assert_eq!(answer["systems"][1]["concepts"], 3);
    }
}
