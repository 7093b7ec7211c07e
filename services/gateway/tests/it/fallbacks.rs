//! What stands in for a role that is away: another upstream, what is kept, a fixed answer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use medcover_cache::{Cache, InProcess};
use medcover_gateway::{Door, Gateway, RemoteRole};
use medcover_http::{Edge, EdgeConfig, Way};
use medcover_kernel::{Clock, SystemClock, SystemRng};
use medcover_mesh::{Addresses, Deps, Upstream, UpstreamConfig};
use medcover_policy::Policy;
use medcover_telemetry::Metrics;
use medcover_testkit::{Answer, Client, Fault, FaultProxy, TestServer};
use tokio::sync::watch;

const THING: &str = "/api/v1/things/1";
const FIXED: &str = "{status: 200, content_type: application/json, body: '{\"hits\": []}'}";

/// A server which answers with `word`, under a tag so that it can be kept, and tells whose credentials came.
async fn role(word: &'static str) -> TestServer {
    let answer = move |request: Request| async move {
        let shown = request.headers().get("x-api-key").cloned();
        let shown = shown.map(|it| [("x-shown", it)]);
        (shown, [("etag", "\"v1\"")], word).into_response()
    };
    TestServer::start(Router::new().fallback(answer)).await
}

/// A gateway under a policy, before an upstream of one instance.
struct House {
    client: Client,
    upstream: Upstream,
    metrics: Arc<Metrics>,
    _policy: watch::Sender<Arc<Policy>>,
}

impl House {
    /// The role at `to`, and another server which the policy calls `other`.
    fn under(rules: &str, to: SocketAddr, other: SocketAddr) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let metrics = Arc::new(Metrics::default());
        let edge = Edge::new(
            EdgeConfig::default(),
            Arc::clone(&metrics),
            Arc::clone(&clock),
            Arc::new(SystemRng),
        );
        let addresses: Addresses = format!("http://{to}").parse().expect("an address");
        let upstream = Upstream::new(
            "things-service",
            Deps {
                registry: addresses.registry(),
                config: UpstreamConfig {
                    failure_threshold: 2,
                    retries: 0,
                    ..UpstreamConfig::default()
                },
                clock: Arc::clone(&clock),
                rng: Arc::new(SystemRng),
            },
        );
        let upstream = upstream.expect("settings that work");
        let role = RemoteRole {
            name: "things",
            prefixes: &["/api/v1/things"],
            transport: Arc::new(upstream.clone()),
        };
        let gateway = Gateway::new(&edge, &clock, [role], None);
        let router = Router::new().fallback(move |request: Request| {
            let passage = gateway.passage(request.uri().path()).cloned();
            async move { passage.expect("its path").pass(request).await }
        });
        let other = Way::over_network(&format!("http://{other}")).expect("an address");
        let other = Gateway::way_to(&edge, &clock, Arc::new(other));
        let text =
            format!("version: 1\ndefaults: {rules}\nupstreams: {{other: ['http://127.0.0.1:1']}}");
        let (sender, policy) = watch::channel(Arc::new(Policy::parse(&text).expect("no fault")));
        let engine = Arc::new(InProcess::new(1 << 20, Arc::clone(&clock)));
        let cache = Cache::new(engine, clock, Arc::new(SystemRng));
        let door =
            Door::new(policy, Arc::new(SystemRng), &cache).with_ways(Arc::new(move |name| {
                (name == "other").then(|| other.clone())
            }));
        door.register(&metrics);
        Self {
            client: Client::new(door.before(router)),
            upstream,
            metrics,
            _policy: sender,
        }
    }

    /// How many answers stood in as this.
    fn counted(&self, kind: &str) -> u64 {
        let line = format!("medcover_fallbacks_total{{kind=\"{kind}\"}} ");
        let page = self.metrics.text();
        let count = page.lines().find_map(|it| it.strip_prefix(&*line));
        count.map_or(0, |count| count.parse().expect("a number"))
    }
}

fn stands_in(answer: &Answer, kind: &str, body: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("x-fallback"), kind);
    assert_eq!(answer.text(), body);
}

