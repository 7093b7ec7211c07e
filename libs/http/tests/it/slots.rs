//! How many requests are worked on at once, over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use medcover_http::{
    Edge, EdgeConfig, Endpoint, Json, LimitsConfig, Priority, Routes, SlotFigures, SlotsConfig,
    Traffic,
};
use medcover_kernel::{Clock, Rng, SystemClock, SystemRng};
use medcover_telemetry::Metrics;
use medcover_testkit::{Client, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::demo;
use crate::requests::Counted;

const LONG: Duration = Duration::from_secs(5);

static VITAL: Endpoint = Endpoint::get("vital", "/vital")
    .public()
    .priority(Priority::Critical);
static BATCH: Endpoint = Endpoint::get("later", "/later")
    .public()
    .priority(Priority::Background);
static WORK: Endpoint = Endpoint::get("work", "/busy").public();
static WORK_LATER: Endpoint = Endpoint::get("work_later", "/busy-later")
    .public()
    .priority(Priority::Background);
static SUM: Endpoint<Json<Vec<u32>>> = Endpoint::post("sum", "/sum").public();

/// What a core is busy with for half a millisecond.
async fn work() -> &'static str {
    let clock = SystemClock::new();
    while clock.elapsed() < Duration::from_micros(500) {
        std::hint::spin_loop();
    }
    "done"
}

fn routes() -> Routes {
    Routes::new(())
        .add(&VITAL, async || "vital")
        .add(&BATCH, async || "later")
        .add(&WORK, work)
        .add(&WORK_LATER, work)
        .add(&SUM, async |Json(numbers): Json<Vec<u32>>| {
            numbers.iter().sum::<u32>().to_string()
        })
        .merge(demo::routes())
}

struct House {
    traffic: Traffic,
    metrics: Arc<Metrics>,
    server: TestServer,
}

impl House {
    async fn with(slots: SlotsConfig, edge: EdgeConfig) -> Self {
        let (traffic, metrics, edge) = made(&slots, edge);
        let server = TestServer::start(edge.router(routes())).await;
        Self {
            traffic,
            metrics,
            server,
        }
    }

    /// With two slots for whoever comes.
    async fn of_two() -> Self {
        Self::with(two(), EdgeConfig::default()).await
    }

    fn slots(&self) -> SlotFigures {
        self.traffic.figures().slots
    }

    /// Waits until so many slots are taken.
    async fn until(&self, active: u32) {
        let reached = timeout(LONG, async {
            while self.slots().active_requests != active {
                sleep(Duration::from_millis(2)).await;
            }
        });
        assert!(reached.await.is_ok(), "not {active}: {:?}", self.slots());
    }

    async fn begun(&self, request: &str) -> TcpStream {
        begun(self.server.addr, request).await
    }

    async fn answer(&self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        rest(self.begun(&request).await).await
    }
}

fn two() -> SlotsConfig {
    SlotsConfig {
        max_concurrent_requests: 2,
        normal_percent: 100,
        ..SlotsConfig::default()
    }
}

