//! The server: draining, bounds on connections and on silence.

use std::time::Duration;

use medcover_http::{EdgeConfig, Ended, ServerConfig};
use medcover_testkit::{TestServer, edge_with};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::demo::{router, routes};

const LONG: Duration = Duration::from_secs(5);

async fn ask(server: &TestServer, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it takes a request");
    stream
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    timeout(LONG, stream.read_to_string(&mut text))
        .await
        .expect("it closes in time")
        .expect("text");
    text
}

#[tokio::test]
async fn a_draining_server_answers_what_runs_and_takes_no_more() {
    let server = TestServer::start(router()).await;
    let idle = ask(&server, "/who").await;
    let running = ask(&server, "/pause").await;
    sleep(Duration::from_millis(100)).await;
    server.drain();
    assert!(rest(running).await.contains("rested"));
    assert!(rest(idle).await.starts_with("HTTP/1.1 200"));
    assert!(TcpStream::connect(server.addr).await.is_err());
    assert_eq!(server.ended().await, Ended::Drained);
}

#[tokio::test]
async fn a_server_that_lingers_takes_requests_and_says_that_their_connections_end() {
    let config = ServerConfig {
        linger_ms: 400,
        ..ServerConfig::default()
    };
    let server = TestServer::start_with(router(), config).await;
    let mut idle = ask(&server, "/who").await;
    let mut seen = [0; 1024];
    let first = idle.read(&mut seen).await.expect("an answer");
    assert!(!String::from_utf8_lossy(&seen[..first]).contains("connection: close"));
    server.drain();
    sleep(Duration::from_millis(100)).await;
    // As a caller who has not heard of it sends: on the open connection, and on a new one.
    let request = b"POST /who HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
    idle.write_all(request).await.expect("it is still open");
    for stream in [idle, ask(&server, "/who").await] {
        let answer = rest(stream).await;
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    let ended = timeout(LONG, server.ended()).await.expect("in time");
    assert_eq!(ended, Ended::Drained);
}

#[tokio::test]
async fn draining_has_an_end() {
    let config = ServerConfig {
        drain_ms: 100,
        ..ServerConfig::default()
    };
    let server = TestServer::start_with(router(), config).await;
    let _running = ask(&server, "/api/v1/health/slow").await;
    sleep(Duration::from_millis(50)).await;
    let ended = timeout(LONG, server.stop()).await.expect("in time");
    assert_eq!(ended, Ended::Cut(1));
}

#[tokio::test]
async fn the_second_word_ends_at_once() {
    let server = TestServer::start(router()).await;
    let _running = ask(&server, "/api/v1/health/slow").await;
    sleep(Duration::from_millis(50)).await;
    server.drain();
    server.now();
    let ended = timeout(LONG, server.ended()).await.expect("in time");
    assert_eq!(ended, Ended::Cut(1));
}

#[tokio::test]
async fn silent_and_trickling_clients_are_let_go() {
    let config = ServerConfig {
        header_timeout_ms: 200,
        ..ServerConfig::default()
    };
    let server = TestServer::start_with(router(), config).await;
    for beginning in ["", "PRI * HT", "GET /who HT", "GET /who HTTP/1.1\r\nhost:"] {
        let mut stream = TcpStream::connect(server.addr).await.expect("it listens");
        stream
            .write_all(beginning.as_bytes())
            .await
            .expect("it takes some bytes");
        let mut answer = Vec::new();
        let closed = timeout(LONG, stream.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "{beginning:?} was held");
    }
}

#[tokio::test]
async fn more_connections_than_allowed_wait() {
    let config = ServerConfig {
        max_connections: 1,
        ..ServerConfig::default()
    };
    let server = TestServer::start_with(router(), config).await;
    let mut first = ask(&server, "/who").await;
    let mut byte = [0];
    first.read_exact(&mut byte).await.expect("an answer");
    let mut second = ask(&server, "/who").await;
    let early = timeout(Duration::from_millis(100), second.read_exact(&mut byte)).await;
    assert!(early.is_err(), "the second was served beside the first");
    drop(first);
    let later = timeout(LONG, second.read_exact(&mut byte)).await;
    assert!(later.is_ok_and(|read| read.is_ok()));
}

#[tokio::test]
async fn a_client_that_sends_too_much_reads_why() {
    let server = TestServer::start(router()).await;
    let mut request = b"POST /api/v1/items/batch HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
        content-type: application/json\r\ncontent-length: 4000000\r\n\r\n"
        .to_vec();
    request.resize(request.len() + 4_000_000, b' ');
    let answer = server.raw(&request, LONG).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("/problems/body-too-large"), "{answer}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_the_clients_fault() {
    let config = EdgeConfig {
        body_timeout_ms: 100,
        ..EdgeConfig::default()
    };
    let server = TestServer::start(edge_with(config).router(routes())).await;
    let request = b"POST /api/v1/items/batch HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
        content-type: application/json\r\ncontent-length: 10\r\n\r\n{";
    let answer = server.raw(request, LONG).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_client_that_waits_for_a_word_is_told_no_before_it_sends() {
    let server = TestServer::start(router()).await;
    let head = b"POST /api/v1/items/batch HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\
        content-type: application/json\r\ncontent-length: 4000000\r\n\r\n";
    let answer = server.raw(head, Duration::from_millis(500)).await;
    assert!(answer.starts_with(b"HTTP/1.1 413"));
}
