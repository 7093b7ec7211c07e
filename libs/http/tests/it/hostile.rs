//! Whatever is sent, the answer is no 5xx.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Uri};
use medcover_testkit::TestServer;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::demo::{client, router};

fn paths() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/api/v1/items/batch".to_owned()),
        "/api/v1/items/[ -~]{0,40}",
        "/api/v1/items/(%[0-9a-fA-F]{2}){0,20}",
        "/api/v1/search/items",
        "/who",
        "(/[!-~]{0,10}){0,6}",
        Just("*".to_owned()),
        "/[a-z/]{0,9000}",
    ]
}

fn queries() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "\\?q=[!-~]{0,60}(&limit=[!-~]{0,8})?",
        "\\?(q|limit|%71|x)(=(%[0-9a-f]{2}|[!-~]){0,20}){0,3}",
        "\\?([!-~]{0,10}&){0,80}",
        "\\?q=(%[0-9a-f]{2}){0,200}",
    ]
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 0..200),
        "\\{\"codes\":\\[(\"[ -~]{0,9}\",?){0,5}\\]\\}".prop_map(String::into_bytes),
        (1_usize..5_000).prop_map(|depth| "[".repeat(depth).into_bytes()),
        (1_usize..5_000).prop_map(|depth| "{\"codes\":".repeat(depth).into_bytes()),
        Just(vec![b'1'; 1_200_000]),
    ]
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let names = prop::sample::select(vec![
        "x-request-id",
        "x-correlation-id",
        "traceparent",
        "accept-encoding",
        "if-none-match",
        "content-type",
        "expect",
    ]);
    let values = prop_oneof![
        prop::collection::vec((32_u8..=255).prop_filter("DEL", |b| *b != 127), 0..60),
        Just(b"application/json".to_vec()),
        Just(b"gzip, br;q=nan".to_vec()),
        Just(b"*".to_vec()),
    ];
    prop::collection::vec((names.prop_map(str::to_owned), values), 0..4)
}

#[test]
fn no_request_gives_a_5xx() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let client = client();
    let methods = prop::sample::select(vec![
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW",
    ]);
    let strategy = (methods, paths(), queries(), headers(), bodies());
    let mut runner = TestRunner::new(Config::with_cases(1_500));
    runner
        .run(&strategy, |(method, path, query, headers, body)| {
            let Ok(uri) = format!("{path}{query}").parse::<Uri>() else {
                return Ok(());
            };
            let request = Request::builder().method(method).uri(uri);
            let request = headers
                .iter()
                .fold(request, |request, (name, value)| {
                    request.header(name, value.as_slice())
                })
                .body(Body::from(body))
                .expect("a request");
            let answer = runtime.block_on(client.send(request));
            prop_assert!(!answer.status.is_server_error(), "{answer:?}");
            if answer.status.is_client_error() && method != "HEAD" {
                prop_assert_eq!(answer.header("content-type"), "application/problem+json");
                prop_assert_eq!(
                    answer.json()["status"].as_u64(),
                    Some(u64::from(answer.status.as_u16()))
                );
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn no_bytes_on_a_socket_stop_the_server() {
    let server = TestServer::start(router()).await;
    let patience = Duration::from_millis(300);
    let long_uri = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(60_000));
    let endless_uri = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(70_000));
    let long_header = format!(
        "GET /who HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
        "a".repeat(200_000)
    );
    let many_headers = format!("GET /who HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(500));
    let cases: [(&[u8], &str); 10] = [
        (b"\x00\xff\xfe\r\n\r\n", "400"),
        (b"GET  HTTP/9.9\r\n\r\n", "400"),
        (b"GET /api/v1/items/\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n", "400"),
        (b"GET /who HTTP/1.1\r\nhost: a\r\nx: \x01\r\n\r\n", "400"),
        (
            b"POST /who HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
            "400",
        ),
        (
            b"POST /who HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
            "4",
        ),
        (long_uri.as_bytes(), "414"),
        (endless_uri.as_bytes(), "431"),
        (long_header.as_bytes(), "431"),
        (many_headers.as_bytes(), "431"),
    ];
    for (bytes, status) in cases {
        let answer = server.raw(bytes, patience).await;
        let answer = String::from_utf8_lossy(&answer);
        let shown: String = String::from_utf8_lossy(bytes).chars().take(60).collect();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{shown:?} gave {answer:?}"
        );
    }
    let fine = server
        .raw(
            b"GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
            patience,
        )
        .await;
    assert!(fine.starts_with(b"HTTP/1.1 200"));
}
