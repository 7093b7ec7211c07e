//! Two whole processes on one PostgreSQL, between which Redis carries what their services hear of each other.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use medcover_e2e::Node;
use medcover_kernel::{Clock as _, SystemClock};
use medcover_testkit::{PostgresServer, RedisServer};
use serde_json::{Value, json};

/// How long a test waits for what must come, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// Sixty-four hexadecimal digits that all processes share.
const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const ROLES: &str = "gateway,auth,terminology,hospital,insurance,billing,journeys";
/// The groups through which a payment comes to be a commission.
const GROUPS: [&str; 2] = ["billing-allocations", "billing-commissions"];

/// A house with an agent, who earns a tenth of what is collected.
struct House {
    nodes: [Node; 2],
    metrics: [SocketAddr; 2],
    token: String,
    agent: String,
    redis: RedisServer,
    _postgres: PostgresServer,
}

impl House {
    fn start() -> Self {
        let postgres = PostgresServer::start().expect("it starts");
        let redis = RedisServer::start(&[]).expect("it starts");
        let metrics = [(); 2].map(|()| {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            free.local_addr().expect("bound")
        });
        let nodes = metrics.map(|metrics| {
            let mut node = Node::of(ROLES);
            node.with("MEDCOVER__STORE__ENGINE", "postgres")
                .with("MEDCOVER__STORE__URL", postgres.url())
                .with("MEDCOVER__STORE__INSTANCES", "2")
                .with("MEDCOVER__AUTH__MASTER_SECRET", MASTER)
                .with("MEDCOVER__REDIS__ADDRESS", redis.address())
                .with("MEDCOVER__REDIS__CHECK_MS", "200")
                .with("MEDCOVER__MESSAGES__TRANSPORT", "redis")
                .with("MEDCOVER__MESSAGES__FALL_BACK_MS", "2000")
                .with("MEDCOVER__MESSAGES__TAKE_OVER_MS", "2000")
                .with("MEDCOVER__LIMITS__ENABLED", "false")
                .with("MEDCOVER__ADMIN__LISTEN", metrics.to_string());
            node.start();
            node
        });
        let token = nodes[0].token();
        let mut house = Self {
            nodes,
            metrics,
            token,
            agent: String::new(),
            redis,
            _postgres: postgres,
        };
        let tier = json!({"from_minor": 0, "rate": 1_000});
        let terms = json!({"tiers": [tier], "rounding": "half-even", "hold_back_days": 0});
        let (plan, agent) = (id(1, 0), id(2, 0));
        let named = json!({"id": plan, "name": "A tenth", "terms": terms});
        house.post(0, "commissions/plans", &named);
        let named = json!({"id": agent, "name": "Ada Lind", "plan": plan});
        house.post(0, "agents", &named);
        house.agent = agent;
        house
    }

    fn post(&self, node: usize, path: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let key = body["id"].as_str().expect("it is named");
        let headers = [("authorization", &*bearer), ("idempotency-key", key)];
        let path = format!("/api/v1/{path}");
        let answer = self.nodes[node].ask("POST", &path, &headers, &body.to_string());
        assert_eq!(answer.status, 201, "{path}: {}", answer.body);
        answer.body
    }

