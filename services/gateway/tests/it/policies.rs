//! Policies before an edge: what each rule does, and what a swap does to requests under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use medcover_cache::{Cache, InProcess};
use medcover_gateway::{Destination, Door, PolicyConfig, PolicyFile};
use medcover_http::{Edge, EdgeConfig, Endpoint, Json, Routes};
use medcover_kernel::{Call, Clock, Result, SystemClock, SystemRng};
use medcover_policy::Policy;
use medcover_telemetry::Metrics;
use tokio::sync::watch;
use tower::ServiceExt as _;

static READ: Endpoint<(), Json<String>> = Endpoint::get("read", "/api/v1/things")
    .summary("Reads.")
    .public();
static WRITE: Endpoint<Json<String>, Json<String>> = Endpoint::post("write", "/api/v1/things")
    .summary("Writes.")
    .public();

fn cache() -> Cache {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let engine = Arc::new(InProcess::new(1 << 20, Arc::clone(&clock)));
    Cache::new(engine, clock, Arc::new(SystemRng))
}

/// A router with two endpoints, behind the door.
struct House {
    router: Router,
    policy: watch::Sender<Arc<Policy>>,
    /// How often the read was answered.
    reads: Arc<AtomicU64>,
}

impl House {
    fn under(text: &str) -> Self {
        let policy = Policy::parse(text).expect("no fault");
        let (policy, watched) = watch::channel(Arc::new(policy));
        let reads = Arc::new(AtomicU64::new(0));
        let edge = Edge::new(
            EdgeConfig::default(),
            Arc::new(Metrics::default()),
            Arc::new(SystemClock::new()),
            Arc::new(SystemRng),
        );
        let things = Routes::new(Arc::clone(&reads))
            .answer(&READ, read)
            .answer(&WRITE, write);
        let answered = edge.router(things);
        let router = Door::new(watched, Arc::new(SystemRng), &cache()).before(answered);
        Self {
            router,
            policy,
            reads,
        }
    }

    async fn ask(&self, request: Request) -> Response<Body> {
        let answered = self.router.clone().oneshot(request).await;
        answered.expect("it cannot fail")
    }

    async fn read(&self, headers: &[(&str, &str)]) -> Response<Body> {
        self.ask(request("GET", headers, Body::empty())).await
    }
}

async fn read(reads: Arc<AtomicU64>, _: Call, (): ()) -> Result<String> {
    reads.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok("read".to_owned())
}

async fn write(_: Arc<AtomicU64>, _: Call, Json(text): Json<String>) -> Result<String> {
    Ok(text)
}

fn request(method: &str, headers: &[(&str, &str)], body: Body) -> Request {
    let mut request = Request::builder().method(method).uri("/api/v1/things");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).expect("a request")
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().expect("plain text"))
}

async fn problem(response: Response<Body>) -> serde_json::Value {
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("whole")
        .to_bytes();
    serde_json::from_slice(&bytes).expect("JSON")
}

/// A policy with one route for all things.
fn of_things(rules: &str) -> String {
    format!(
        "version: 1\nroutes: [{{name: things, match: {{path: /api/v1/things}}, rules: {rules}}}]"
    )
}

#[tokio::test]
async fn a_path_gets_another_beginning_before_anybody_looks_who_answers() {
    let house = House::under(
        "version: 1
routes:
  - name: short
    match: {path: /t}
    rules: {rewrite: {from: /t, to: /api/v1/things}}
  - name: things
    match: {path: /api/v1/things}
    rules: {fault: {abort: {percent: 100, status: 503}}}",
    );
    let ask = async |uri: &str| {
        let request = Request::builder().uri(uri).body(Body::empty());
        house.ask(request.expect("a request")).await.status()
    };
    assert_eq!(ask("/t").await, 200, "rules go by the path as it came");
    assert_eq!(ask("/api/v1/things").await, 503);
    assert_eq!(ask("/tt").await, 404);
}

