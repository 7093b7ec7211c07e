//! The connections that a way to a server keeps.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::uri::PathAndQuery;
use medcover_http::Way;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

/// A server that answers each request with the letter of its connection.
async fn lettered() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    tokio::spawn(async move {
        for letter in 'a'..='z' {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(answer(stream, letter));
        }
    });
    address
}

async fn answer(mut stream: TcpStream, letter: char) {
    let mut head = [0; 1024];
    // Each request comes in one piece: it is short.
    while let Ok(1..) = stream.read(&mut head).await {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{letter}");
        stream.write_all(answer.as_bytes()).await.expect("it reads");
    }
}

/// The letter of the connection that a request takes.
async fn taken(way: &Way) -> Vec<u8> {
    let path = PathAndQuery::from_static("/");
    let answer = way.send(Request::new(Body::empty()), path).await;
    let body = Body::new(answer.expect("it answers").into_body());
    to_bytes(body, 1).await.expect("a letter").to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_runtime_keeps_its_own_and_goes_on_when_another_ends() {
    let base = format!("http://{}", lettered().await);
    let way = Way::over_network(&base).expect("an address");
    assert_eq!(taken(&way).await, b"a");
    assert_eq!(taken(&way).await, b"a");
    let elsewhere = spawn_blocking({
        let way = way.clone();
        move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            let twice = async { [taken(&way).await, taken(&way).await] };
            runtime.expect("a runtime").block_on(twice)
        }
    });
    assert_eq!(elsewhere.await.expect("it does not panic"), [b"b", b"b"]);
    assert_eq!(taken(&way).await, b"a");
}
