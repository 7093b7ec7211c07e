use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use medcover_testkit::TestServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::house::{Door, PREFIX, at};

#[tokio::test]
async fn a_role_that_is_away_is_unavailable_until_it_is_back() {
    let role = TestServer::start(Router::new().fallback(|| async { "there" })).await;
    let (base, addr) = (at(&role), role.addr);
    let door = Door::before(&base).await;
    assert_eq!(door.ask("GET", PREFIX, &[], "").await.body, "there");
    role.stop().await;
    let answer = door.ask("POST", PREFIX, &[], "{}").await;
    assert_eq!(answer.head.status, 503);
    assert_eq!(answer.header("retry-after"), "1");
    let problem = answer.problem();
    assert_eq!(problem["type"], "/problems/unavailable");
    assert_eq!(problem["request_id"], answer.header("x-request-id"));
    assert!(
        !answer.body.contains(&addr.to_string()),
        "where it is, is nobody's business"
    );
    let listener = TcpListener::bind(addr)
        .await
        .expect("the port is free again");
    let serving = answer_of("back");
    tokio::spawn(serve_one(listener, serving));
    assert_eq!(door.ask("GET", PREFIX, &[], "").await.body, "back");
}

fn answer_of(word: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{word}",
        word.len()
    )
}

async fn serve_one(listener: TcpListener, answer: String) {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut head = [0; 4_096];
    let read = stream.read(&mut head).await.expect("a request");
    assert!(read > 0);
    stream
        .write_all(answer.as_bytes())
        .await
        .expect("it listens");
}

/// A server that reads each request and closes without a word; how many it has read.
async fn rude() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4_096];
            if stream.read(&mut head).await.is_ok_and(|bytes| bytes > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    (base, read)
}

#[tokio::test]
async fn what_may_have_been_read_is_never_sent_again() {
    let (base, read) = rude().await;
    let door = Door::before(&base).await;
    for (method, asked) in [("POST", 1), ("GET", 2)] {
        let answer = door
            .ask(method, PREFIX, &[("idempotency-key", "k")], "")
            .await;
        assert_eq!(answer.head.status, 503);
        assert_eq!(answer.header("retry-after"), "1");
        let problem = answer.problem();
        let detail = problem["detail"].as_str().expect("text");
        assert!(detail.contains("not known"), "{detail}");
        assert_eq!(read.load(Ordering::SeqCst), asked, "{method}");
    }
}
