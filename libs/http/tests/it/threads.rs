//! Connections on threads of their own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::{available_parallelism, current};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use medcover_http::{Ended, ServerConfig, Threads};
use medcover_testkit::TestServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(5);

/// Answers with the name of the thread, at once or, so that the request moves if it ever does, after a pause, of which `begun` is
/// told.
fn router(begun: Arc<Notify>) -> Router {
    let name = || current().name().unwrap_or_default().to_owned();
    Router::new()
        .route("/", get(move || async move { name() }))
        .route(
            "/later",
            get(move || async move {
                begun.notify_one();
                let pause = sleep(Duration::from_millis(20));
                tokio::spawn(pause).await.expect("it does not panic");
                name()
            }),
        )
        .route(
            "/panic",
            get(|| async { panic!("as a fault would") as String }),
        )
}

async fn served() -> (Arc<Threads>, TestServer) {
    served_telling(Arc::default()).await
}

async fn served_telling(begun: Arc<Notify>) -> (Arc<Threads>, TestServer) {
    let threads = Arc::new(Threads::one_a_core().expect("threads"));
    let config = ServerConfig::default();
    let server = TestServer::start_on(Some(Arc::clone(&threads)), router(begun), config).await;
    (threads, server)
}

/// What a connection is answered next: the body, which is the name of a thread.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it takes a request");
    let mut answer = vec![0; 4_096];
    let read = timeout(LONG, stream.read(&mut answer)).await;
    answer.truncate(read.expect("in time").expect("an answer"));
    let answer = String::from_utf8(answer).expect("text");
    answer.rsplit("\r\n").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn connections_spread_evenly_and_each_stays_on_its_thread() {
    let (threads, server) = served().await;
    let cores = available_parallelism().map_or(1, Into::into);
    let mut streams = Vec::new();
    let mut names = Vec::new();
    for _ in 0..3 * cores {
        let mut stream = TcpStream::connect(server.addr).await.expect("it listens");
        names.push(ask(&mut stream, "/").await);
        streams.push(stream);
    }
    let all: BTreeSet<_> = names.iter().cloned().collect();
    assert_eq!(all.len(), cores, "{names:?}");
    for name in &all {
        assert!(name.starts_with("http-"), "{name}");
        assert_eq!(
            names.iter().filter(|it| *it == name).count(),
            3,
            "{names:?}"
        );
    }
    for (stream, name) in streams.iter_mut().zip(&names) {
        for path in ["/", "/later", "/"] {
            assert_eq!(&ask(stream, path).await, name);
        }
    }
    // Who goes makes room on the thread that served him.
    let gone = names[0].clone();
    let (leaving, mut streams): (Vec<_>, Vec<_>) = streams
        .into_iter()
        .zip(&names)
        .partition(|(_, name)| **name == gone);
    for (mut stream, _) in leaving {
        stream.shutdown().await.expect("it is open");
        let end = timeout(LONG, stream.read(&mut [0; 16])).await;
        assert_eq!(end.expect("in time").expect("an end"), 0);
    }
    sleep(Duration::from_millis(100)).await;
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.addr).await.expect("it listens");
        assert_eq!(ask(&mut stream, "/").await, gone);
        streams.push((stream, &gone));
    }
    drop(streams);
    assert_eq!(timeout(LONG, server.stop()).await, Ok(Ended::Drained));
    drop(threads);
}

#[tokio::test]
async fn a_panic_ends_its_connection_and_nothing_else() {
    let (_threads, server) = served().await;
    let mut other = TcpStream::connect(server.addr).await.expect("it listens");
    let thread = ask(&mut other, "/").await;
    let cores: usize = available_parallelism().map_or(1, Into::into);
    for _ in 0..2 * cores {
        let mut stream = TcpStream::connect(server.addr).await.expect("it listens");
        assert_eq!(ask(&mut stream, "/panic").await, "");
    }
    assert_eq!(ask(&mut other, "/later").await, thread);
}

#[tokio::test]
async fn what_runs_is_answered_before_the_end() {
    let begun = Arc::<Notify>::default();
    let (_threads, server) = served_telling(Arc::clone(&begun)).await;
    let mut running = TcpStream::connect(server.addr).await.expect("it listens");
    let asked = tokio::spawn(async move { ask(&mut running, "/later").await });
    begun.notified().await;
    server.drain();
    assert!(asked.await.expect("it does not panic").starts_with("http-"));
    assert_eq!(timeout(LONG, server.ended()).await, Ok(Ended::Drained));
}
