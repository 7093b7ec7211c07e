//! The policy file of a whole installation: swapped under load, and what stands in when the process behind the door dies.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use medcover_e2e::{Answer, Node};
use medcover_http::Way;
use medcover_kernel::{Clock as _, SystemClock};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A policy is looked at each second; the rest is for a busy machine.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(30);
/// Each with a connection that it keeps.
const CLIENTS: usize = 8;
/// How often another policy must come into force under load.
const SWAPS: u64 = 6;
const SEARCH: &str = "/api/v1/search/icd10?q=heart+attack";

/// None of these may ever be in force.
const FAULTY: [&str; 4] = [
    "",
    "version: 2",
    "version: 1\nroutes: [{name: x, match: {path: y}}]",
    "version: 1\ndefaults: {headers: {response: {set: {X-Policy: 'faulty'}}}, timeout_ms: 0}",
];

struct Installation {
    door: Node,
    terminology: Node,
    token: String,
    folder: TempDir,
}

impl Installation {
    fn start(policy: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (mut door, mut terminology) = (Node::of("gateway,auth"), Node::of("terminology"));
        door.knows("terminology", terminology.base())
            .with("MEDCOVER__POLICY__FILE", file("policy.yaml"))
            .with("MEDCOVER__LOG__FILE", file("door.log"))
            // Who is back before it was missed is asked again this soon.
            .with("MEDCOVER__UPSTREAM__RECOVERY_MS", "1000");
        // On a machine that does other work, too, requests are to wait rather than be shed: that is not what is looked for.
        for node in [&mut door, &mut terminology] {
            node.with("MEDCOVER__SLOTS__MAX_CONCURRENT_REQUESTS", "20000");
        }
        std::fs::write(file("policy.yaml"), policy).expect("written");
        terminology.start();
        door.start();
        Self {
            token: door.token(),
            door,
            terminology,
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, policy: &str) {
        // As editors do: a file that is half written may be read, too, and is then refused.
        std::fs::write(self.file("policy.yaml"), policy).expect("written");
    }

    fn get(&self, path: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", &*bearer)];
        self.door.ask("GET", path, &headers, "")
    }

    /// What came of the last look at the policy file, as health has it.
    fn standing(&self) -> Value {
        let health = self.get("/api/v1/health").body;
        let mut checks = health["checks"].as_array().expect("checks").iter();
        let policy = checks.find(|it| it["name"] == "policy");
        policy.expect("the policy is checked").clone()
    }
}

/// A policy by which every answer says which one it is.
fn numbered(number: u64) -> String {
    format!("version: 1\ndefaults: {{headers: {{response: {{set: {{X-Policy: '{number}'}}}}}}}}\n")
}

/// Asks until it is so.
fn until(mut holds: impl FnMut() -> bool, what: &str) {
    let clock = SystemClock::new();
    let since = clock.elapsed();
    while !holds() {
        let waited = clock.elapsed().saturating_sub(since);
        assert!(waited < FOLLOWED_WITHIN, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Clients that ask without pause, and every answer of which is good.
struct Load {
    runtime: Runtime,
    over: Arc<AtomicBool>,
    /// The policy that answers last named.
    last: Arc<AtomicU64>,
    asking: Vec<tokio::task::JoinHandle<u64>>,
}

impl Load {
    fn start(door: &str) -> Self {
        let runtime = Runtime::new().expect("threads");
        let over = Arc::new(AtomicBool::new(false));
        let last = Arc::new(AtomicU64::new(0));
        let asking = (0..CLIENTS).map(|_| {
            let way = Way::over_network(door).expect("an address");
            let (over, last) = (Arc::clone(&over), Arc::clone(&last));
            runtime.spawn(async move {
                let mut asked = 0;
                while !over.load(Ordering::Relaxed) {
                    let number = answered(&way).await;
                    last.store(number, Ordering::Relaxed);
                    asked += 1;
                }
                asked
            })
        });
        let asking = asking.collect();
        Self {
            runtime,
            over,
            last,
            asking,
        }
    }

    /// Ends it; how many were asked. Panics where one failed.
    fn stop(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        let asking = self.asking.into_iter();
        asking
            .map(|it| self.runtime.block_on(it).expect("no request failed"))
            .sum()
    }
}

/// The number of the policy under which a search was answered, well.
async fn answered(way: &Way) -> u64 {
    let path = SEARCH.parse().expect("a path");
    let answer = way.send(Request::new(Body::empty()), path).await;
    let (head, body) = answer.expect("it answers").into_parts();
    let body = body.collect().await.expect("it ends well").to_bytes();
    assert_eq!(head.status, 200, "{}", String::from_utf8_lossy(&body));
    assert!(!body.is_empty());
    policy_of(&head.headers)
}

fn policy_of(headers: &HeaderMap) -> u64 {
    let number = headers.get("x-policy").expect("every policy names itself");
    let number = number.to_str().expect("plain text");
    number.parse().expect("no faulty policy is in force")
}

#[test]
fn swaps_of_the_policy_under_load_fail_no_request_and_the_newest_good_one_holds() {
    let all = Installation::start(&numbered(0));
    let load = Load::start(&all.door.base());
    for number in 1..=SWAPS {
        // What is wrong is seen, refused, and changes nothing.
        all.write(FAULTY[(number % 4) as usize]);
        until(|| all.standing()["status"] == "degraded", "a refusal");
        let before = number - 1;
        until(
            || load.last.load(Ordering::Relaxed) == before,
            "the one before",
        );
        // Of many that follow one another, the last one holds.
        for passing in 0..20 {
            all.write(&numbered(1_000 + passing));
            all.write(&numbered(number));
        }
        until(|| load.last.load(Ordering::Relaxed) == number, "a swap");
        until(|| all.standing()["status"] == "healthy", "a good policy");
    }
    let asked = load.stop();
    assert!(asked > 100, "{asked}");
    let last = all.door.ask("GET", SEARCH, &[], "");
    assert_eq!(last.header("x-policy"), SWAPS.to_string());
}

const WITH_FALLBACK: &str = "version: 1
routes:
  - name: search
    match: {path: /api/v1/search}
    rules:
      fallback:
        answer:
          status: 200
          content_type: application/json
          body: '{\"results\": [], \"notice\": \"the search is being looked after\"}'
";

#[test]
fn what_a_policy_has_at_hand_stands_in_when_the_process_behind_the_door_dies() {
    let mut all = Installation::start(WITH_FALLBACK);
    assert_eq!(all.get(SEARCH).header("x-fallback"), "");
    all.terminology.kill();
    let answer = all.get(SEARCH);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("x-fallback"), "fixed");
    assert_eq!(answer.body["results"], Value::Array(vec![]));
    // What has no fallback is away, and says so.
    assert_eq!(all.get("/api/v1/stats/chapters").status, 503);
    let told = |line: &str| line.contains("\"fallback\":\"fixed\"") && line.contains("\"reason\":");
    let log = || std::fs::read_to_string(all.file("door.log")).expect("a log");
    until(|| log().lines().any(told), "a line of the log");
    all.terminology.start();
    until(
        || {
            let answer = all.get(SEARCH);
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.header("x-fallback").is_empty()
        },
        "the end of it",
    );
}
