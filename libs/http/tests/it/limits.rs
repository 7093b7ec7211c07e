//! How much each caller may ask for, and what they are told.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use medcover_http::{
    Edge, EdgeConfig, Endpoint, Identify, Identity, InCall, LimitsConfig, Peer, Routes,
    SharedCounts, Shown, SlotsConfig, TierConfig, Traffic,
};
use medcover_kernel::{
    Call, Caller, ClientId, Clock, Error, ManualClock, Result, Rng, Scopes, SystemRng, TenantId,
    Tier, Timestamp, UserId,
};
use medcover_telemetry::Metrics;
use medcover_testkit::{Answer, Client, TestServer};
use uuid::Uuid;

medcover_kernel::permission! {
    /// Reads records.
    ReadRecords = "records.read";
}

static OPEN: Endpoint = Endpoint::get("open", "/open").public();
static TENTH: Endpoint = Endpoint::get("tenth", "/tenth").public().weight_percent(10);
static HEAVY: Endpoint = Endpoint::get("heavy", "/heavy")
    .public()
    .weight_percent(10_000);
static TEN: Endpoint = Endpoint::get("ten", "/ten").public().weight_percent(1_000);
static HEALTH: Endpoint = Endpoint::get("free", "/free").public().weight_percent(0);
static RECORDS: Endpoint = Endpoint::get("records", "/records").needs::<ReadRecords>();

/// Knows a key of each tier by the tier's name, and everybody whose token is a number.
#[derive(Default)]
struct Known {
    asked: AtomicU32,
}

#[async_trait]
impl Identify for Known {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (caller, tier) = match shown {
            Shown::ApiKey("premium") => (client(1), Tier::Premium),
            Shown::ApiKey("enterprise") => (client(2), Tier::Enterprise),
            Shown::ApiKey("standard") => (client(3), Tier::Authenticated),
            Shown::ApiKey(_) => return Err(Error::unauthenticated("The key does not hold.")),
            Shown::Bearer(text) => {
                let number = text.parse::<u128>();
                let number = number.map_err(|_| Error::unauthenticated("No."))?;
                let user = UserId::from_uuid(Uuid::from_u128(number));
                (Caller::User(user), Tier::Authenticated)
            }
        };
        Ok(Identity {
            tenant: TenantId::DEFAULT,
            caller,
            scopes: Scopes::of(["records.read"]),
            tier,
            purpose: None,
        })
    }
}

fn client(number: u128) -> Caller {
    Caller::Client(ClientId::from_uuid(Uuid::from_u128(number)))
}

/// A server on a clock that is stepped, asked in memory as if over connections.
pub(crate) struct House {
    pub(crate) clock: Arc<ManualClock>,
    known: Arc<Known>,
    pub(crate) traffic: Traffic,
    pub(crate) metrics: Arc<Metrics>,
    client: Client,
    edge: Edge,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(&LimitsConfig::default())
    }

    fn with(limits: &LimitsConfig) -> Self {
        Self::counted_by(None, limits)
    }

    /// One that counts callers together with others.
    pub(crate) fn counted_by(counts: Option<Arc<dyn SharedCounts>>, limits: &LimitsConfig) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1)));
        let told: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let (metrics, known) = (Arc::new(Metrics::default()), Arc::new(Known::default()));
        let slots = SlotsConfig::default();
        let traffic = Traffic::counted_by(counts, &slots, limits, &metrics, &told, &rng);
        let traffic = traffic.expect("sound");
        let edge = Edge::new(EdgeConfig::default(), Arc::clone(&metrics), told, rng)
            .bounded_by(traffic.clone())
            .identified_by(Arc::clone(&known) as _);
        let routes = Routes::new(())
            .add(&OPEN, async |InCall(call): InCall| call.caller.to_string())
            .add(&TENTH, async || "tenth")
            .add(&HEAVY, async || "heavy")
            .add(&TEN, async || "ten")
            .add(&HEALTH, async || "free")
            .add(&RECORDS, async || "records")
            .merge(traffic.routes());
        Self {
            clock,
            known,
            traffic,
            metrics,
            client: Client::new(edge.router(routes)),
            edge,
        }
    }

    pub(crate) async fn ask(&self, from: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let from: IpAddr = from.parse().expect("an address");
        let request = Request::get(path).extension(Peer(from));
        let request = headers
            .iter()
            .fold(request, |it, (name, value)| it.header(*name, *value));
        self.client
            .send(request.body(Body::empty()).expect("well-formed"))
            .await
    }

    /// How many of 60 requests at once are answered.
    async fn burst(&self, from: &str, path: &str, headers: &[(&str, &str)]) -> u32 {
        let mut answered = 0;
        for _ in 0..60 {
            answered += u32::from(self.ask(from, path, headers).await.status == 200);
        }
        answered
    }

    fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) const HOME: &str = "203.0.113.5";
