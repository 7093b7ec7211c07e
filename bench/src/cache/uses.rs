//! What the uses of the cache save: a question to another process, beside a hit.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::routing::get;
use bytes::Bytes;
use medcover_cache::{CacheKey, KeyText, Loaded, Policy};
use medcover_http::Way;
use serde::Serialize;

use super::keys::cache;
use crate::sample::{Sample, Timing};

/// Bytes of an answer: those of a code's details.
const BYTES: usize = 5_600;
/// How many callers ask for one key at once.
const AT_ONCE: usize = 1_000;

/// What was measured, over a kept connection on this machine.
#[derive(Serialize)]
pub struct Uses {
    /// Another process is asked and its answer read.
    pub asked: Timing,
    /// The same answer is kept.
    pub kept: Timing,
    /// How often the other process was asked when [`AT_ONCE`] callers missed the answer at once.
    pub asked_of_at_once: u64,
    /// Until all of them had it, in milliseconds.
    pub at_once_ms: f64,
}

struct Answer(usize);

impl CacheKey for Answer {
    type Value = Bytes;
    const SPACE: &'static str = "answers";
    const POLICY: Policy = Policy::of(Duration::from_mins(30));

    fn write(&self, to: &mut KeyText<'_>) {
        to.text("/api/v1/codes/E11.").number(self.0 as u64);
    }
}

pub fn measure(times: usize) -> Uses {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let way = Arc::new(Way::over_network(&serve().await).expect("an address"));
        let space = Arc::new(cache().space::<Answer>());
        let (mut asked, mut kept) = (Sample::default(), Sample::default());
        for number in 0..times {
            let began = Instant::now();
            let answer = ask(&way).await;
            asked.push(began.elapsed());
            let key = Answer(number % 1_000);
            space.set(&key, answer).await.expect("it answers");
            let began = Instant::now();
            black_box(space.get(&key).await.value().expect("it is there"));
            kept.push(began.elapsed());
        }
        let before = ASKED.load(std::sync::atomic::Ordering::SeqCst);
        let began = Instant::now();
        let callers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (space, way) = (Arc::clone(&space), Arc::clone(&way));
                tokio::spawn(async move {
                    let load = || async { Ok(Loaded::value(ask(&way).await)) };
                    space.get_or_load(&Answer(1_000), load).await.map(drop)
                })
            })
            .collect();
        for caller in callers {
            caller.await.expect("no panic").expect("it is loaded");
        }
        Uses {
            asked: asked.timing(),
            kept: kept.timing(),
            asked_of_at_once: ASKED.load(std::sync::atomic::Ordering::SeqCst) - before,
            at_once_ms: began.elapsed().as_secs_f64() * 1_000.0,
        }
    })
}

static ASKED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// A role elsewhere that has its answer ready.
async fn serve() -> String {
    let answer = || async {
        ASKED.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        "x".repeat(BYTES)
    };
    let router = Router::new().route("/answer", get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

async fn ask(way: &Way) -> Bytes {
    let request = Request::get("/answer")
        .body(Body::empty())
        .expect("a request");
    let path = "/answer".parse().expect("a path");
    let answer = way.send(request, path).await.expect("it answers");
    to_bytes(Body::new(answer.into_body()), BYTES)
        .await
        .expect("it ends well")
}
