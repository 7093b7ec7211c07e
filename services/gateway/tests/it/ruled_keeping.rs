//! Answers that a policy wants to be kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use medcover_cache::{Cache, InProcess};
use medcover_gateway::{Door, Gateway, RemoteRole};
use medcover_http::{Edge, EdgeConfig, Endpoint, Identify, Identity, Routes, Shown, Way};
use medcover_kernel::{
    Call, Caller, Clock, ManualClock, Result, Scopes, ServiceName, SystemClock, SystemRng,
    TenantId, Tier, Timestamp,
};
use medcover_policy::Policy;
use medcover_telemetry::Metrics;
use medcover_testkit::TestServer;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::house::at;

medcover_kernel::permission! {
    /// Reads secrets.
    ReadSecrets = "secrets.read";
}

static OPEN: Endpoint = Endpoint::get("open", "/api/v1/things/{id}")
    .summary("Open.")
    .public();
static SECRET: Endpoint = Endpoint::get("secret", "/api/v1/secrets/{id}")
    .summary("Secret.")
    .needs::<ReadSecrets>();

/// Everybody who shows a key may read secrets.
struct Anyone;

#[async_trait]
impl Identify for Anyone {
    async fn identify(&self, _: Shown<'_>, _: &Call) -> Result<Identity> {
        Ok(Identity {
            tenant: TenantId::DEFAULT,
            caller: Caller::Service(ServiceName::from_static("billing")),
            scopes: Scopes::of(["secrets.read"]),
            tier: Tier::Authenticated,
            purpose: None,
        })
    }
}

/// Two endpoints behind the door, which number their answers.
struct House {
    router: Router,
    policy: watch::Sender<Arc<Policy>>,
    clock: Arc<ManualClock>,
    cache: Cache,
}

fn parsed(rules: &str) -> Arc<Policy> {
    let text = format!("version: 1\ndefaults: {{cache: {rules}}}");
    Arc::new(Policy::parse(&text).expect("no fault"))
}

async fn numbered(State(asked): State<Arc<AtomicU64>>, request: Request) -> Response {
    let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
    let text = format!("answer {number}");
    if request.uri().path().ends_with("large") {
        return ([("etag", "\"v7\"")], "x".repeat(300_000)).into_response();
    }
    ([("etag", "\"v7\"")], text).into_response()
}

impl House {
    fn under(rules: &str) -> Self {
        let (policy, watched) = watch::channel(parsed(rules));
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
        let engine = Arc::new(InProcess::new(8 << 20, Arc::clone(&clock) as _));
        let cache = Cache::new(engine, Arc::clone(&clock) as _, Arc::new(SystemRng));
        let edge = Edge::new(
            EdgeConfig::default(),
            Arc::new(Metrics::default()),
            Arc::new(SystemClock::new()),
            Arc::new(SystemRng),
        )
        .identified_by(Arc::new(Anyone));
        let routes = Routes::new(Arc::new(AtomicU64::new(0)))
            .add(&OPEN, numbered)
            .add(&SECRET, numbered);
        let behind = edge.router(routes);
        Self {
            router: Door::new(watched, Arc::new(SystemRng), &cache).before(behind),
            policy,
            clock,
            cache,
        }
    }

    async fn answer(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let answered = self.router.clone().oneshot(request).await;
        answered.expect("it cannot fail")
    }

    /// The number of the answer.
    async fn number(&self, path: &str, headers: &[(&str, &str)]) -> u64 {
        let answer = self.answer(path, headers).await;
        assert_eq!(answer.status(), 200);
        let body = answer.into_body().collect().await.expect("whole");
        let text = String::from_utf8(body.to_bytes().to_vec()).expect("text");
        let number = text.strip_prefix("answer ").expect("a number");
        number.parse().expect("a number")
    }
}

const THING: &str = "/api/v1/things/1";

#[tokio::test]
async fn what_is_public_is_kept_for_its_time_and_given_to_all_who_show_nothing() {
    let house = House::under("{keys: public, ttl_ms: 1000}");
    for _ in 0..3 {
        assert_eq!(house.number(THING, &[]).await, 1);
    }
    assert_eq!(house.number(THING, &[("x-api-key", "k")]).await, 2);
    assert_eq!(house.number("/api/v1/things/1?q=2", &[]).await, 3);
    assert_eq!(
        house.number(THING, &[("cache-control", "no-cache")]).await,
        4
    );
    let held = house.answer(THING, &[("if-none-match", "\"v7\"")]).await;
    assert_eq!(held.status(), 304);
    house.clock.advance(Duration::from_millis(1_001));
    assert_eq!(house.number(THING, &[]).await, 5);
}

