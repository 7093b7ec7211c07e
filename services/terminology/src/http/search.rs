//! The four searches. Answers are written straight from the release.
//!
//! The tag of an answer is made from the exact release and the address: while neither changes the hits do not, though
//! the time a search took does.

use axum::response::{IntoResponse as _, Response};
use medcover_contract_terminology::{
    AdvancedRequest, AutocompleteRequest, SearchRequest, UnifiedRequest,
};
use medcover_http::{ApiResult, Conditional, InCall, Json, Problem, Query, RawJson};

use super::degraded::marked;
use super::router::App;
use crate::app;
use crate::json;
use crate::tables::Wanted;

pub(super) async fn icd10(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Query(request): Query<SearchRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.answering(Wanted::of_search(&request)).await?;
    let tag = *set.icd10cm()?.tag();
    let answer = conditional.answer_alike(&tag, || {
        let written = app::search_icd10(&service, &set, &request, json::answer);
        written.map(RawJson).map_err(Problem::from)
    });
    Ok(marked(&set, answer))
}

pub(super) async fn autocomplete(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Query(request): Query<AutocompleteRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.answering(Wanted::text(&request.q)).await?;
    let tag = *set.icd10cm()?.tag();
    let answer = conditional.answer_alike(&tag, || {
        let written = app::autocomplete_icd10(&service, &set, &request, json::answer);
        written.map(RawJson).map_err(Problem::from)
    });
    Ok(marked(&set, answer))
}

pub(super) async fn advanced(
    service: App,
    InCall(call): InCall,
    Json(request): Json<AdvancedRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.answering(Wanted::of_advanced(&request)).await?;
    let written = app::advanced_search(&service, &set, &request, json::answer)?;
    Ok(marked(&set, RawJson(written).into_response()))
}

