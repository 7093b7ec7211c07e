//! Codes: one with all its details, many in short.

use axum::response::{IntoResponse as _, Response};
use medcover_contract_terminology::endpoints::CodePath;
use medcover_contract_terminology::{BatchRequest, CheckRequest, CheckResult};
use medcover_http::{ApiResult, Conditional, InCall, Json, Path, RawJson};

use super::degraded::marked;
use super::router::App;
use crate::app;
use crate::json;
use crate::tables::Wanted;

pub(super) async fn details(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Path(at): Path<CodePath>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.answering(Wanted::Code(&at.code)).await?;
    let around = app::get_code_details(&set, &at.code)?;
    let answer = conditional.answer(around.release.tag(), || RawJson(json::details(&around)));
    Ok(marked(&set, answer))
}

pub(super) async fn batch(
    service: App,
    InCall(call): InCall,
    Json(request): Json<BatchRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.answering(Wanted::Codes(&request.codes)).await?;
    let answer = app::batch_code_lookup(&set, request)?;
    Ok(marked(&set, Json(answer).into_response()))
}

pub(super) async fn check(
    service: App,
    InCall(call): InCall,
    Json(request): Json<CheckRequest>,
) -> ApiResult<Json<CheckResult>> {
    service.begin(&call)?;
    let answer = app::check_codes(&service.releases.load(), &request)?;
    Ok(Json(answer))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use medcover_contract_terminology::CodeDetails;
    use proptest::prelude::*;
    use serde_json::json;

    use crate::testing::{Served, percent_encoded};

    #[tokio::test]
    async fn the_written_details_are_those_of_the_typed_use_case() {
        let served = Served::two_systems();
        let (client, api, call) = (served.client(), served.terminology.api(), served.call());
        let codes: Vec<_> = {
            let set = served.terminology.releases().load();
            let all = set.all().flat_map(|it| it.release().concepts());
            all.map(|it| it.code().to_owned()).collect()
        };
        for code in codes {
            let answer = client.get(&format!("/api/v1/codes/{code}")).await;
            assert_eq!(answer.status, 200, "{code}");
            let written: CodeDetails =
                serde_json::from_slice(&answer.body).expect("the contract's form");
            let typed = api
                .get_code_details(&call, &code)
                .await
                .expect("it is there");
            assert_eq!(written, typed);
            assert_eq!(answer.json(), json!(typed));
        }
    }

    #[tokio::test]
    async fn details_show_all_that_is_known() {
        let client = Served::small().client();
        insta::assert_json_snapshot!(client.get("/api/v1/codes/e119").await.json());
        insta::assert_json_snapshot!(client.get("/api/v1/codes/S52.00").await.json());
    }

    #[tokio::test]
    async fn relatives_are_listed_up_to_twenty_and_counted() {
        let client = Served::small().client();
        let details = client.get("/api/v1/codes/J45").await.json();
        assert_eq!(details["children"].as_array().map(Vec::len), Some(20));
        assert_eq!(details["children_total"], 30);
        let child = client.get("/api/v1/codes/J45.0").await.json();
        assert_eq!(child["siblings"].as_array().map(Vec::len), Some(20));
        assert_eq!(child["siblings_total"], 29);
    }

    #[tokio::test]
    async fn an_unknown_code_is_answered_with_the_nearest() {
        let client = Served::small().client();
        let answer = client.get("/api/v1/codes/E11.999").await;
        assert_eq!(answer.status, 404);
        let detail = answer.json()["detail"].as_str().expect("text").to_owned();
        assert!(
            detail.contains("The nearest above it is E11.9,"),
            "{detail}"
        );
        assert_eq!(client.get("/api/v1/codes/ZZZ").await.status, 404);
    }

    #[tokio::test]
    async fn a_held_answer_is_not_sent_again() {
        let served = Served::small();
        let client = served.client();
        let first = client.get("/api/v1/codes/E11.9").await;
        let tag = first.header("etag").to_owned();
        let held = [("if-none-match", tag.as_str())];
        assert_eq!(
            client.get_with("/api/v1/codes/E11.9", &held).await.status,
            304
        );
        served.load(&crate::testing::icd10cm("2026-10-01"));
        assert!(served.terminology.releases().refresh());
        assert_eq!(
            client.get_with("/api/v1/codes/E11.9", &held).await.status,
            200
        );
    }

    #[tokio::test]
    async fn a_batch_keeps_its_order_and_says_what_is_unknown() {
        let client = Served::small().client();
        let codes = json!({"codes": ["e1165", "nope", "E11"]});
        let answer = client.post("/api/v1/codes/batch", &codes).await.json();
        assert_eq!(answer["found"], 2);
        assert_eq!(answer["items"][0]["code"]["code"], "E11.65");
        assert_eq!(answer["items"][1], json!({"requested": "nope"}));
        assert_eq!(answer["items"][2]["code"]["billable"], false);
    }

    #[tokio::test]
    async fn a_batch_beyond_its_bounds_names_the_field() {
        let client = Served::small().client();
        for (codes, pointer) in [
            (json!([]), "/codes"),
            (json!(vec!["E11"; 501]), "/codes"),
            (json!(["E11", " "]), "/codes/1"),
            (json!(["x".repeat(65)]), "/codes/0"),
            (json!([7]), "/codes/0"),
        ] {
            let answer = client
                .post("/api/v1/codes/batch", &json!({"codes": codes}))
                .await;
            assert_eq!(
                (answer.status.as_u16(), answer.pointers()),
                (400, vec![pointer.to_owned()])
            );
        }
    }

    #[tokio::test]
    async fn a_check_names_rule_place_and_what_would_mend_it() {
        let client = Served::small().client();
        let list = json!({
            "codes": ["e119", "S52.00", "S52.00A", "E11", "E11.9", "ZZZ"],
            "date": "2026-05-04"
        });
        insta::assert_json_snapshot!(client.post("/api/v1/codes/check", &list).await.json());
    }

    #[tokio::test]
    async fn the_date_of_service_decides_the_release() {
        let served = Served::small();
        served.load(&crate::testing::icd10cm("2026-10-01"));
        assert!(served.terminology.releases().refresh());
        let client = served.client();
        for (date, release) in [
            (json!("2026-04-01"), "icd10cm 2026-04-01"),
            (json!("2026-09-30"), "icd10cm 2026-04-01"),
            (json!("2027-09-30"), "icd10cm 2026-10-01"),
            (json!(null), "icd10cm 2026-10-01"),
        ] {
            let list = json!({"codes": ["E11.9"], "date": date});
            let answer = client.post("/api/v1/codes/check", &list).await.json();
            assert_eq!(answer["release"]["name"], release, "{date}");
            assert_eq!(
                (&answer["passed"], &answer["findings"]),
                (&json!(true), &json!([]))
            );
        }
        for date in ["2026-03-31", "2027-10-01"] {
            let list = json!({"codes": ["E11.9"], "date": date});
            let answer = client.post("/api/v1/codes/check", &list).await.json();
            assert_eq!(answer["findings"][0]["rule"], "release-not-loaded");
            assert_eq!(
                (&answer["passed"], &answer["release"]),
                (&json!(false), &json!(null))
            );
        }
    }

    #[tokio::test]
    async fn a_check_beyond_its_bounds_names_the_field() {
        let client = Served::small().client();
        for (list, pointer) in [
            (json!({"codes": []}), "/codes"),
            (json!({"codes": vec!["E11"; 101]}), "/codes"),
            (json!({"codes": ["E11.9", " "]}), "/codes/1"),
            (json!({"codes": ["E11.9"], "date": "2026-02-30"}), "/date"),
            (json!({"codes": ["E11.9"], "age_years": 151}), "/age_years"),
            (json!({"codes": ["E11.9"], "sex": "x"}), "/sex"),
        ] {
            let answer = client.post("/api/v1/codes/check", &list).await;
            assert_eq!(
                (answer.status.as_u16(), answer.pointers()),
                (400, vec![pointer.to_owned()])
            );
        }
    }

    static SERVED: LazyLock<Served> = LazyLock::new(Served::small);

    proptest! {
        #[test]
        fn no_code_makes_a_fault_of_ours(code in "\\PC{1,80}") {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let encoded = percent_encoded(code.as_bytes());
            let status = runtime.block_on(SERVED.client().get(&format!("/api/v1/codes/{encoded}"))).status;
            prop_assert!(status.as_u16() < 500, "{status}");
        }
    }
}
