//! What the edge does to every request.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use medcover_http::{AccessLog, Answering, DEGRADED, Edge, EdgeConfig, Reads};
use medcover_kernel::{SystemClock, SystemRng};
use medcover_telemetry::Metrics;
use medcover_testkit::{Client, edge_with};
use tokio::time::timeout;

use crate::demo::{client, routes};

const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn makes_ids_and_tells_them() {
    let answer = client().get("/who").await;
    let [request, trace, correlation]: [String; 3] =
        serde_json::from_slice(&answer.body).expect("three ids");
    assert_eq!(answer.header("x-request-id"), request);
    assert_eq!(correlation, request);
    assert_eq!(trace.len(), 32);
    assert_eq!(answer.header("x-correlation-id"), "");
}

#[tokio::test]
async fn takes_well_formed_ids_and_replaces_others() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let given = [
        ("x-request-id", UUID),
        ("traceparent", parent.as_str()),
        ("x-correlation-id", "visit-42"),
    ];
    let answer = client().get_with("/who", &given).await;
    assert_eq!(answer.header("x-request-id"), UUID);
    assert_eq!(answer.header("x-correlation-id"), "visit-42");
    assert_eq!(answer.json()[1], trace);
    let again = client().get_with("/who", &given).await;
    assert_eq!(again.json()[2], answer.json()[2], "one text, one id");

    let long = "x".repeat(129);
    let bad = [
        ("x-request-id", "1; drop table"),
        ("traceparent", "00-0-0-00"),
        ("x-correlation-id", long.as_str()),
    ];
    let answer = client().get_with("/who", &bad).await;
    assert_eq!(answer.header("x-request-id").len(), 36);
    assert_eq!(answer.header("x-correlation-id"), "");
}

#[tokio::test]
async fn a_problem_tells_the_request_it_happened_to() {
    let answer = client()
        .get_with("/api/v1/items/none", &[("x-request-id", UUID)])
        .await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let body = answer.json();
    assert_eq!(body["type"], "/problems/not-found");
    assert_eq!(body["status"], 404);
    assert_eq!(body["request_id"], UUID);
    assert_eq!(body["instance"], format!("urn:uuid:{UUID}"));
}

#[tokio::test]
async fn unknown_paths_wrong_methods_head_and_options() {
    let client = client();
    let nowhere = client.get("/nowhere").await;
    assert_eq!(nowhere.status, 404);
    assert_eq!(nowhere.json()["type"], "/problems/not-found");
    assert_eq!(nowhere.header("x-content-type-options"), "nosniff");

    let wrong = client.ask("DELETE", "/api/v1/items/a", &[], "").await;
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.header("allow"), "PUT, GET, HEAD, OPTIONS");
    assert_eq!(wrong.json()["type"], "/problems/method-not-allowed");

    let options = client.ask("OPTIONS", "/api/v1/items/batch", &[], "").await;
    assert_eq!(options.status, 204);
    assert_eq!(options.header("allow"), "POST, OPTIONS");

    let head = client.ask("HEAD", "/api/v1/items/a", &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert!(!head.header("etag").is_empty());
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_next_request_is_answered() {
    let client = client();
    let answer = client.get("/panic").await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.json()["type"], "/problems/internal");
    assert!(!answer.text().contains("as planned"));
    assert_eq!(client.get("/api/v1/items/a").await.status, 200);
}

#[tokio::test]
async fn a_failure_shows_no_cause() {
    let answer = client().get("/fail").await;
    assert_eq!(answer.status, 500);
    assert!(!answer.text().contains("fire"));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_the_path_ends_a_request() {
    let client = client();
    let within = |millis| {
        timeout(
            Duration::from_millis(millis),
            client.get("/api/v1/health/slow"),
        )
    };
    assert!(within(9_900).await.is_err(), "it ended early");
    let answer = within(10_100).await.expect("the deadline is 10 s");
    assert_eq!(answer.status, 504);
    assert_eq!(answer.json()["type"], "/problems/deadline-exceeded");
}

#[tokio::test]
async fn an_address_beyond_its_bound_is_414() {
    let answer = client().get(&format!("/{}", "a".repeat(9_000))).await;
    assert_eq!(answer.status, 414);
    assert_eq!(answer.json()["type"], "/problems/uri-too-long");
}

#[tokio::test]
async fn a_held_state_is_304() {
    let client = client();
    let first = client.get("/api/v1/items/a").await;
    let tag = first.header("etag").to_owned();
    let held = [("if-none-match", tag.as_str())];
    let again = client.get_with("/api/v1/items/a", &held).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), tag);
    assert_eq!(client.get_with("/api/v1/items/b", &held).await.status, 200);
}

#[tokio::test]
async fn compresses_only_when_asked_and_worth_it() {
    let client = client();
    let plain = client.get("/big").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("vary"), "accept-encoding");
    assert_eq!(plain.body.len(), 5_002);

    for (asked, given) in [("gzip", "gzip"), ("br, gzip;q=0.5", "br")] {
        let small = client.get_with("/big", &[("accept-encoding", asked)]).await;
        assert_eq!(small.header("content-encoding"), given);
        assert_eq!(small.header("vary"), "accept-encoding");
        assert!(small.header("etag").starts_with("W/"));
        assert!(small.body.len() < 200);
        let held = [("if-none-match", small.header("etag"))];
        assert_eq!(client.get_with("/big", &held).await.status, 304);
    }
    for asked in ["identity", "gzip;q=0"] {
        let answer = client.get_with("/big", &[("accept-encoding", asked)]).await;
        assert_eq!(answer.header("content-encoding"), "");
    }
    let small = client
        .get_with("/api/v1/items/a", &[("accept-encoding", "gzip")])
        .await;
    assert_eq!(small.header("content-encoding"), "");
}

