use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use http_body_util::BodyExt as _;
use medcover_testkit::TestServer;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::house::{Door, PREFIX, at, slowly};

/// What the role was last asked.
#[derive(Clone, Debug, Default)]
struct Asked {
    line: String,
    headers: HeaderMap,
    body: String,
}

/// A role that notes what it is asked and answers as `status` says.
async fn role(status: StatusCode) -> (TestServer, Arc<Mutex<Asked>>) {
    let asked = Arc::new(Mutex::new(Asked::default()));
    let noted = Arc::clone(&asked);
    let router = Router::new().fallback(move |request: Request| async move {
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("it ends well").to_bytes();
        *noted.lock().expect("nobody panics") = Asked {
            line: format!("{} {}", head.method, head.uri),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).expect("text"),
        };
        let headers = [
            ("etag", "\"v7\""),
            ("idempotency-replayed", "true"),
            ("connection", "x-private"),
            ("x-private", "between us"),
            ("retry-after", "9"),
        ];
        (status, headers, "{\"version\":7}").into_response()
    });
    (TestServer::start(router).await, asked)
}

#[tokio::test]
async fn what_is_said_from_end_to_end_arrives_both_ways() {
    let (role, asked) = role(StatusCode::PRECONDITION_FAILED).await;
    let door = Door::before(&at(&role)).await;
    let said = [
        ("authorization", "Bearer t"),
        ("idempotency-key", "k-1"),
        ("if-match", "\"v6\""),
        ("if-none-match", "\"v5\""),
        ("x-correlation-id", "visit 12"),
        ("content-type", "application/json"),
        ("accept-language", "en"),
    ];
    let path = format!("{PREFIX}/7/merge?after=a%2Fb&limit=2");
    let answer = door.ask("POST", &path, &said, "{\"a\":1}").await;
    let asked = asked.lock().expect("nobody panics").clone();
    assert_eq!(asked.line, format!("POST {path}"));
    assert_eq!(asked.body, "{\"a\":1}");
    for (name, value) in said {
        assert_eq!(asked.headers[name], value, "{name}");
    }
    assert_eq!(
        answer.head.status, 412,
        "a refusal of theirs is no fault of ours"
    );
    assert_eq!(answer.body, "{\"version\":7}");
    assert_eq!(answer.header("etag"), "\"v7\"");
    assert_eq!(answer.header("idempotency-replayed"), "true");
    assert_eq!(answer.header("retry-after"), "9");
    assert_eq!(
        answer.header("x-private"),
        "",
        "it was theirs and ours only"
    );
    assert_eq!(answer.header("x-correlation-id"), "visit 12");
}

#[tokio::test]
async fn one_request_has_one_name_in_all_logs_and_whoever_sent_it_is_told_of() {
    let (role, asked) = role(StatusCode::OK).await;
    let door = Door::before(&at(&role)).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let said = [
        ("traceparent", trace),
        ("tracestate", "a=1"),
        ("connection", "x-private"),
        ("x-private", "1"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-timeout-ms", "5000"),
    ];
    let answer = door.ask("GET", PREFIX, &said, "").await;
    let asked = asked.lock().expect("nobody panics").clone();
    let name = asked.headers["x-request-id"].to_str().expect("text");
    assert_eq!(answer.header("x-request-id"), name);
    let parent = asked.headers["traceparent"].to_str().expect("text");
    assert_eq!(parent, trace, "nobody records here: it goes on as it came");
    assert_eq!(asked.headers["tracestate"], "a=1");
    assert!(!asked.headers.contains_key("x-private"));
    let on_the_way: Vec<_> = asked.headers.get_all("x-forwarded-for").iter().collect();
    assert_eq!(on_the_way, ["192.0.2.1", "127.0.0.1"]);
    let forwarded = asked.headers["forwarded"].to_str().expect("text");
    assert_eq!(
        forwarded,
        format!("for=127.0.0.1;host=\"{}\";proto=http", door.server.addr)
    );
    assert_eq!(asked.headers["host"], role.addr.to_string());
    let left = asked.headers["x-timeout-ms"].to_str().expect("text");
    assert!(
        (1..=5_000).contains(&left.parse::<u32>().expect("a number")),
        "{left}"
    );
}

#[tokio::test]
async fn only_whole_parts_of_a_path_are_a_prefix() {
    let (role, asked) = role(StatusCode::OK).await;
    let door = Door::before(&at(&role)).await;
    for path in [format!("{PREFIX}X"), "/api/v1".to_owned(), "/".to_owned()] {
        assert_eq!(door.ask("GET", &path, &[], "").await.body, "here", "{path}");
    }
    assert_eq!(asked.lock().expect("nobody panics").line, "");
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let path = format!("{PREFIX}/7");
        assert_eq!(
            door.ask(method, &path, &[], "").await.header("etag"),
            "\"v7\""
        );
        assert_eq!(
            asked.lock().expect("nobody panics").line,
            format!("{method} {path}")
        );
    }
}

#[tokio::test]
async fn a_head_is_answered_without_a_body() {
    let (role, _) = role(StatusCode::OK).await;
    let door = Door::before(&at(&role)).await;
    let answer = door.ask("HEAD", PREFIX, &[], "").await;
    assert_eq!((answer.head.status.as_u16(), &*answer.body), (200, ""));
    assert_eq!(answer.header("etag"), "\"v7\"");
}

#[tokio::test]
async fn an_answer_arrives_while_the_rest_of_it_is_not_made_yet() {
    const HOUR: Duration = Duration::from_hours(1);
    let endless = || async { slowly(&["first", "never"], HOUR) };
    let role = TestServer::start(Router::new().fallback(endless)).await;
    let door = Door::before(&at(&role)).await;
    let mut answer = door
        .begin("GET", PREFIX, &[], Body::empty())
        .await
        .into_body();
    let first = timeout(Duration::from_secs(20), answer.frame()).await;
    let first = first
        .expect("the rest is not waited for")
        .expect("a frame")
        .expect("sound");
    assert_eq!(first.data_ref().expect("data"), "first");
}

#[tokio::test]
async fn a_body_arrives_while_the_rest_of_it_is_not_sent_yet() {
    const HOUR: Duration = Duration::from_hours(1);
    let (heard, first) = oneshot::channel();
    let heard = Arc::new(Mutex::new(Some(heard)));
    let listening = move |request: Request| async move {
        let mut body = request.into_body();
        let frame = body.frame().await.expect("a frame").expect("sound");
        let heard = heard.lock().expect("nobody panics").take();
        heard
            .expect("asked once")
            .send(frame.into_data().expect("data"))
            .expect("awaited");
        "heard enough"
    };
    let role = TestServer::start(Router::new().fallback(listening)).await;
    let door = Door::before(&at(&role)).await;
    let body = slowly(&["first", "never"], HOUR);
    let asking = door.begin("POST", PREFIX, &[], body);
    let both = async { tokio::join!(asking, first) };
    let (_, first) = timeout(Duration::from_secs(20), both)
        .await
        .expect("the rest is not waited for");
    assert_eq!(first.expect("heard"), "first");
}
