use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt as _;
use medcover_http::EdgeConfig;
use medcover_testkit::TestServer;
use tokio::time::timeout;

use crate::house::{Door, PREFIX, at, slowly};

/// A role that takes any body, to its end.
async fn hungry() -> TestServer {
    let router = Router::new().fallback(async |request: Request| {
        let body = request.into_body().collect().await;
        body.map_or_else(
            |_| "broken".to_owned(),
            |it| it.to_bytes().len().to_string(),
        )
    });
    TestServer::start(router).await
}

fn small() -> EdgeConfig {
    EdgeConfig {
        max_body_bytes: 1_024,
        body_timeout_ms: 300,
        timeout_ms: 20_000,
        ..EdgeConfig::default()
    }
}

/// More than fits, in pieces.
const WORDS: [&str; 20] = ["................................................................"; 20];

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused_whether_its_length_is_told_or_not() {
    let role = hungry().await;
    let door = Door::with(small(), &at(&role)).await;
    let fits = door.ask("POST", PREFIX, &[], "x".repeat(1_024)).await;
    assert_eq!(fits.body, "1024");
    let told = door.ask("POST", PREFIX, &[], "x".repeat(1_025)).await;
    assert_eq!(told.head.status, 413);
    assert_eq!(told.problem()["type"], "/problems/body-too-large");
    let untold = slowly(&WORDS, Duration::from_millis(1));
    let untold = door.ask("POST", PREFIX, &[], untold).await;
    assert_eq!(untold.head.status, 413, "{}", untold.body);
}

#[tokio::test]
async fn a_body_that_does_not_end_in_time_is_the_clients_fault() {
    let role = hungry().await;
    let door = Door::with(small(), &at(&role)).await;
    let body = slowly(&["a", "never"], Duration::from_hours(1));
    let answer = door.ask("POST", PREFIX, &[], body).await;
    assert_eq!(answer.head.status, 408, "{}", answer.body);
}

#[tokio::test]
async fn an_answer_that_does_not_end_in_time_is_cut_off() {
    let endless = || async { slowly(&["first", "never"], Duration::from_hours(1)) };
    let role = TestServer::start(Router::new().fallback(endless)).await;
    let door = Door::before(&at(&role)).await;
    let waits = [("x-timeout-ms", "300")];
    let answer = door.begin("GET", PREFIX, &waits, Body::empty()).await;
    assert_eq!(answer.status(), 200);
    let whole = timeout(Duration::from_secs(20), answer.into_body().collect()).await;
    let cut = whole.expect("it is not waited for longer");
    assert!(cut.is_err(), "what was cut off must not look whole");
}

#[tokio::test]
async fn a_request_that_is_late_is_told_so() {
    let silent = || std::future::pending::<&'static str>();
    let role = TestServer::start(Router::new().fallback(silent)).await;
    let door = Door::before(&at(&role)).await;
    let answer = door
        .ask("GET", PREFIX, &[("x-timeout-ms", "200")], "")
        .await;
    assert_eq!(answer.head.status, 504);
    assert_eq!(answer.problem()["type"], "/problems/deadline-exceeded");
    let config = EdgeConfig {
        timeout_ms: 200,
        body_timeout_ms: 100,
        ..EdgeConfig::default()
    };
    let door = Door::with(config, &at(&role)).await;
    assert_eq!(door.ask("GET", PREFIX, &[], "").await.head.status, 504);
}