#[tokio::test]
async fn gzip_is_gzip() {
    let answer = client()
        .get_with("/big", &[("accept-encoding", "gzip")])
        .await;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*answer.body)
        .read_to_string(&mut text)
        .expect("gzip");
    assert_eq!(text.len(), 5_002);
}

#[tokio::test]
async fn pages_keep_out_of_frames() {
    let page = client().get("/page").await;
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let data = client().get("/who").await;
    assert_eq!(data.header("content-security-policy"), "");
}

#[tokio::test]
async fn every_request_is_counted_under_its_operation() {
    let metrics = Arc::new(Metrics::default());
    let edge = Edge::new(
        EdgeConfig::default(),
        Arc::clone(&metrics),
        Arc::new(SystemClock::new()),
        Arc::new(SystemRng),
    );
    let client = Client::new(edge.router(routes()));
    client.get("/api/v1/items/a").await;
    client.get("/api/v1/items/none").await;
    client.get("/panic").await;
    client.get("/nowhere").await;
    let of = |name: &str| {
        let figures = metrics.figures();
        let found = figures.iter().find(|figure| figure.operation == name);
        found.map(|figure| (figure.count, figure.refused, figure.failed))
    };
    assert_eq!(of("get_item"), Some((2, 1, 0)));
    assert_eq!(of("panic"), Some((1, 0, 1)));
    assert_eq!(of("unmatched"), Some((1, 1, 0)));
}

/// The events on this thread, by their targets.
#[derive(Clone, Default)]
pub(crate) struct Counted(Arc<std::sync::Mutex<Vec<String>>>);

impl Counted {
    /// Takes them in until what is answered is dropped.
    pub(crate) fn listens(&self) -> tracing::subscriber::DefaultGuard {
        use tracing_subscriber::layer::SubscriberExt as _;
        let subscriber = tracing_subscriber::registry().with(self.clone());
        tracing::subscriber::set_default(subscriber)
    }

    /// Those of ours.
    pub(crate) fn targets(&self) -> Vec<String> {
        let targets = self.0.lock().expect("sound").clone();
        let ours = targets.into_iter();
        ours.filter(|target| target.starts_with("medcover."))
            .collect()
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Counted {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let target = event.metadata().target().to_owned();
        self.0.lock().expect("sound").push(target);
    }
}

async fn logged(config: EdgeConfig, paths: &[&str]) -> Vec<String> {
    let counted = Counted::default();
    let _listens = counted.listens();
    let client = Client::new(edge_with(config).router(routes()));
    for path in paths {
        client.get(path).await;
    }
    counted.targets()
}

#[tokio::test]
async fn the_access_log_tells_of_errors_and_of_a_share_or_of_all() {
    let rare = EdgeConfig {
        sample_one_in: 1_000_000,
        ..EdgeConfig::default()
    };
    let paths = ["/who", "/api/v1/items/none", "/fail"];
    assert_eq!(
        logged(rare.clone(), &paths).await,
        ["medcover.access", "medcover.problem", "medcover.access"]
    );
    let all = EdgeConfig {
        access_log: AccessLog::All,
        ..rare.clone()
    };
    assert_eq!(logged(all, &["/who"]).await, ["medcover.access"]);
    let slow = EdgeConfig {
        slow_ms: 100,
        ..rare
    };
    assert_eq!(logged(slow, &["/who", "/pause"]).await, ["medcover.access"]);
}

#[tokio::test]
async fn a_caller_who_waits_for_less_is_not_kept_waiting() {
    let wait = |header| async move {
        let headers = [("x-timeout-ms", header)];
        let asked = timeout(Duration::from_secs(5), async {
            client().get_with("/api/v1/health/slow", &headers).await
        });
        asked.await.map(|answer| answer.status.as_u16()).ok()
    };
    assert_eq!(wait("50").await, Some(504));
    let client = client();
    let headers = [("x-timeout-ms", "soon")];
    assert_eq!(client.get_with("/who", &headers).await.status, 200);
}

/// Marks each answer that it stands around.
struct Marks;

impl Reads for Marks {
    fn around(&self, answering: Answering) -> Answering {
        Box::pin(async move {
            let mut response = answering.await;
            let value = HeaderValue::from_static("everything; by=nobody");
            response.headers_mut().insert(DEGRADED, value);
            response
        })
    }
}

#[tokio::test]
async fn something_may_stand_in_where_a_request_only_reads_and_does_not_refuse_it() {
    let edge = edge_with(EdgeConfig::default()).reading_through(Arc::new(Marks));
    let client = Client::new(edge.router(routes()));
    let marked = |answer: &medcover_testkit::Answer| !answer.header("medcover-degraded").is_empty();
    assert!(marked(&client.get("/who").await));
    let refusing = [("cache-control", "max-age=0, no-cache")];
    assert!(!marked(&client.get_with("/who", &refusing).await));
    let batch = serde_json::json!({});
    assert!(!marked(&client.post("/api/v1/items/batch", &batch).await));
    assert!(!marked(&client.get("/nowhere").await));
}
