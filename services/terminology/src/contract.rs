//! What every form of `TerminologyApi` promises: one suite, over the service in this process and over HTTP.

use std::sync::Arc;
use std::time::Duration;

use medcover_contract_terminology::{
    AdvancedRequest, AnalysisRequest, AutocompleteRequest, BatchRequest, CheckRequest,
    SearchAnswer, SearchRequest, TerminologyApi, TerminologyClient, UnifiedRequest,
};
use medcover_http::{Edge, EdgeConfig, HttpClient};
use medcover_kernel::{Call, Error, ErrorKind, Result, SystemRng};
use medcover_telemetry::Metrics;
use medcover_testkit::TestServer;

use crate::testing::Served;

/// One form of the contract, and a call it takes.
struct Form {
    api: Arc<dyn TerminologyApi>,
    call: Call,
}

async fn over_http(served: &Served) -> (Form, TestServer) {
    let clock = Arc::clone(&served.clock);
    let metrics = Arc::new(Metrics::default());
    let config = EdgeConfig::default();
    let edge = Edge::new(config, metrics, Arc::clone(&clock), Arc::new(SystemRng));
    let listening = TestServer::start(edge.router(served.terminology.router())).await;
    let http = HttpClient::new(&format!("http://{}", listening.addr), clock).expect("an address");
    let form = Form {
        api: Arc::new(TerminologyClient::new(http)),
        call: served.call(),
    };
    (form, listening)
}

#[tokio::test]
async fn in_this_process() {
    let served = Served::two_systems();
    let form = Form {
        api: served.terminology.api(),
        call: served.call(),
    };
    suite(&form).await;
}

#[tokio::test]
async fn in_another_process() {
    let served = Served::two_systems();
    let (form, _server) = over_http(&served).await;
    suite(&form).await;
}

#[tokio::test]
async fn without_a_release_both_forms_say_what_to_run() {
    let served = Served::empty();
    let (remote, _server) = over_http(&served).await;
    for api in [served.terminology.api(), remote.api] {
        let error = api.search_icd10(&remote.call, query("asthma")).await;
        let error = error.expect_err("nothing is loaded");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.slug(), "unavailable");
        assert!(error.message().contains("medcover load"), "{error}");
    }
}

async fn suite(form: &Form) {
    searching(form).await;
    paging(form).await;
    codes(form).await;
    many_at_once(form).await;
    figures(form).await;
    refusals(form).await;
    deadlines(form).await;
}

fn query(q: &str) -> SearchRequest {
    SearchRequest {
        q: q.to_owned(),
        ..SearchRequest::default()
    }
}

fn first(answer: &SearchAnswer) -> &str {
    answer.hits.first().map_or("", |hit| &hit.code)
}

async fn searching(Form { api, call }: &Form) {
    let found = api.search_icd10(call, query("cough")).await;
    let found = found.expect("an answer");
    assert_eq!(first(&found), "R05.9");
    assert_eq!(found.query, "cough");
    assert_eq!(found.release, "icd10cm 2026-04-01");

    let typed = AutocompleteRequest {
        q: "coug".to_owned(),
        limit: 3,
        cursor: None,
    };
    let typed = api.autocomplete_icd10(call, typed).await;
    assert_eq!(first(&typed.expect("an answer")), "R05.9");

    let filtered = AdvancedRequest {
        query: "E11".to_owned(),
        limit: 5,
        chapter_filter: Some("4".to_owned()),
        billable: Some(true),
        fuzzy_threshold: 0.3,
        cursor: None,
    };
    let filtered = api.advanced_search(call, filtered).await;
    let filtered = filtered.expect("an answer");
    assert!(!filtered.hits.is_empty());
    assert!(
        filtered
            .hits
            .iter()
            .all(|hit| hit.billable && hit.chapter == 4)
    );

    let everywhere = UnifiedRequest {
        q: "P-2".to_owned(),
        limit: 5,
    };
    let everywhere = api.unified_search(call, everywhere).await;
    let everywhere = everywhere.expect("an answer");
    assert_eq!(
        (first(&everywhere), &*everywhere.hits[0].system),
        ("P-2", "local")
    );
}