fn made(slots: &SlotsConfig, edge: EdgeConfig) -> (Traffic, Arc<Metrics>, Edge) {
    let metrics = Arc::new(Metrics::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let limits = LimitsConfig {
        enabled: false,
        ..LimitsConfig::default()
    };
    let traffic = Traffic::new(slots, &limits, &metrics, &clock, &rng).expect("sound");
    let edge = Edge::new(edge, Arc::clone(&metrics), clock, rng).bounded_by(traffic.clone());
    (traffic, metrics, edge)
}

async fn begun(addr: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.expect("it listens");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it takes bytes");
    stream
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let read = timeout(LONG, stream.read_to_string(&mut text)).await;
    read.expect("it closes in time").expect("text");
    text
}

const SLOW: &str = "GET /api/v1/health/slow HTTP/1.1\r\nhost: a\r\n\r\n";

#[tokio::test]
async fn beyond_the_slots_the_answer_is_503_with_a_reason_and_a_time() {
    let house = House::of_two().await;
    let (first, second) = (house.begun(SLOW).await, house.begun(SLOW).await);
    house.until(2).await;
    let slots = house.slots();
    assert_eq!(slots.max_concurrent_requests, 2);
    assert!((slots.utilization_percentage - 100.0).abs() < 1e-9);
    assert!(slots.oldest_request_age > 0.0);

    let refused = house.answer("/who").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    for part in [
        "retry-after: 1",
        "x-refused-by: no-slot",
        "/problems/no-slot",
        "x-request-id",
    ] {
        assert!(refused.contains(part), "{part} in {refused}");
    }
    let page = house.metrics.text();
    for line in [
        "medcover_active_requests 2",
        "medcover_max_concurrent_requests 2",
        "medcover_slot_utilization_percentage 100",
        "medcover_oldest_request_age_seconds ",
        "medcover_requests_refused_total{reason=\"no-slot\"} 1",
    ] {
        assert!(page.contains(line), "{line} in {page}");
    }
    drop((first, second));
    house.until(0).await;
    assert!(house.answer("/who").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn whatever_ends_a_request_gives_its_slot_back() {
    let impatient = EdgeConfig {
        timeout_ms: 300,
        body_timeout_ms: 100,
        ..EdgeConfig::default()
    };
    let house = House::with(two(), impatient).await;
    // Its client goes away.
    let abandoned = house.begun(SLOW).await;
    house.until(1).await;
    drop(abandoned);
    house.until(0).await;
    // It takes too long.
    let late = "GET /hour HTTP/1.1\r\nhost: a\r\nx-timeout-ms: 50\r\nconnection: close\r\n\r\n";
    let late = late.replace("/hour", "/api/v1/health/slow");
    assert!(
        rest(house.begun(&late).await)
            .await
            .starts_with("HTTP/1.1 504")
    );
    // Its handler panics, fails, or has nothing to do.
    for path in ["/panic", "/fail", "/nowhere", "/who"] {
        house.answer(path).await;
    }
    house.until(0).await;
    // Its body comes slowly, and does not end.
    let head = "POST /sum HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n\
                content-length: 1000\r\n\r\n[1";
    let mut trickling = house.begun(head).await;
    house.until(1).await;
    for _ in 0..4 {
        let _ = trickling.write_all(b",1").await;
        sleep(Duration::from_millis(20)).await;
    }
    assert!(rest(trickling).await.starts_with("HTTP/1.1 408"));
    house.until(0).await;
    // Its body breaks off.
    let cut = house.begun(head).await;
    house.until(1).await;
    drop(cut);
    house.until(0).await;
}

#[tokio::test]
async fn whoever_sends_no_whole_head_takes_no_slot() {
    let house = House::of_two().await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(house.begun("GET /who HTTP/1.1\r\nhost:").await);
    }
    sleep(Duration::from_millis(50)).await;
    assert_eq!(house.slots().active_requests, 0);
    assert!(house.answer("/who").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn what_matters_less_is_shed_first_and_what_matters_most_answers_last() {
    let ten = SlotsConfig {
        max_concurrent_requests: 10,
        normal_percent: 80,
        background_percent: 50,
        ..SlotsConfig::default()
    };
    let house = House::with(ten, EdgeConfig::default()).await;
    let mut running = Vec::new();
    while running.len() < 5 {
        running.push(house.begun(SLOW).await);
    }
    house.until(5).await;
    let shed = house.answer("/later").await;
    assert!(shed.contains("x-refused-by: load-shed"), "{shed}");
    assert!(house.answer("/who").await.starts_with("HTTP/1.1 200"));
    while running.len() < 8 {
        running.push(house.begun(SLOW).await);
    }
    house.until(8).await;
    assert!(
        house
            .answer("/who")
            .await
            .contains("x-refused-by: load-shed")
    );
    assert!(house.answer("/vital").await.starts_with("HTTP/1.1 200"));
}

/// Two seconds of two hundred requests to `path` at once, of which all are done or shed.
async fn a_flood_is_shed_and_work_goes_on(path: &'static str) {
    let adaptive = SlotsConfig {
        adaptive: true,
        ..SlotsConfig::default()
    };
    let (traffic, _, edge) = made(&adaptive, EdgeConfig::default());
    let client = Client::new(edge.router(routes()));
    let before = traffic.figures().slots.max_concurrent_requests;
    let clock = SystemClock::new();
    let (mut done, mut shed) = (0, 0);
    while clock.elapsed() < Duration::from_secs(2) {
        let mut flood = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let client = client.clone();
            flood.spawn(async move { client.get(path).await });
        }
        assert_eq!(client.get("/vital").await.status, 200);
        while let Some(answer) = flood.join_next().await {
            let answer = answer.expect("no panic");
            if answer.status == 200 {
                done += 1;
            } else {
                assert_eq!(answer.header("x-refused-by"), "load-shed");
                shed += 1;
            }
        }
    }
    let slots = traffic.figures().slots;
    assert!(slots.max_concurrent_requests < before / 2, "{slots:?}");
    assert!(done > 200 && shed > 0, "{done} done, {shed} shed");
}

#[tokio::test]
async fn a_flood_neither_fills_the_log_nor_counts_as_failure() {
    let one = SlotsConfig {
        max_concurrent_requests: 1,
        ..SlotsConfig::default()
    };
    let rare = EdgeConfig {
        sample_one_in: 1_000_000,
        ..EdgeConfig::default()
    };
    let (traffic, metrics, edge) = made(&one, rare);
    let log = Counted::default();
    let _listens = log.listens();
    let client = Client::new(edge.router(routes()));
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        flood.spawn(async move { client.get("/pause").await.status });
    }
    let answered = flood.join_all().await;
    let refused = answered.iter().filter(|status| **status == 503).count();
    assert_eq!((answered.len(), refused), (50, 49));
    assert_eq!(log.targets(), Vec::<String>::new());
    let counted = &traffic.figures().refused[0];
    assert_eq!((&*counted.reason, counted.count), ("no-slot", 49));
    let failed: u64 = metrics.figures().iter().map(|it| it.failed).sum();
    assert_eq!(failed, 0);
}

#[tokio::test]
async fn slots_that_follow_latency_shed_a_flood_and_go_on_working() {
    a_flood_is_shed_and_work_goes_on("/busy").await;
}

#[tokio::test]
async fn what_can_wait_tells_as_much_about_latency() {
    a_flood_is_shed_and_work_goes_on("/busy-later").await;
}
