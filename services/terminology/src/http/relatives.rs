//! What is below, beside and above a code.

use axum::response::Response;
use medcover_contract_terminology::CodeList;
use medcover_contract_terminology::endpoints::CodePath;
use medcover_http::{ApiResult, Conditional, InCall, Json, Path, Problem};
use medcover_kernel::{Call, Result};

use super::degraded::marked;
use super::router::App;
use crate::app;
use crate::releases::ReleaseSet;
use crate::tables::Wanted;

pub(super) async fn children(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    list(&service, &call, &conditional, &at.code, |set| {
        app::children(set, &at.code)
    })
    .await
}

pub(super) async fn siblings(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    list(&service, &call, &conditional, &at.code, |set| {
        app::siblings(set, &at.code)
    })
    .await
}

pub(super) async fn ancestors(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    list(&service, &call, &conditional, &at.code, |set| {
        app::ancestors(set, &at.code)
    })
    .await
}

async fn list(
    service: &App,
    call: &Call,
    conditional: &Conditional,
    code: &str,
    make: impl FnOnce(&ReleaseSet) -> Result<CodeList>,
) -> ApiResult<Response> {
    service.begin(call)?;
    let set = service.answering(Wanted::Code(code)).await?;
    let tags: Vec<u8> = set.each()?.iter().flat_map(|it| *it.tag()).collect();
    let answer = conditional.answer(&tags, || make(&set).map(Json).map_err(Problem::from));
    Ok(marked(&set, answer))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::testing::Served;

    async fn codes(client: &medcover_testkit::Client, path: &str) -> Vec<String> {
        let answer = client.get(&format!("/api/v1/codes/{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
        let items = answer.json()["items"].clone();
        let codes = items.as_array().into_iter().flatten();
        codes
            .map(|it| it["code"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    #[tokio::test]
    async fn what_is_below_beside_and_above() {
        let client = Served::two_systems().client();
        assert_eq!(codes(&client, "e11/children").await, ["E11.6", "E11.9"]);
        assert_eq!(
            codes(&client, "E11.65/siblings").await,
            ["E11.64", "E11.69"]
        );
        assert_eq!(
            codes(&client, "E1165/ancestors").await,
            ["4", "E08-E13", "E11", "E11.6"]
        );
        assert_eq!(codes(&client, "4/siblings").await, ["10", "18", "19"]);
        assert_eq!(codes(&client, "P-2/siblings").await, ["P-1", "P-3"]);
        assert_eq!(codes(&client, "J45/children").await.len(), 30);
        assert!(codes(&client, "4/ancestors").await.is_empty());
    }

    #[tokio::test]
    async fn a_system_without_hierarchy_lists_a_thousand_siblings() {
        let served = Served::empty();
        let mut flat = crate::testing::local();
        for number in 0..1_500 {
            let mut concept = flat.concepts[0].clone();
            concept.code = format!("Q-{number}");
            flat.concepts.push(concept);
        }
        served.load(&flat);
        served.terminology.releases().refresh();
        let client = served.client();
        assert_eq!(codes(&client, "P-1/siblings").await.len(), 1_000);
        let details = client.get("/api/v1/codes/P-1").await.json();
        assert_eq!(details["siblings_total"], 1_502);
    }

    #[tokio::test]
    async fn of_an_unknown_code_there_is_nothing() {
        let client = Served::small().client();
        for path in ["children", "siblings", "ancestors"] {
            let answer = client.get(&format!("/api/v1/codes/X99/{path}")).await;
            assert_eq!(answer.status, 404);
            assert_ne!(answer.json()["detail"], Value::Null);
        }
    }
}