#[tokio::test]
async fn without_rules_all_is_as_it_was() {
    let house = House::under("version: 1");
    let answer = house.read(&[("origin", "https://a.example")]).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_shorter_time_and_a_smaller_body_hold_for_the_route_alone() {
    let house = House::under(&of_things("{timeout_ms: 5, max_body_bytes: 8}"));
    let late = house.read(&[]).await;
    assert_eq!(late.status(), StatusCode::GATEWAY_TIMEOUT);
    let json = [("content-type", "application/json")];
    let small = house
        .ask(request("POST", &json, Body::from("\"small\"")))
        .await;
    assert_eq!(small.status(), 200);
    let large = house
        .ask(request("POST", &json, Body::from("\"not so small\"")))
        .await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let elsewhere =
        House::under("version: 1\nroutes: [{name: x, match: {path: /x}, rules: {timeout_ms: 5}}]");
    assert_eq!(elsewhere.read(&[]).await.status(), 200);
}

#[tokio::test]
async fn faults_are_put_in_before_anything_is_done_and_are_told_as_such() {
    let house = House::under(&of_things(
        "{fault: {delay: {percent: 100, ms: 30}, abort: {percent: 100, status: 503}}}",
    ));
    let clock = SystemClock::new();
    let answer = house.read(&[]).await;
    assert!(clock.elapsed() >= Duration::from_millis(30));
    assert_eq!(answer.status(), 503);
    assert_ne!(header(&answer, "x-request-id"), "");
    assert_eq!(problem(answer).await["type"], "/problems/fault-injected");
    assert_eq!(house.reads.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn headers_change_on_the_way_in_and_out() {
    let house = House::under(&of_things(
        "{headers: {request: {set: {X-Correlation-ID: from-the-policy}},
          response: {set: {X-Served-By: here}, remove: [X-Content-Type-Options]}}}",
    ));
    let answer = house.read(&[("x-correlation-id", "from-the-caller")]).await;
    assert_eq!(header(&answer, "x-correlation-id"), "from-the-policy");
    assert_eq!(header(&answer, "x-served-by"), "here");
    assert_eq!(header(&answer, "x-content-type-options"), "");
}

#[tokio::test]
async fn pages_of_named_origins_may_ask_and_others_are_told_nothing() {
    let house = House::under(&of_things(
        "{cors: {origins: ['https://a.example'], methods: [GET, POST], headers: [Content-Type], max_age_s: 60}}",
    ));
    let ours = ("origin", "https://a.example");
    let asked = ("access-control-request-method", "POST");
    let preflight = house
        .ask(request("OPTIONS", &[ours, asked], Body::empty()))
        .await;
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        header(&preflight, "access-control-allow-origin"),
        "https://a.example"
    );
    assert_eq!(
        header(&preflight, "access-control-allow-methods"),
        "GET, POST"
    );
    assert_eq!(header(&preflight, "access-control-max-age"), "60");
    assert_eq!(header(&preflight, "vary"), "origin");
    assert_eq!(
        header(&house.read(&[ours]).await, "access-control-allow-origin"),
        "https://a.example"
    );
    let other = house.read(&[("origin", "https://b.example")]).await;
    assert_eq!(
        (
            other.status().as_u16(),
            header(&other, "access-control-allow-origin")
        ),
        (200, "")
    );
}

/// Answers with the name of the upstream that the request was to go to.
fn telling() -> Router {
    Router::new().fallback(|request: Request| async move {
        let to = request.extensions().get::<Destination>();
        to.map_or_else(|| "-".to_owned(), |to| to.0.to_string())
    })
}

#[tokio::test]
async fn a_share_goes_to_another_upstream_and_the_rest_where_it_always_does() {
    let text = of_things("{split: [{to: next, percent: 30}]}")
        + "\nupstreams: {next: ['http://127.0.0.1:1']}";
    let policy = Policy::parse(&text).expect("no fault");
    let (_sender, policy) = watch::channel(Arc::new(policy));
    let router = Door::new(policy, Arc::new(SystemRng), &cache()).before(telling());
    let mut next = 0;
    for _ in 0..2_000 {
        let answer = router
            .clone()
            .oneshot(request("GET", &[], Body::empty()))
            .await;
        let body = answer.expect("it cannot fail").into_body();
        let bytes = body.collect().await.expect("whole").to_bytes();
        next += u32::from(bytes == "next");
    }
    assert!((500..700).contains(&next), "{next} of 2000");
}