pub(crate) const PREMIUM: (&str, &str) = ("x-api-key", "premium");

#[tokio::test]
async fn beyond_a_limit_the_answer_is_429_with_all_that_a_client_needs() {
    let house = House::new();
    let first = house.ask(HOME, "/open", &[]).await;
    assert_eq!(first.status, 200);
    assert_eq!(
        first.header("ratelimit-policy"),
        r#""burst";q=10;w=10, "minute";q=60;w=60, "hour";q=1000;w=3600"#
    );
    assert_eq!(first.header("ratelimit"), r#""burst";r=9;t=1"#);
    assert_eq!(house.burst(HOME, "/open", &[]).await, 9);

    let refused = house.ask(HOME, "/open", &[]).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["type"], "/problems/rate-limited");
    assert_eq!(refused.header("x-refused-by"), "rate-limited");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit"), r#""burst";r=0;t=10"#);
    assert!(
        refused.text().contains("10 requests within 10 s"),
        "{}",
        refused.text()
    );
    let page = house.metrics.text();
    assert!(
        page.contains("medcover_requests_refused_total{reason=\"rate-limited\"} 52"),
        "{page}"
    );
    assert!(
        page.contains("medcover_rate_limit_admitted_total{tier=\"anonymous\"} 10"),
        "{page}"
    );

    house.wait(1);
    assert_eq!(house.ask(HOME, "/open", &[]).await.status, 200);
    assert_eq!(house.ask(HOME, "/open", &[]).await.status, 429);
    // Another address has a share of its own, and what there is not is counted too.
    assert_eq!(house.burst("203.0.113.6", "/open", &[]).await, 10);
    assert_eq!(house.ask(HOME, "/nowhere", &[]).await.status, 429);
}

#[tokio::test]
async fn health_is_never_refused_and_weights_count() {
    let house = House::new();
    assert_eq!(house.burst(HOME, "/tenth", &[]).await, 60);
    assert_eq!(house.burst(HOME, "/tenth", &[]).await, 40);
    assert_eq!(house.ask(HOME, "/open", &[]).await.status, 429);
    assert_eq!(house.burst(HOME, "/free", &[]).await, 60);
    assert_eq!(house.ask(HOME, "/free", &[]).await.header("ratelimit"), "");
    // What weighs more than there ever is takes all of it.
    assert_eq!(house.ask("203.0.113.7", "/heavy", &[]).await.status, 200);
    assert_eq!(house.ask("203.0.113.7", "/tenth", &[]).await.status, 429);
}