#[tokio::test]
async fn callers_are_kept_apart_and_what_they_show_is_nowhere_to_be_read() {
    let house = House::under("{keys: caller, ttl_ms: 1000}");
    let (one, other) = (
        [("x-api-key", "one-secret")],
        [("authorization", "Bearer two-secret")],
    );
    assert_eq!(house.number(THING, &one).await, 1);
    assert_eq!(house.number(THING, &other).await, 2);
    assert_eq!(house.number(THING, &[]).await, 3);
    for _ in 0..2 {
        assert_eq!(house.number(THING, &one).await, 1);
        assert_eq!(house.number(THING, &other).await, 2);
        assert_eq!(house.number(THING, &[]).await, 3);
    }
    // As an operator would look for them.
    let pattern = "answers:*secret*".parse().expect("a pattern");
    let found = house.cache.invalidate_pattern(&pattern).await;
    assert_eq!(found.expect("it answers"), 0);
}

#[tokio::test]
async fn the_headers_that_an_answer_depends_on_keep_answers_apart() {
    let house = House::under("{keys: public, ttl_ms: 1000, vary: [Accept-Language]}");
    let of = |language| [("accept-language", language), ("x-other", language)];
    assert_eq!(house.number(THING, &of("it")).await, 1);
    assert_eq!(house.number(THING, &of("de")).await, 2);
    assert_eq!(house.number(THING, &of("it")).await, 1);
    assert_eq!(house.number(THING, &[]).await, 3);
}

#[tokio::test]
async fn what_needs_a_permission_is_kept_by_nobody() {
    let house = House::under("{keys: caller, ttl_ms: 1000}");
    let path = "/api/v1/secrets/1";
    for number in 1..4 {
        assert_eq!(house.number(path, &[("x-api-key", "k")]).await, number);
    }
    let answer = house.answer(path, &[("x-api-key", "k")]).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(house.answer(path, &[]).await.status(), 401);
    let open = house.answer(THING, &[]).await;
    assert!(!open.headers().contains_key("cache-control"));
}

#[tokio::test]
async fn an_answer_that_is_too_large_comes_whole_and_is_not_kept() {
    let house = House::under("{keys: public, ttl_ms: 1000}");
    for _ in 0..2 {
        let answer = house.answer("/api/v1/things/large", &[]).await;
        let body = answer.into_body().collect().await.expect("whole");
        assert_eq!(body.to_bytes().len(), 300_000);
    }
    assert_eq!(house.number(THING, &[]).await, 3, "it was asked for twice");
}

#[tokio::test]
async fn other_rules_find_nothing_of_those_before() {
    let house = House::under("{keys: public, ttl_ms: 60000}");
    assert_eq!(house.number(THING, &[]).await, 1);
    house
        .policy
        .send_replace(parsed("{keys: public, ttl_ms: 1000}"));
    assert_eq!(house.number(THING, &[]).await, 2);
    house.policy.send_replace(parsed("{keys: off}"));
    assert_eq!(house.number(THING, &[]).await, 3);
    house
        .policy
        .send_replace(parsed("{keys: public, ttl_ms: 60000}"));
    assert_eq!(house.number(THING, &[]).await, 1, "still good");
}

#[tokio::test]
async fn a_policy_that_keeps_nothing_overrides_what_the_settings_keep() {
    let house = House::under("{keys: off}");
    let asked = Arc::new(AtomicU64::new(0));
    let role = Router::new().fallback(numbered).with_state(asked);
    let server = TestServer::start(role).await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let metrics = Arc::new(Metrics::default());
    let edge = Edge::new(
        EdgeConfig::default(),
        metrics,
        Arc::clone(&clock),
        Arc::new(SystemRng),
    );
    let role = RemoteRole {
        name: "terminology",
        prefixes: &["/api/v1/things"],
        transport: Arc::new(Way::over_network(&at(&server)).expect("an address")),
    };
    let kept = (&house.cache, &["/api/v1/things"][..]);
    let gateway = Gateway::new(&edge, &clock, [role], Some(kept));
    let router = Router::new().fallback(move |request: Request| {
        let passage = gateway.passage(request.uri().path()).cloned();
        async move { passage.expect("its path").pass(request).await }
    });
    let door = Door::new(house.policy.subscribe(), Arc::new(SystemRng), &house.cache);
    let house = House {
        router: door.before(router),
        ..house
    };
    assert_eq!(house.number(THING, &[]).await, 1);
    assert_eq!(house.number(THING, &[]).await, 2);
    house.policy.send_replace(Arc::new(Policy::default()));
    assert_eq!(house.number(THING, &[]).await, 3);
    assert_eq!(house.number(THING, &[]).await, 3);
}