#[tokio::test]
async fn a_fixed_answer_stands_in_while_nobody_answers_what_reads() {
    let there = role("there").await;
    let addr = there.addr;
    let house = House::under(&format!("{{fallback: {{answer: {FIXED}}}}}"), addr, addr);
    let answer = house.client.get(THING).await;
    assert_eq!(
        (answer.text().as_str(), answer.header("x-fallback")),
        ("there", "")
    );
    there.stop().await;
    // The second failure opens the breaker, and then nobody is asked.
    for number in 1..4 {
        let answer = house.client.get(THING).await;
        stands_in(&answer, "fixed", "{\"hits\": []}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_ne!(answer.header("x-request-id"), "");
        assert_eq!(house.counted("fixed"), number);
    }
    let refused = house.upstream.status().refused;
    assert!(refused.contains(&("circuit-open", 1)), "{refused:?}");
    // Of what changes something, nobody may say that it was done.
    let written = house.client.post(THING, &serde_json::json!({})).await;
    assert_eq!(written.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(written.header("x-fallback"), "");
}

#[tokio::test]
async fn another_upstream_is_preferred_to_what_is_kept_and_that_to_a_fixed_answer() {
    let (there, other) = (role("there").await, role("other").await);
    let rules = format!(
        "{{cache: {{keys: caller, ttl_ms: 1, stale_if_error_ms: 600000}}, fallback: {{to: other, answer: {FIXED}}}}}"
    );
    let house = House::under(&rules, there.addr, other.addr);
    let key = [("x-api-key", "k")];
    let answer = house.client.get_with(THING, &key).await;
    assert_eq!(
        (answer.text().as_str(), answer.header("x-fallback")),
        ("there", "")
    );
    let clock = SystemClock::new();
    while clock.elapsed().as_millis() < 5 {
        tokio::task::yield_now().await;
    }
    there.stop().await;
    for _ in 0..2 {
        let answer = house.client.get_with(THING, &key).await;
        stands_in(&answer, "upstream", "other");
        assert_eq!(answer.header("x-shown"), "k", "asked as the caller asked");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    other.stop().await;
    stands_in(&house.client.get_with(THING, &key).await, "kept", "there");
    let never_asked = house.client.get("/api/v1/things/2").await;
    stands_in(&never_asked, "fixed", "{\"hits\": []}");
    let counted = ["upstream", "kept", "fixed"].map(|kind| house.counted(kind));
    assert_eq!(counted, [2, 1, 1]);
}

#[tokio::test]
async fn what_is_still_good_is_no_fallback() {
    let there = role("there").await;
    let addr = there.addr;
    let rules =
        format!("{{cache: {{keys: public, ttl_ms: 600000}}, fallback: {{answer: {FIXED}}}}}");
    let house = House::under(&rules, addr, addr);
    assert_eq!(house.client.get(THING).await.text(), "there");
    there.stop().await;
    let answer = house.client.get(THING).await;
    assert_eq!(
        (answer.text().as_str(), answer.header("x-fallback")),
        ("there", "")
    );
    assert_eq!(house.counted("fixed"), 0);
}

#[tokio::test]
async fn answers_of_the_role_stay_but_for_its_own_failures() {
    let role = |request: Request| async move {
        match request.uri().path().rsplit('/').next() {
            Some("missing") => StatusCode::NOT_FOUND,
            Some("limited") => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    };
    let role = TestServer::start(Router::new().fallback(role)).await;
    let rules = format!("{{fallback: {{answer: {FIXED}}}}}");
    let house = House::under(&rules, role.addr, role.addr);
    for (path, status) in [("missing", 404), ("limited", 429)] {
        let answer = house.client.get(&format!("/api/v1/things/{path}")).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("x-fallback"), "");
    }
    stands_in(&house.client.get(THING).await, "fixed", "{\"hits\": []}");
    let with_body = house.client.ask("GET", THING, &[], Body::from("{}")).await;
    assert_eq!(with_body.header("x-fallback"), "");
}

#[tokio::test]
async fn where_nothing_may_be_sent_nothing_stands_in() {
    let there = role("there").await;
    let rules = format!("{{fallback: {{to: other, answer: {FIXED}}}}}");
    let house = House::under(&rules, there.addr, there.addr);
    house.upstream.allow(false);
    let answer = house.client.get(THING).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("x-refused-by"), "egress-not-listed");
    assert_eq!(answer.header("x-fallback"), "");
}

#[tokio::test]
async fn it_is_over_when_the_role_is_back() {
    let there = role("there").await;
    let proxy = FaultProxy::start(there.addr).await;
    let rules = format!("{{fallback: {{answer: {FIXED}}}}}");
    let house = House::under(&rules, proxy.addr, proxy.addr);
    proxy.set(Fault::Errors);
    stands_in(&house.client.get(THING).await, "fixed", "{\"hits\": []}");
    proxy.set(Fault::None);
    let answer = house.client.get(THING).await;
    assert_eq!(
        (answer.text().as_str(), answer.header("x-fallback")),
        ("there", "")
    );
}