#[tokio::test]
async fn whoever_shows_what_holds_is_counted_by_name_at_public_addresses_too() {
    let house = House::new();
    assert_eq!(house.burst(HOME, "/open", &[]).await, 10);
    let open = house.ask(HOME, "/open", &[PREMIUM]).await;
    assert_eq!(open.status, 200);
    assert!(
        open.header("ratelimit-policy")
            .contains(r#""minute";q=1000"#)
    );
    assert_eq!(open.text(), "anonymous", "the call itself is nobody's");
    // Wherever the key comes from, and whatever it asks for, its share is one.
    let elsewhere = house.ask("198.51.100.9", "/records", &[PREMIUM]).await;
    assert_eq!(elsewhere.header("ratelimit"), r#""burst";r=198;t=1"#);
    let user = ("authorization", "Bearer 7");
    assert_eq!(house.burst(HOME, "/records", &[user]).await, 50);
    let other = house
        .ask(HOME, "/records", &[("authorization", "Bearer 8")])
        .await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn guessing_is_bounded_and_shuts_nobody_out_who_is_known() {
    let house = House::new();
    assert_eq!(house.ask(HOME, "/records", &[PREMIUM]).await.status, 200);
    let before = house.known.asked.load(Ordering::Relaxed);
    let mut refused = Vec::new();
    for guess in 0..100 {
        let key = format!("guess-{guess}");
        let answer = house.ask(HOME, "/records", &[("x-api-key", &key)]).await;
        refused.push(answer.status.as_u16());
    }
    assert_eq!(refused[..10], [401; 10]);
    assert_eq!(refused[10..], [429; 90]);
    assert_eq!(house.known.asked.load(Ordering::Relaxed) - before, 10);
    // A key that nobody has seen here yet waits, one that held lately does not.
    let new = house
        .ask(HOME, "/records", &[("x-api-key", "standard")])
        .await;
    assert_eq!(new.status, 429);
    assert_eq!(house.ask(HOME, "/records", &[PREMIUM]).await.status, 200);
    assert_eq!(
        house
            .ask("203.0.113.6", "/records", &[("x-api-key", "standard")])
            .await
            .status,
        200
    );
    house.wait(10);
    assert_eq!(
        house
            .ask(HOME, "/records", &[("x-api-key", "standard")])
            .await
            .status,
        200
    );
}

const fn forwarded(text: &str) -> [(&str, &str); 1] {
    [("x-forwarded-for", text)]
}

#[tokio::test]
async fn nobody_says_where_they_are_but_trusted_proxies() {
    let house = House::new();
    let mut answered = 0;
    for number in 0..60 {
        let claim = format!("198.51.100.{number}");
        let answer = house.ask(HOME, "/open", &forwarded(&claim)).await;
        answered += u32::from(answer.status == 200);
    }
    assert_eq!(answered, 10, "a header was believed");

    let house = House::with(&LimitsConfig {
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        exempt: vec!["192.0.2.4".parse().expect("an address")],
        ..LimitsConfig::default()
    });
    let proxy = "10.1.2.3";
    assert_eq!(
        house
            .burst(proxy, "/open", &forwarded("198.51.100.1"))
            .await,
        10
    );
    assert_eq!(
        house
            .burst(proxy, "/open", &forwarded("1.1.1.1, 198.51.100.1"))
            .await,
        0
    );
    assert_eq!(
        house
            .burst(proxy, "/open", &forwarded("198.51.100.2"))
            .await,
        10
    );
    assert_eq!(house.burst("192.0.2.4", "/open", &[]).await, 60);
    // All of a home with IPv6 is one caller.
    assert_eq!(house.burst("2001:db8:1:2::1", "/open", &[]).await, 10);
    assert_eq!(house.burst("2001:db8:1:2:9::9", "/open", &[]).await, 0);
}

#[tokio::test]
async fn callers_see_what_they_have_used_and_so_do_operators() {
    let house = House::new();
    house.burst(HOME, "/tenth", &[]).await;
    let usage = house.ask(HOME, "/api/v1/limits/usage", &[]).await.json();
    assert_eq!(usage["caller"], "address:203.0.113.5");
    assert_eq!(usage["tier"], "anonymous");
    assert_eq!(usage["limits"][0]["limit"], "burst");
    assert_eq!(usage["limits"][0]["remaining"], 3);
    assert_eq!(usage["limits"][2]["within_s"], 3600);
    let usage = house
        .ask(HOME, "/api/v1/limits/usage", &[PREMIUM])
        .await
        .json();
    assert_eq!(usage["tier"], "premium");
    let caller = usage["caller"].as_str().expect("a name");
    let seen = house.traffic.usage_of(caller).await.expect("a caller");
    assert_eq!((seen.len(), seen[0].limits[0].remaining), (1, 199));
    assert_eq!(
        house
            .traffic
            .usage_of("address:203.0.113.5")
            .await
            .expect("one")
            .len(),
        1
    );
    assert_eq!(
        house
            .traffic
            .usage_of("address:203.0.113.99")
            .await
            .expect("one")
            .len(),
        0
    );
    assert!(house.traffic.usage_of("somebody").await.is_none());
    house.wait(3_700);
    house.traffic.sweep();
    let tiers = house.traffic.figures().limits.expect("limits").tiers;
    assert_eq!(tiers.iter().map(|tier| tier.callers).sum::<u64>(), 0);
}

#[tokio::test]
async fn numbers_come_from_the_settings_and_operators_are_not_limited() {
    let house = House::with(&LimitsConfig {
        anonymous: TierConfig {
            burst_capacity: 3,
            ..TierConfig::of(Tier::Anonymous)
        },
        ..LimitsConfig::default()
    });
    assert_eq!(house.burst(HOME, "/open", &[]).await, 3);
    let operators = house.edge.clone().for_operators();
    let routes = Routes::new(()).add(&OPEN, async || "open");
    let client = Client::new(operators.router(routes));
    for _ in 0..20 {
        let request = Request::get("/open").extension(Peer(HOME.parse().expect("one")));
        let answer = client.send(request.body(Body::empty()).expect("well-formed"));
        assert_eq!(answer.await.status, 200);
    }
}

#[tokio::test]
async fn over_a_socket_the_address_is_that_of_the_connection() {
    let house = House::new();
    let routes = Routes::new(()).add(&OPEN, async || "open");
    let server = TestServer::start(house.edge.router(routes)).await;
    let request = b"GET /open HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    for number in 0..12 {
        let answer = server.raw(request, Duration::from_secs(5)).await;
        let answer = String::from_utf8_lossy(&answer);
        let status = if number < 10 {
            "HTTP/1.1 200"
        } else {
            "HTTP/1.1 429"
        };
        assert!(answer.starts_with(status), "{number}: {answer}");
    }
    assert_eq!(
        house
            .traffic
            .usage_of("address:127.0.0.1")
            .await
            .expect("one")
            .len(),
        1
    );
}