async fn paging(Form { api, call }: &Form) {
    let mut request = SearchRequest {
        limit: 7,
        ..query("asthma")
    };
    let mut seen = Vec::new();
    loop {
        let page = api.search_icd10(call, request.clone()).await;
        let page = page.expect("a page");
        seen.extend(page.hits.into_iter().map(|hit| hit.code));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    let whole = SearchRequest {
        limit: 100,
        ..query("asthma")
    };
    let whole = api.search_icd10(call, whole).await.expect("an answer").hits;
    assert!(whole.len() > 7);
    assert_eq!(
        seen,
        whole.into_iter().map(|hit| hit.code).collect::<Vec<_>>()
    );
}

async fn codes(Form { api, call }: &Form) {
    let details = api.get_code_details(call, "e1165").await;
    assert_eq!(details.expect("it is there").code, "E11.65");
    let codes = |list: Result<medcover_contract_terminology::CodeList>| -> Vec<String> {
        let items = list.expect("a list").items;
        items.into_iter().map(|item| item.code).collect()
    };
    assert_eq!(codes(api.children(call, "E11").await), ["E11.6", "E11.9"]);
    assert_eq!(
        codes(api.siblings(call, "E11.65").await),
        ["E11.64", "E11.69"]
    );
    let above = api.ancestors(call, "E11.65").await;
    assert_eq!(codes(above), ["4", "E08-E13", "E11", "E11.6"]);
}

async fn many_at_once(Form { api, call }: &Form) {
    let batch = BatchRequest {
        codes: vec!["E11".to_owned(), "nope".to_owned()],
    };
    let batch = api.batch_code_lookup(call, batch).await.expect("an answer");
    assert_eq!((batch.found, batch.items[1].code.is_none()), (1, true));
    let check = CheckRequest {
        codes: vec!["E11".to_owned(), "e119".to_owned()],
        date: Some("2026-05-04".to_owned()),
        ..CheckRequest::default()
    };
    let check = api.check_codes(call, check).await.expect("an answer");
    assert_eq!(check.findings[0].rule, "not-billable");
    assert_eq!((check.passed, check.findings.len()), (false, 1));
    let symptoms = AnalysisRequest {
        symptoms: vec!["cough".to_owned(), "qqqqqq".to_owned()],
    };
    let analysis = api.clinical_analysis(call, symptoms).await;
    assert_eq!(analysis.expect("an answer").metrics.unmatched, ["qqqqqq"]);
}

async fn figures(Form { api, call }: &Form) {
    let totals = api.get_performance_stats(call).await.expect("totals");
    assert_eq!(totals.systems.len(), 2);
    assert!(
        !api.chapter_statistics(call)
            .await
            .expect("chapters")
            .is_empty()
    );
    let popular = api.popular_searches(call).await.expect("a list");
    assert!(popular.iter().any(|it| it.query == "cough"), "{popular:?}");
    let releases = api.releases(call).await.expect("a list");
    assert_eq!(releases.len(), 2);
}

async fn refusals(Form { api, call }: &Form) {
    let at = |error: &Error| -> Vec<String> {
        error
            .faults()
            .iter()
            .map(|it| it.pointer.to_string())
            .collect()
    };
    let refused = api
        .search_icd10(call, query(""))
        .await
        .expect_err("it is empty");
    assert_eq!(
        (refused.kind(), at(&refused)),
        (ErrorKind::Invalid, vec!["/q".to_owned()])
    );
    let forged = SearchRequest {
        cursor: Some("forged".to_owned()),
        ..query("asthma")
    };
    let refused = api
        .search_icd10(call, forged)
        .await
        .expect_err("it is forged");
    assert_eq!(at(&refused), ["/cursor"]);
    let unknown = api.get_code_details(call, "ZZ/9 é").await;
    let unknown = unknown.expect_err("there is none");
    assert_eq!(
        (unknown.kind(), unknown.slug()),
        (ErrorKind::NotFound, "not-found")
    );
    let empty = api
        .batch_code_lookup(call, BatchRequest { codes: Vec::new() })
        .await;
    assert_eq!(at(&empty.expect_err("it is empty")), ["/codes"]);
    let empty = api.check_codes(call, CheckRequest::default()).await;
    assert_eq!(at(&empty.expect_err("it is empty")), ["/codes"]);
}

async fn deadlines(Form { api, call }: &Form) {
    let mut late = call.clone();
    late.deadline = medcover_kernel::Deadline::after(Duration::ZERO, Duration::ZERO);
    let error = api.releases(&late).await.expect_err("its time is over");
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
}