#[tokio::test]
async fn a_copy_of_what_reads_shows_nobodys_credentials_and_its_answer_is_thrown_away() {
    let text = of_things("{mirror: {to: shadow, percent: 100}}")
        + "\nupstreams: {shadow: ['http://127.0.0.1:1']}";
    let policy = Policy::parse(&text).expect("no fault");
    let (_sender, policy) = watch::channel(Arc::new(policy));
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let router = Router::new().fallback(move |request: Request| {
        let copied = request.extensions().get::<Destination>().is_some();
        let shows = request.headers().contains_key("authorization");
        told.send((copied, shows, request.method().to_string()))
            .expect("heard");
        async { "answered" }
    });
    let router = Door::new(policy, Arc::new(SystemRng), &cache()).before(router);
    let shown = [("authorization", "Bearer secret")];
    for method in ["GET", "POST"] {
        let answer = router
            .clone()
            .oneshot(request(method, &shown, Body::empty()))
            .await;
        assert_eq!(answer.expect("it cannot fail").status(), 200);
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut all = Vec::new();
    while let Ok(one) = heard.try_recv() {
        all.push(one);
    }
    all.sort();
    let expected = [
        (false, true, "GET".to_owned()),
        (false, true, "POST".to_owned()),
        (true, false, "GET".to_owned()),
    ];
    assert_eq!(all, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_under_load_fails_no_request() {
    let house = Arc::new(House::under("version: 1"));
    let over = Arc::new(AtomicBool::new(false));
    let asking: Vec<_> = (0..16)
        .map(|_| {
            let (house, over) = (Arc::clone(&house), Arc::clone(&over));
            tokio::spawn(async move {
                let mut asked = 0;
                while !over.load(Ordering::Relaxed) {
                    assert_eq!(house.read(&[]).await.status(), 200);
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    for swap in 0..100 {
        let text = of_things(&format!(
            "{{timeout_ms: {}, headers: {{response: {{set: {{X-N: '{swap}'}}}}}}}}",
            10_000 + swap
        ));
        house
            .policy
            .send_replace(Arc::new(Policy::parse(&text).expect("no fault")));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    over.store(true, Ordering::Relaxed);
    let mut asked = 0;
    for one in asking {
        asked += one.await.expect("no request failed");
    }
    assert!(asked > 100, "{asked}");
    assert_eq!(header(&house.read(&[]).await, "x-n"), "99");
}

#[test]
fn a_file_with_faults_never_replaces_a_good_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy.yaml");
    let config = PolicyConfig {
        file: Some(path.clone()),
    };
    std::fs::write(&path, "version: 3").expect("written");
    let refused = PolicyFile::open(&config).expect_err("a fault");
    assert!(
        refused.to_string().contains("version: must be 1"),
        "{refused}"
    );
    std::fs::write(&path, of_things("{timeout_ms: 7}")).expect("written");
    let file = PolicyFile::open(&config).expect("no fault");
    let watched = file.subscribe();
    let good = Arc::clone(&watched.borrow());
    let large = vec![b'#'; 400_000];
    for bad in [&b"version: 2"[..], b"", b"\xff\xfe", b"routes: 5", &large] {
        std::fs::write(&path, bad).expect("written");
        file.look();
        assert_eq!(**watched.borrow(), *good);
        assert!(!file.standing().faults.is_empty());
    }
    std::fs::remove_file(&path).expect("removed");
    file.look();
    assert_eq!(**watched.borrow(), *good);
    let refusals = file.standing().refusals;
    file.look();
    assert_eq!(file.standing().refusals, refusals, "told once");
    std::fs::write(&path, of_things("{timeout_ms: 8}")).expect("written");
    file.look();
    assert_ne!(**watched.borrow(), *good);
    let standing = file.standing();
    assert_eq!((standing.swaps, standing.faults), (1, vec![]));
}
