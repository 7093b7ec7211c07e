//! Who may call whom, between processes: the door with those who know callers, and billing behind it.

use std::path::PathBuf;
use std::time::Duration;

use medcover_e2e::{Answer, Node};
use medcover_kernel::{Clock as _, SystemClock};
use serde_json::json;
use tempfile::TempDir;

/// A policy is looked at each second; the rest is for a busy machine.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(20);
/// What only those may ask for who are known.
const INVOICES: &str = "/api/v1/invoices";

struct Installation {
    door: Node,
    billing: Node,
    token: String,
    folder: TempDir,
}

impl Installation {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut door, mut billing) = (Node::of("gateway,auth,terminology"), Node::of("billing"));
        let text = |name: &str| folder.path().join(name).display().to_string();
        door.knows("billing", billing.base());
        door.with("MEDCOVER__POLICY__FILE", text("door.yaml"));
        billing.with("MEDCOVER__POLICY__FILE", text("billing.yaml"));
        billing.with("MEDCOVER__LOG__FILE", text("billing.log"));
        for policy in ["door.yaml", "billing.yaml"] {
            std::fs::write(text(policy), "version: 1\n").expect("written");
        }
        door.start();
        let token = door.token();
        let mut all = Self {
            door,
            billing,
            token,
            folder,
        };
        let key = all.key("billing", &["credentials.introspect"]);
        all.billing.knows("key", key).knows("auth", all.door.base());
        all.billing.start();
        all
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, rules: &str) {
        let text = format!("version: 1\nservices: {rules}\n");
        std::fs::write(self.file(name), text).expect("written");
    }

    /// The key of a client that is this service.
    fn key(&self, service: &str, permissions: &[&str]) -> String {
        self.door.client_key(&self.token, service, permissions)
    }

    /// Asks billing for invoices at its own address, with a token that is good for that once.
    fn asked_by(&self, key: &str) -> Answer {
        let wanted = json!({"audience": "billing"}).to_string();
        let key = [("x-api-key", key)];
        let issued = self
            .door
            .ask("POST", "/api/v1/auth/service-tokens", &key, &wanted);
        assert_eq!(issued.status, 200, "{}", issued.body);
        let token = issued.body["token"].as_str().expect("a token");
        let bearer = format!("Bearer {token}");
        self.billing
            .ask("GET", INVOICES, &[("authorization", &bearer)], "")
    }

    fn get(&self, node: &Node, path: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        node.ask("GET", path, &[("authorization", &bearer)], "")
    }

    /// How often the process refused for this reason.
    fn refusals(&self, node: &Node, reason: &str) -> u64 {
        let traffic = self.get(node, "/api/v1/traffic").body;
        let refused = traffic["refused"].as_array().expect("a list").iter();
        let mut named = refused.filter(|it| it["reason"] == reason);
        named
            .next()
            .map_or(0, |it| it["count"].as_u64().expect("a number"))
    }
}

fn is_refused(answer: &Answer) {
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert_eq!(answer.body["type"], "/problems/caller-not-listed");
    assert_eq!(answer.header("x-refused-by"), "caller-not-listed");
}

/// Asks until the answer has this status: a policy that was written comes into force by itself.
fn until(status: u16, ask: impl Fn() -> Answer) -> Answer {
    let clock = SystemClock::new();
    let since = clock.elapsed();
    loop {
        let answer = ask();
        if answer.status == status {
            return answer;
        }
        let waited = clock.elapsed().saturating_sub(since);
        assert!(
            waited < FOLLOWED_WITHIN,
            "{}: {}",
            answer.status,
            answer.body
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_service_is_served_where_it_is_listed_and_refused_elsewhere() {
    let all = Installation::start();
    let permissions = ["service-tokens.issue", "billing.read"];
    let journeys = all.key("journeys", &permissions);
    let hospital = all.key("hospital", &permissions);
    // As the settings have it.
    assert_eq!(all.asked_by(&journeys).status, 200);
    is_refused(&all.asked_by(&hospital));
    assert_eq!(all.refusals(&all.billing, "caller-not-listed"), 1);
    let log = std::fs::read_to_string(all.file("billing.log")).expect("a log");
    let told = |line: &&str| line.contains("caller-not-listed") && line.contains("hospital");
    assert!(log.lines().any(|line| told(&line)), "{log}");
    // As a policy has it, while both run.
    all.write("billing.yaml", "{billing: {callers: [hospital]}}");
    until(200, || all.asked_by(&hospital));
    is_refused(&all.asked_by(&journeys));
    // Who has signed in is nobody's service.
    assert_eq!(all.get(&all.billing, INVOICES).status, 200);
    nothing_leaves_for_a_service_that_is_not_listed(&all);
}

fn nothing_leaves_for_a_service_that_is_not_listed(all: &Installation) {
    assert_eq!(all.get(&all.door, INVOICES).status, 200);
    all.write("door.yaml", "{gateway: {egress: [terminology]}}");
    let answer = until(503, || all.get(&all.door, INVOICES));
    assert_eq!(
        answer.body["type"], "/problems/egress-not-listed",
        "{}",
        answer.body
    );
    assert_eq!(answer.header("x-refused-by"), "egress-not-listed");
    assert!(all.refusals(&all.door, "egress-not-listed") > 0);
    let upstreams = all.get(&all.door, "/api/v1/upstreams").body;
    let refused = upstreams["upstreams"][0]["refused"].to_string();
    assert!(refused.contains("egress-not-listed"), "{upstreams}");
    // What is here goes on, and so does billing itself.
    assert_eq!(all.get(&all.door, "/api/v1/codes/I21.9").status, 200);
    assert_eq!(all.get(&all.billing, INVOICES).status, 200);
    all.write("door.yaml", "{gateway: {egress: [terminology, billing]}}");
    until(200, || all.get(&all.door, INVOICES));
}
