//! What the tables answer is what the file answers.

use std::fs;

use medcover_contract_terminology::{AdvancedRequest, SearchRequest};
use serde_json::json;

use super::*;
use crate::releases::publish_source;
use crate::testing::{Served, icd10cm};

/// The same small release from its file, and from the tables alone.
async fn both(server: &PostgresServer) -> (Served, Served) {
    let tables = tables(server).await;
    let source = icd10cm("2026-04-01");
    load(&tables, &source, "1").await;
    // A current one that nobody here has loaded: what the pointer names is what is searched.
    load(&tables, &icd10cm("2026-10-01"), "2").await;
    let folder = tempfile::tempdir().expect("a folder");
    publish_source(folder.path(), &source, &*clock());
    for file in fs::read_dir(folder.path().join("terminology")).expect("a folder") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|it| it == "release") {
            fs::write(path, b"damaged").expect("it is damaged");
        }
    }
    (Served::small(), Served::over_tables(folder, tables))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_and_titles_have_the_same_first_hit_as_in_the_file() {
    let server = server();
    let (whole, part) = both(&server).await;
    for concept in icd10cm("2026-04-01").concepts {
        for q in [
            concept.code.clone(),
            concept.code.replace('.', ""),
            concept.title.clone(),
        ] {
            let request = |q: &str| -> SearchRequest {
                serde_json::from_value(json!({"q": q, "limit": 5})).expect("a request")
            };
            let call = whole.call();
            let wanted = whole
                .terminology
                .api()
                .search_icd10(&call, request(&q))
                .await;
            let found = part
                .terminology
                .api()
                .search_icd10(&call, request(&q))
                .await;
            let (wanted, found) = (wanted.expect("an answer"), found.expect("an answer"));
            assert_eq!(found.release, "icd10cm 2026-04-01");
            assert_eq!(
                found.hits.first().map(|it| &it.code),
                wanted.hits.first().map(|it| &it.code),
                "{q}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_known_of_a_code_is_told_from_the_tables_too() {
    let server = server();
    let (whole, part) = both(&server).await;
    let (whole, part) = (whole.client(), part.client());
    for concept in icd10cm("2026-04-01").concepts {
        for below in ["", "/children", "/siblings", "/ancestors"] {
            let path = format!("/api/v1/codes/{}{below}", concept.code);
            let (wanted, found) = (whole.get(&path).await, part.get(&path).await);
            assert_eq!(
                (found.status, found.json()),
                (wanted.status, wanted.json()),
                "{path}"
            );
            assert_eq!(found.header("medcover-degraded"), "terminology; by=sql");
            assert_eq!(wanted.header("medcover-degraded"), "");
        }
    }
    let path = "/api/v1/codes/e11.657";
    let (wanted, found) = (whole.get(path).await, part.get(path).await);
    assert_eq!(found.status, 404);
    assert_eq!(found.json()["detail"], wanted.json()["detail"]);
    let codes = json!({"codes": ["e1165", "nothing", "R05", "J45.A"]});
    let wanted = whole.post("/api/v1/codes/batch", &codes).await.json();
    assert_eq!(
        part.post("/api/v1/codes/batch", &codes).await.json(),
        wanted
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_typos_pages_and_faults_are_as_in_the_file() {
    let server = server();
    let (whole, part) = both(&server).await;
    let codes = async |served: &Served, body: serde_json::Value| {
        let request: AdvancedRequest = serde_json::from_value(body).expect("a request");
        let call = served.call();
        let found = served
            .terminology
            .api()
            .advanced_search(&call, request)
            .await;
        let hits = found.expect("an answer").hits.into_iter();
        hits.map(|it| it.code).collect::<Vec<_>>()
    };
    for (body, all) in [
        (
            json!({"query": "asthma", "billable": true, "limit": 100}),
            false,
        ),
        (
            json!({"query": "asthma", "billable": false, "limit": 100}),
            false,
        ),
        (
            json!({"query": "mellitus", "chapter_filter": "E00-E89"}),
            true,
        ),
        (
            json!({"query": "mellitus", "chapter_filter": "E11-E11"}),
            true,
        ),
        (json!({"query": "mellitus", "chapter_filter": "10"}), true),
        (json!({"query": "Feverr, unspecified"}), false),
    ] {
        let (found, wanted) = (
            codes(&part, body.clone()).await,
            codes(&whole, body.clone()).await,
        );
        // The file finds more by misspelt words, and beginnings of words.
        assert!(
            found.iter().all(|code| wanted.contains(code)),
            "{body}: {found:?} of {wanted:?}"
        );
        assert_eq!(found.is_empty(), wanted.is_empty(), "{body}");
        assert!(
            !all || found.len() == wanted.len(),
            "{body}: {found:?} of {wanted:?}"
        );
    }
    let client = part.client();
    let first = client
        .get("/api/v1/search/icd10?q=asthma&limit=7")
        .await
        .json();
    let next = first["next"].as_str().expect("more follow");
    let second = client
        .get(&format!(
            "/api/v1/search/icd10?q=asthma&limit=7&cursor={next}"
        ))
        .await;
    let all = whole
        .client()
        .get("/api/v1/search/icd10?q=asthma&limit=14")
        .await
        .json();
    assert_eq!(second.json()["hits"][6]["code"], all["hits"][13]["code"]);
    assert_eq!(second.header("medcover-degraded"), "terminology; by=sql");
    for query in ["q=", "q=a&limit=0", "q=a&chapter=99"] {
        let path = format!("/api/v1/search/icd10?{query}");
        let (wanted, found) = (whole.client().get(&path).await, client.get(&path).await);
        assert_eq!(
            (found.status, found.pointers()),
            (wanted.status, wanted.pointers()),
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_without_a_release_is_answered_from_what_is_current_on_the_server() {
    let server = server();
    let tables = tables(&server).await;
    let folder = tempfile::tempdir().expect("a folder");
    let program = Served::over_tables(folder, tables.clone());
    let client = program.client();
    assert_eq!(
        client.get("/api/v1/codes/E11.9").await.status,
        503,
        "no release anywhere"
    );
    load(&tables, &icd10cm("2026-10-01"), "1").await;
    let found = client.get("/api/v1/codes/E11.9").await;
    assert_eq!(
        (found.status.as_u16(), &found.json()["release"]),
        (200, &json!("icd10cm 2026-10-01"))
    );
    drop(server);
    assert_eq!(
        client.get("/api/v1/codes/E11.9").await.status,
        503,
        "no server either"
    );
    // What is loaded is answered from its file, whatever the server does.
    program.load(&icd10cm("2026-10-01"));
    program.terminology.releases().refresh();
    let found = client.get("/api/v1/codes/E11.9").await;
    assert_eq!(
        (found.status.as_u16(), found.header("medcover-degraded")),
        (200, "")
    );
}
