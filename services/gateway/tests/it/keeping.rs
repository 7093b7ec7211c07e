//! Public answers that the gateway keeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use medcover_cache::{Cache, InProcess};
use medcover_kernel::{ManualClock, SystemRng, Timestamp};
use medcover_testkit::TestServer;

use crate::house::{Door, PREFIX, at};

/// A role that counts what it is asked, and fails when told.
#[derive(Clone, Default)]
struct Role {
    asked: Arc<AtomicU64>,
    fails: Arc<AtomicBool>,
}

impl Role {
    async fn serve(&self) -> TestServer {
        let this = self.clone();
        let router = Router::new().fallback(move |request: Request| async move {
            let number = this.asked.fetch_add(1, Ordering::SeqCst) + 1;
            if this.fails.load(Ordering::SeqCst) {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            let text = format!("answer {number}");
            match request.uri().path() {
                path if path.ends_with("untagged") => text.into_response(),
                path if path.ends_with("unknown") => StatusCode::NOT_FOUND.into_response(),
                _ => ([("etag", "\"v7\""), ("x-request-id", "theirs")], text).into_response(),
            }
        });
        TestServer::start(router).await
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

struct Scene {
    role: Role,
    door: Door,
    clock: Arc<ManualClock>,
    _server: TestServer,
}

impl Scene {
    async fn new() -> Self {
        let role = Role::default();
        let server = role.serve().await;
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
        let engine = Arc::new(InProcess::new(8 << 20, Arc::clone(&clock) as _));
        let cache = Cache::new(engine, Arc::clone(&clock) as _, Arc::new(SystemRng));
        Self {
            door: Door::keeping(&cache, &at(&server)).await,
            role,
            clock,
            _server: server,
        }
    }

    async fn get(&self, below: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let path = format!("{PREFIX}/{below}");
        let answer = self.door.ask("GET", &path, headers, "").await;
        (answer.head.status.as_u16(), answer.body)
    }
}

fn is(number: u64) -> (u16, String) {
    (200, format!("answer {number}"))
}

#[tokio::test]
async fn what_is_the_same_for_everybody_is_asked_for_once() {
    let it = Scene::new().await;
    for _ in 0..3 {
        assert_eq!(it.get("1", &[]).await, is(1));
    }
    assert_eq!(it.get("2", &[]).await, is(2));
    assert_eq!(it.get("1?x=1", &[]).await, is(3));
    assert_eq!(it.get("1", &[("accept-encoding", "br")]).await, is(4));
    assert_eq!(
        it.get("1", &[("if-none-match", "\"v6\", W/\"v7\"")]).await,
        (304, String::new())
    );
    assert_eq!(it.get("1", &[("if-none-match", "\"v6\"")]).await, is(1));
    assert_eq!(it.role.asked(), 4);
    it.clock.advance(Duration::from_secs(5));
    assert_eq!(it.get("1", &[]).await, is(5));
}

#[tokio::test]
async fn what_may_differ_is_passed_on_each_time() {
    let it = Scene::new().await;
    let credentials = [("authorization", "Bearer t")];
    for number in [1, 2] {
        assert_eq!(it.get("1", &credentials).await, is(number));
    }
    for number in [3, 4] {
        assert_eq!(it.get("untagged", &[]).await, is(number));
    }
    for _ in 0..2 {
        assert_eq!(it.get("unknown", &[]).await.0, 404);
    }
    assert_eq!(it.role.asked(), 6);
    let posted = it.door.ask("POST", &format!("{PREFIX}/1"), &[], "").await;
    assert_eq!(posted.body, "answer 7");
}

#[tokio::test]
async fn while_the_role_is_away_its_last_answer_is_given() {
    let it = Scene::new().await;
    assert_eq!(it.get("1", &[]).await, is(1));
    let ask = async || it.door.ask("GET", &format!("{PREFIX}/1"), &[], "").await;
    assert_eq!(ask().await.header("x-fallback"), "");
    it.role.fails.store(true, Ordering::SeqCst);
    it.clock.advance(Duration::from_mins(2));
    assert_eq!(it.get("1", &[]).await, is(1));
    assert_eq!(ask().await.header("x-fallback"), "kept");
    assert_eq!(it.get("2", &[]).await.0, 503);
    it.clock.advance(Duration::from_mins(5));
    assert_eq!(it.get("1", &[]).await.0, 503);
    it.role.fails.store(false, Ordering::SeqCst);
    assert_eq!(it.get("1", &[]).await.0, 200);
    assert_eq!(ask().await.header("x-fallback"), "");
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_is_passed_on() {
    let it = Scene::new().await;
    let asks = (0..20).map(|_| it.get("1", &[]));
    for answer in futures_all(asks).await {
        assert_eq!(answer, is(1));
    }
    assert_eq!(it.role.asked(), 1);
}

/// Waits for all of them, polled together.
async fn futures_all<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(|it| (Box::pin(it), None)).collect();
    std::future::poll_fn(|cx| {
        let mut waiting = false;
        for (future, output) in &mut all {
            if output.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(it) => *output = Some(it),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
    all.into_iter().filter_map(|(_, output)| output).collect()
}