pub(super) async fn unified(
    service: App,
    InCall(call): InCall,
    conditional: Conditional,
    Query(request): Query<UnifiedRequest>,
) -> ApiResult<Response> {
    service.begin(&call)?;
    let set = service.answering(Wanted::text(&request.q)).await?;
    let tags: Vec<u8> = set.each()?.iter().flat_map(|it| *it.tag()).collect();
    let answer = conditional.answer_alike(&tags, || {
        let written = app::unified_search(&service, &set, &request, json::answer);
        written.map(RawJson).map_err(Problem::from)
    });
    Ok(marked(&set, answer))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use medcover_contract_terminology::SearchAnswer;
    use medcover_testkit::{Answer, Client};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::testing::{Served, icd10cm, percent_encoded};

    async fn search(client: &Client, query: &str) -> Answer {
        client.get(&format!("/api/v1/search/icd10?{query}")).await
    }

    fn codes(answer: &Value) -> Vec<String> {
        let hits = answer["hits"].as_array().expect("a list");
        hits.iter()
            .map(|hit| hit["code"].as_str().expect("text").to_owned())
            .collect()
    }

    #[tokio::test]
    async fn the_written_answer_is_that_of_the_typed_use_case() {
        let served = Served::two_systems();
        let (client, api, call) = (served.client(), served.terminology.api(), served.call());
        for q in [
            "asthma",
            "e11",
            "diabetes \"NOS\"",
            "fracture ulna",
            "diabtes",
            "zzzz",
        ] {
            let request = json!({"q": q, "limit": 7});
            let encoded = q.replace(' ', "%20").replace('"', "%22");
            for (path, unified) in [("icd10", false), ("unified", true)] {
                let answer = client
                    .get(&format!("/api/v1/search/{path}?q={encoded}&limit=7"))
                    .await;
                let mut written: SearchAnswer =
                    serde_json::from_slice(&answer.body).expect("the contract's form");
                let parsed = |value: &Value| serde_json::from_value(value.clone());
                let typed = if unified {
                    api.unified_search(&call, parsed(&request).expect("a request"))
                        .await
                } else {
                    let request = serde_json::from_value(request.clone()).expect("a request");
                    api.search_icd10(&call, request).await
                };
                let typed = typed.expect("an answer");
                written.took_us = typed.took_us;
                assert_eq!(written, typed, "{q}");
                assert_eq!(json!(written), json!(typed));
            }
        }
    }

    #[tokio::test]
    async fn an_answer_says_why_it_matched() {
        let client = Served::small().client();
        let mut answer = search(&client, "q=hyperglycemia&limit=1").await.json();
        answer["took_us"] = 0.into();
        answer["hits"][0]["confidence"] = 0.into();
        insta::assert_json_snapshot!(answer);
    }

    #[tokio::test]
    async fn pages_put_together_are_one_big_page() {
        let client = Served::small().client();
        let whole = search(&client, "q=asthma&limit=100").await.json();
        assert!(whole["hits"].as_array().map_or(0, Vec::len) > 25, "{whole}");
        assert_eq!(whole["next"], Value::Null);
        for limit in [1, 7, 10] {
            let mut seen = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = search(&client, &format!("q=asthma&limit={limit}{cursor}"))
                    .await
                    .json();
                assert!(page["hits"].as_array().map_or(0, Vec::len) <= limit);
                seen.extend(codes(&page));
                match page["next"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(seen, codes(&whole), "limit {limit}");
        }
    }

    #[tokio::test]
    async fn a_cursor_of_another_request_or_release_is_refused() {
        let served = Served::small();
        let client = served.client();
        let page = search(&client, "q=asthma&limit=3").await.json();
        let next = page["next"].as_str().expect("more follow").to_owned();
        for query in [
            format!("q=asthm&cursor={next}"),
            format!("q=asthma&chapter=10&cursor={next}"),
            "q=asthma&cursor=AAAA".to_owned(),
            format!("q=asthma&cursor={}", next.to_lowercase()),
        ] {
            let answer = search(&client, &query).await;
            assert_eq!(
                (answer.status.as_u16(), answer.pointers()),
                (400, vec!["/cursor".to_owned()])
            );
        }
        served.load(&icd10cm("2026-10-01"));
        served.terminology.releases().refresh();
        assert_eq!(
            search(&client, &format!("q=asthma&cursor={next}"))
                .await
                .status,
            400
        );
    }

    #[tokio::test]
    async fn fields_beyond_their_bounds_are_named() {
        let client = Served::small().client();
        let long = "x".repeat(257);
        for (query, pointers) in [
            ("q=", vec!["/q"]),
            ("q=%20%20", vec!["/q"]),
            ("", vec!["/q"]),
            (&*format!("q={long}"), vec!["/q"]),
            ("q=a&limit=0", vec!["/limit"]),
            ("q=a&limit=101", vec!["/limit"]),
            ("q=&limit=0&chapter=99", vec!["/q", "/limit", "/chapter"]),
            ("q=a&chapter=5", vec!["/chapter"]),
            ("q=a&chapter=E00-E90", vec!["/chapter"]),
            ("q=a&colour=red", vec!["/colour"]),
        ] {
            let answer = search(&client, query).await;
            assert_eq!(
                (answer.status.as_u16(), answer.pointers()),
                (400, pointers.iter().map(ToString::to_string).collect()),
                "{query}"
            );
        }
        let longest = "%C3%A9".repeat(256);
        let status = search(&client, &format!("q={longest}")).await.status;
        assert_eq!(status, 200, "characters count, not bytes");
    }

    #[tokio::test]
    async fn a_chapter_is_named_by_number_or_range() {
        let client = Served::small().client();
        for chapter in ["4", "e00-e89", "E00%E2%80%93E89", "E11-E11"] {
            let answer = search(&client, &format!("q=mellitus&chapter={chapter}"))
                .await
                .json();
            assert!(!codes(&answer).is_empty(), "{chapter}");
        }
        let elsewhere = search(&client, "q=mellitus&chapter=10").await.json();
        assert!(codes(&elsewhere).is_empty());
    }

    #[tokio::test]
    async fn without_a_release_the_answer_says_what_to_run() {
        let client = Served::empty().client();
        for path in [
            "search/icd10?q=a",
            "search/unified?q=a",
            "codes/E11",
            "stats/chapters",
        ] {
            let answer = client.get(&format!("/api/v1/{path}")).await;
            assert_eq!(answer.status, 503, "{path}");
            let detail = answer.json()["detail"].to_string();
            assert!(detail.contains("medcover load icd10cm"), "{detail}");
        }
    }

    #[tokio::test]
    async fn advanced_search_filters() {
        let client = Served::small().client();
        let ask = |body: Value| {
            let client = client.clone();
            async move { client.post("/api/v1/search/advanced", &body).await }
        };
        let headers = ask(json!({"query": "asthma", "billable": false}))
            .await
            .json();
        assert_eq!(codes(&headers)[0], "J45");
        let hits = headers["hits"].as_array().expect("a list of hits");
        assert!(hits.iter().all(|hit| hit["billable"] == false));
        let billable = ask(json!({"q": "asthma", "billable": true, "limit": 100}))
            .await
            .json();
        assert!(!codes(&billable).contains(&"J45".to_owned()));
        let refused = ask(json!({"query": "a", "fuzzy_threshold": 1.5, "chapter": "x"})).await;
        assert_eq!(refused.pointers(), ["/chapter_filter", "/fuzzy_threshold"]);
    }

    #[tokio::test]
    async fn unified_search_ranks_all_systems_together() {
        let client = Served::two_systems().client();
        let answer = client
            .get("/api/v1/search/unified?q=cough&limit=20")
            .await
            .json();
        let mut systems: Vec<_> = answer["hits"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|hit| hit["system"].as_str().expect("text"))
            .collect();
        systems.sort_unstable();
        systems.dedup();
        assert_eq!(systems, ["icd10cm", "local"]);
        assert_eq!(answer["release"], "icd10cm 2026-04-01, local 1");
        let confidences: Vec<_> = answer["hits"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|hit| hit["confidence"].as_f64().expect("a number"))
            .collect();
        assert!(
            confidences.windows(2).all(|pair| pair[0] >= pair[1]),
            "{confidences:?}"
        );
    }

    static SERVED: LazyLock<Served> = LazyLock::new(Served::two_systems);

    proptest! {
        #[test]
        fn no_query_makes_a_fault_of_ours(q in prop::collection::vec(any::<u8>(), 1..120)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let encoded = percent_encoded(&q);
            for path in ["icd10", "autocomplete", "unified"] {
                let answer = runtime.block_on(SERVED.client().get(&format!("/api/v1/search/{path}?q={encoded}")));
                prop_assert!(answer.status.as_u16() < 500, "{}", answer.text());
                prop_assert!(serde_json::from_slice::<Value>(&answer.body).is_ok());
            }
        }
    }
}
