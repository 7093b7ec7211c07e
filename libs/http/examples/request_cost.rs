//! What the edge adds to a request: the same handler in memory, bare and behind the edge.
//!
//! `cargo run --release -p medcover-http --example request_cost`

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use medcover_http::{
    Edge, EdgeConfig, Endpoint, LimitsConfig, Path, Peer, Query, RawJson, Routes, SlotsConfig,
    TierConfig, Traffic,
};
use medcover_kernel::{Clock, Rng, SystemClock, SystemRng};
use medcover_telemetry::Metrics;
use serde::Deserialize;
use tower::Service as _;

const REQUESTS: u32 = 300_000;

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Search {
    q: String,
    limit: Option<u32>,
}

static PLAIN: Endpoint = Endpoint::get("plain", "/plain").public();
static CODE: Endpoint = Endpoint::get("code", "/codes/{code}").public();
static SEARCH: Endpoint = Endpoint::get("search", "/search").public();

async fn plain() -> RawJson {
    RawJson(vec![b'1'; 2_000])
}

async fn code(Path(path): Path<Code>) -> RawJson {
    RawJson(vec![path.code.len() as u8; 2_000])
}

async fn search(Query(search): Query<Search>) -> RawJson {
    let seed = search.q.len() as u32 + search.limit.unwrap_or(10);
    RawJson(vec![seed as u8; 2_000])
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let clock = SystemClock::new();
    let metrics = Arc::new(Metrics::default());
    let (told, rng): (Arc<dyn Clock>, Arc<dyn Rng>) = (Arc::new(clock), Arc::new(SystemRng));
    let traffic = Traffic::new(&SlotsConfig::default(), &beyond(), &metrics, &told, &rng);
    let edge = Edge::new(EdgeConfig::default(), metrics, told, rng);
    let limited = edge.clone().bounded_by(traffic.expect("sound"));
    let limited = limited.router(Routes::new(()).add(&PLAIN, plain));
    let behind = edge.router(
        Routes::new(())
            .add(&PLAIN, plain)
            .add(&CODE, code)
            .add(&SEARCH, search),
    );
    let bare = Router::new().route("/plain", get(plain));
    let cases = [
        ("bare axum", bare, "/plain"),
        ("edge", behind.clone(), "/plain"),
        ("edge with limits", limited, "/plain"),
        ("edge, path parameter", behind.clone(), "/codes/E11.65"),
        ("edge, query", behind, "/search?q=heart+attack&limit=10"),
    ];
    for round in 1..=3 {
        for (name, router, path) in &cases {
            let took = measure(&clock, router.clone(), path).await;
            report(round, name, took / REQUESTS);
        }
    }
}

/// Limits that decide and never refuse.
fn beyond() -> LimitsConfig {
    LimitsConfig {
        anonymous: TierConfig {
            requests_per_minute: 1_000_000_000,
            requests_per_hour: 1_000_000_000,
            burst_capacity: 1_000_000_000,
            token_refill_rate: 4_000_000,
        },
        ..LimitsConfig::default()
    }
}

async fn measure(clock: &SystemClock, mut router: Router, path: &str) -> Duration {
    let started = clock.elapsed();
    for _ in 0..REQUESTS {
        let request = Request::get(path)
            .header("host", "127.0.0.1:3000")
            .header("user-agent", "request_cost")
            .extension(Peer(Ipv4Addr::LOCALHOST.into()))
            .body(Body::empty())
            .expect("a well-formed request");
        match router.call(request).await {
            Ok(response) => drop(std::hint::black_box(response)),
            Err(never) => match never {},
        }
    }
    clock.elapsed().saturating_sub(started)
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn report(round: u32, name: &str, took: Duration) {
    println!(
        "round {round}: {name:<22} {:>6} ns a request",
        took.as_nanos()
    );
}