    fn get(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let path = format!("/api/v1/{path}");
        let answer = self.nodes[0].ask("GET", &path, &[("authorization", &*bearer)], "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// Has an invoice of 100.00 paid in cash, at one process or the other. That the money is put against the invoice, and that
    /// the agent earns a tenth of it, follows by itself.
    fn collect(&self, numbers: std::ops::Range<u64>, nodes: &[usize]) {
        for number in numbers {
            let node = nodes[number as usize % nodes.len()];
            let (invoice, patient) = (id(3, number), id(4, number));
            let price = json!({"amount_minor": 10_000, "currency": "USD"});
            let line = json!({"description": "Consultation", "units": 1, "unit_price": price});
            let issued = json!({
                "id": invoice, "kind": "visit", "patient": patient, "encounter": id(5, number),
                "agent": self.agent, "lines": [line],
            });
            self.post(node, "invoices", &issued);
            let taken = json!({
                "id": id(6, number), "from": {"kind": "patient", "id": patient}, "amount": price,
                "method": "cash", "invoice": invoice, "allocate": true,
            });
            self.post(node, "payments", &taken);
        }
    }

    fn earned(&self) -> i64 {
        let commissions = self.get(&format!("agents/{}/commissions", self.agent));
        let accounts = commissions["accounts"].as_array().expect("accounts").iter();
        let accrued = accounts.filter_map(|it| it.pointer("/accrued/amount_minor")?.as_i64());
        accrued.sum()
    }

    /// Waits until so many payments had their effect.
    fn until_earned_of(&self, payments: i64) {
        until("all had their effect", || self.earned() >= payments * 1_000);
        assert_eq!(self.earned(), payments * 1_000);
    }

    /// What the metrics of a process say of the groups, added up.
    fn figure(&self, node: usize, name: &str) -> u64 {
        let page = page_of(self.metrics[node]);
        let lines = page.lines().filter(|it| it.starts_with(name));
        let ours = lines.filter(|it| GROUPS.iter().any(|group| it.contains(group)));
        let numbers = ours.filter_map(|it| it.rsplit(' ').next()?.parse::<u64>().ok());
        numbers.sum()
    }

    /// What the health of a process says of its messages.
    fn health(&self, node: usize) -> String {
        let page = self.nodes[node].ask("GET", "/api/v1/health", &[], "").body;
        let checks = page["checks"].as_array().cloned().unwrap_or_default();
        let found = checks.iter().find(|it| it["name"] == "messages");
        found.map_or_else(String::new, |it| {
            it["status"].as_str().unwrap_or_default().to_owned()
        })
    }
}

/// An id of a thing of that kind.
fn id(kind: u8, number: u64) -> String {
    format!("00000000-0000-7000-8{kind:03x}-{number:012x}")
}

fn page_of(metrics: SocketAddr) -> String {
    let mut page = String::new();
    let mut stream = TcpStream::connect(metrics).expect("it listens");
    let asked = format!("GET /metrics HTTP/1.1\r\nHost: {metrics}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).expect("it is asked");
    stream.read_to_string(&mut page).expect("it answers");
    page
}

fn until(what: &str, is: impl Fn() -> bool) {
    let clock = SystemClock::default();
    while !is() {
        assert!(clock.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn two_processes_share_what_follows_and_it_follows_once_whatever_becomes_of_redis() {
    let mut house = House::start();
    for node in 0..2 {
        until("Redis carries", || house.health(node) == "healthy");
    }
    house.collect(0..40, &[0]);
    house.until_earned_of(40);
    // All was asked of the first process, and both worked at what followed.
    let shares = [0, 1].map(|node| house.figure(node, "medcover_queue_settled_total"));
    assert!(shares.iter().all(|it| *it > 0), "{shares:?}");
    let queued = [0, 1].map(|node| house.figure(node, "medcover_stream_given_up_total"));
    assert_eq!(queued, [0, 0]);

    house.collect(40..50, &[0, 1]);
    assert_eq!(house.redis.say("FLUSHALL").expect("it answers"), "+OK\r\n");
    house.collect(50..60, &[0, 1]);
    house.until_earned_of(60);

    house.redis.kill();
    house.collect(60..80, &[0, 1]);
    house.until_earned_of(80);
    for node in 0..2 {
        until("it is told", || house.health(node) == "degraded");
    }
    house.redis.start_again().expect("it starts");
    for node in 0..2 {
        until("Redis carries again", || house.health(node) == "healthy");
    }

    house.collect(80..90, &[0, 1]);
    house.nodes[1].kill();
    house.collect(90..100, &[0]);
    house.until_earned_of(100);
    house.nodes[1].start();
    house.collect(100..110, &[0, 1]);
    house.until_earned_of(110);

    assert_eq!(house.get("ledger/trial-balance")["balanced"], true);
    let letters = house.nodes[0].print(&["dead-letters", "list"]);
    assert!(letters.contains("No message is set aside."), "{letters}");
    until("nothing is left in hand", || {
        let left = [0, 1].map(|node| {
            house.figure(node, "medcover_stream_pending")
                + house.figure(node, "medcover_stream_lag")
        });
        left == [0, 0]
    });
}
