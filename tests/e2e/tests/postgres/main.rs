//! State on a server of PostgreSQL's: the door and two processes of each service of record, all sharing it.

use std::thread::sleep;
use std::time::Duration;

use medcover_e2e::{Answer, INTROSPECTS, Node};
use medcover_testkit::PostgresServer;
use serde_json::{Value, json};

/// Sixty-four hexadecimal digits that all processes share.
const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Fleet {
    door: Node,
    records: [Node; 2],
    token: String,
    _server: PostgresServer,
}

impl Fleet {
    fn start() -> Self {
        let server = PostgresServer::start().expect("it starts");
        let on_postgres = |node: &mut Node| {
            node.with("MEDCOVER__STORE__ENGINE", "postgres")
                .with("MEDCOVER__STORE__URL", server.url())
                .with("MEDCOVER__STORE__INSTANCES", "3")
                .with("MEDCOVER__AUTH__MASTER_SECRET", MASTER);
        };
        let mut door = Node::of("gateway,auth,console,terminology");
        let mut records = [(); 2].map(|()| Node::of("hospital,insurance,billing,journeys"));
        let addresses = records.each_ref().map(Node::base).join(",");
        for role in ["hospital", "insurance", "billing", "journeys"] {
            door.knows(role, addresses.clone());
        }
        on_postgres(&mut door);
        door.start();
        let token = door.token();
        let key = door.client_key(&token, "hospital", &INTROSPECTS);
        for node in &mut records {
            node.knows("key", key.clone())
                .knows("auth", door.base())
                .knows("terminology", door.base());
            on_postgres(node);
            node.start();
        }
        Self {
            door,
            records,
            token,
            _server: server,
        }
    }

    /// The id of a patient who is registered under `key`.
    fn register(&self, key: &str) -> String {
        let details = json!({
            "family_name": "Rossi", "given_names": key, "birth_date": "1984-02-29", "sex": "female",
        });
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", &*bearer), ("idempotency-key", key)];
        let body = json!({"details": details}).to_string();
        let answer = self.door.ask("POST", "/api/v1/patients", &headers, &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    fn status_of(&self, node: &Node, id: &str) -> u16 {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", &*bearer)];
        let path = format!("/api/v1/patients/{id}");
        node.ask("GET", &path, &headers, "").status
    }
}

#[test]
fn two_processes_of_a_service_share_its_schema_and_one_may_die() {
    let mut fleet = Fleet::start();
    let before: Vec<_> = (0..20)
        .map(|at| fleet.register(&format!("k-{at}")))
        .collect();
    for (id, node) in before
        .iter()
        .flat_map(|id| fleet.records.each_ref().map(|node| (id, node)))
    {
        assert_eq!(fleet.status_of(node, id), 200);
    }
    fleet.records[0].kill();
    for (at, id) in before.iter().enumerate() {
        // Whichever process answered first, the key is known to the other.
        assert_eq!(*id, fleet.register(&format!("k-{at}")));
    }
    let after: Vec<_> = (20..40)
        .map(|at| fleet.register(&format!("k-{at}")))
        .collect();
    fleet.records[0].start();
    for id in before.iter().chain(&after) {
        assert_eq!(fleet.status_of(&fleet.records[0], id), 200);
    }
}

/// What the health page of `node` says of `check`.
fn check(node: &Node, name: &str) -> Value {
    let page = node.ask("GET", "/api/v1/health", &[], "").body;
    let checks = page["checks"].as_array().expect("checks").iter();
    let found = checks.into_iter().find(|check| check["name"] == name);
    let status = found.expect("it is checked")["status"].clone();
    json!([page["status"], status])
}

#[test]
fn without_the_server_terminology_goes_on_and_nothing_is_half_done() {
    let server = PostgresServer::start().expect("it starts");
    let mut node = Node::of("gateway,auth,console,terminology,hospital,insurance,billing,journeys");
    node.with("MEDCOVER__STORE__ENGINE", "postgres")
        .with("MEDCOVER__STORE__URL", server.url())
        .with("MEDCOVER__STORE__POOL_WAIT_MS", "1000")
        .with("MEDCOVER__AUTH__MASTER_SECRET", MASTER);
    node.start();
    let token = node.token();
    let bearer = format!("Bearer {token}");
    let register = |key: &str| {
        let details = json!({
            "family_name": "Rossi", "given_names": key, "birth_date": "1984-02-29", "sex": "female",
        });
        let headers = [("authorization", &*bearer), ("idempotency-key", key)];
        let body = json!({"details": details}).to_string();
        node.ask("POST", "/api/v1/patients", &headers, &body)
    };
    let before = register("before");
    assert_eq!(before.status, 201, "{}", before.body);
    assert_eq!(check(&node, "hospital"), json!(["healthy", "healthy"]));

    server.crash().expect("it crashes");
    let search = node.ask("GET", "/api/v1/search/icd10?q=nstemi", &[], "");
    assert_eq!(search.status, 200, "{}", search.body);
    let refused = register("during");
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(check(&node, "hospital"), json!(["degraded", "degraded"]));
    assert_eq!(check(&node, "terminology"), json!(["degraded", "healthy"]));

    server.start_again().expect("it starts again");
    let again = (0..100).map(|_| {
        sleep(Duration::from_millis(100));
        register("during")
    });
    let after = again.into_iter().find(|answer| answer.status != 503);
    let after = after.expect("it recovers within ten seconds");
    assert_eq!(after.status, 201, "{}", after.body);
    assert_eq!(register("during").body["id"], after.body["id"]);
    assert_eq!(register("before").body["id"], before.body["id"]);
    // Each service finds out by itself that the server is there again.
    await_health(&node, "hospital");
    let hospital = database(&node, &bearer, "hospital");
    assert_eq!(hospital["breaker"], "closed");
    assert!(hospital["failures"].as_u64() > Some(0), "{hospital}");
    assert!(hospital["last_failure"].is_string(), "{hospital}");
}

/// What is shown of the server of `service`.
fn database(node: &Node, bearer: &str, service: &str) -> Value {
    let headers = [("authorization", bearer)];
    let shown = node.ask("GET", "/api/v1/databases", &headers, "");
    let all = shown.body["databases"].as_array();
    let all = all.unwrap_or_else(|| panic!("{}", shown.body)).iter();
    let found = all.into_iter().find(|it| it["service"] == service);
    found.expect("it has a server").clone()
}

/// Waits until `check` is well. The page as a whole is not, for as long as refused requests are held against the process.
fn await_health(node: &Node, name: &str) {
    let well = (0..300).any(|_| {
        sleep(Duration::from_millis(100));
        check(node, name)[1] == "healthy"
    });
    assert!(well, "{}", node.ask("GET", "/api/v1/health", &[], "").body);
}

#[test]
fn lists_are_read_from_a_replica_and_what_is_written_follows_its_promotion() {
    let server = PostgresServer::start().expect("it starts");
    let replica = server.replica().expect("it follows");
    let mut node = Node::of("gateway,auth,console,terminology,hospital,insurance,billing,journeys");
    let places = [server.addr(), replica.addr()];
    let url = server.url_by(PostgresServer::USER, &places);
    node.with("MEDCOVER__STORE__ENGINE", "postgres")
        .with("MEDCOVER__STORE__URL", url)
        .with(
            "MEDCOVER__STORE__REPLICAS",
            replica.url_by(PostgresServer::READER, &[replica.addr()]),
        )
        .with("MEDCOVER__AUTH__MASTER_SECRET", MASTER);
    node.start();
    await_health(&node, "hospital");
    let bearer = format!("Bearer {}", node.token());
    let register = |key: &str| {
        let details = json!({
            "family_name": "Rossi", "given_names": key, "birth_date": "1984-02-29", "sex": "female",
        });
        let headers = [("authorization", &*bearer), ("idempotency-key", key)];
        let body = json!({"details": details}).to_string();
        node.ask("POST", "/api/v1/patients", &headers, &body)
    };
    let listed = || {
        let headers = [("authorization", &*bearer)];
        let list = node.ask("GET", "/api/v1/patients?name=Rossi&limit=100", &headers, "");
        assert_eq!(list.status, 200, "{}", list.body);
        list.body["patients"].as_array().expect("a list").len()
    };
    for number in 1..=10 {
        let made = register(&number.to_string());
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(listed(), number);
    }
    let reads = || {
        let hospital = database(&node, &bearer, "hospital");
        assert_eq!(hospital["address"], places[0].to_string());
        hospital["replicas"][0]["reads"].as_u64().expect("a number")
    };
    // The replica has all of it once it has answered again.
    let before = reads();
    let answered = (0..300).any(|_| {
        sleep(Duration::from_millis(100));
        assert_eq!(listed(), 10);
        reads() > before
    });
    assert!(answered, "{}", database(&node, &bearer, "hospital"));

    server.crash().expect("it crashes");
    replica.promote().expect("it is promoted");
    let again = (0..300).map(|_| {
        sleep(Duration::from_millis(100));
        register("after")
    });
    let after = again.into_iter().find(|answer| answer.status == 201);
    after.expect("it is written within thirty seconds of the promotion");
    assert_eq!(listed(), 11);
    let hospital = database(&node, &bearer, "hospital");
    assert_eq!(hospital["address"], places[1].to_string());
}

/// How many audit records of the hospital wait on the disk of `node`.
fn waiting(node: &Node) -> u64 {
    let told = node.print(&["audit", "spool", "--json"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let files = told["files"].as_array().expect("files").iter();
    let of_hospital = files.filter(|it| it["service"] == "hospital");
    of_hospital.filter_map(|it| it["records"].as_u64()).sum()
}

#[test]
fn without_the_primary_a_patient_is_shown_by_a_replica_once_that_is_written_down_here() {
    let server = PostgresServer::start().expect("it starts");
    let replica = server.replica().expect("it follows");
    let mut node = Node::of("gateway,auth,console,terminology,hospital,insurance,billing,journeys");
    node.with("MEDCOVER__STORE__ENGINE", "postgres")
        .with("MEDCOVER__STORE__URL", server.url())
        .with(
            "MEDCOVER__STORE__REPLICAS",
            replica.url_by(PostgresServer::READER, &[replica.addr()]),
        )
        .with("MEDCOVER__STORE__POOL_WAIT_MS", "1000")
        .with("MEDCOVER__AUTH__MASTER_SECRET", MASTER);
    node.start();
    await_health(&node, "hospital");
    let bearer = format!("Bearer {}", node.token());
    let signed_in = [("authorization", &*bearer)];
    let made = registered(&node, &bearer, "Ada");
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/patients/{id}");
    let shown = node.ask("GET", &path, &signed_in, "");
    assert_eq!((shown.status, shown.header("medcover-degraded")), (200, ""));

    // In good order, so that the replica has all of it.
    server.stop().expect("it stops");
    for path in [&*path, &*path, "/api/v1/patients?name=Rossi"] {
        let shown = node.ask("GET", path, &signed_in, "");
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert_eq!(shown.header("medcover-degraded"), "store; by=replica");
        assert_eq!(shown.header("cache-control"), "no-store");
    }
    assert_eq!(waiting(&node), 3);
    let fresh = [signed_in[0], ("cache-control", "no-cache")];
    for refused in [
        node.ask("GET", &path, &fresh, ""),
        registered(&node, &bearer, "Bea"),
    ] {
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert!(!refused.header("retry-after").is_empty());
    }
    assert_eq!(waiting(&node), 3);
    assert_eq!(check(&node, "hospital"), json!(["degraded", "degraded"]));

    node.kill();
    server.start_again().expect("it starts again");
    node.start();
    let relayed = (0..300).any(|_| {
        sleep(Duration::from_millis(100));
        waiting(&node) == 0
    });
    assert!(relayed, "{}", node.print(&["audit", "spool"]));
    await_health(&node, "hospital");
    let disclosures = format!("/api/v1/audit/hospital/disclosures/{id}");
    let trail = node.ask("GET", &disclosures, &signed_in, "");
    assert_eq!(trail.status, 200, "{}", trail.body);
    let records = trail.body["disclosures"]
        .as_array()
        .expect("records")
        .iter();
    let spooled = records.filter(|it| it["details"]["spool"]["sequence"].is_u64());
    let actions: Vec<_> = spooled.map(|it| it["action"].clone()).collect();
    assert_eq!(actions, ["patient.read", "patient.read", "patient.found"]);
    node.print(&["audit", "verify"]);
    let shown = node.ask("GET", &path, &signed_in, "");
    assert_eq!((shown.status, shown.header("medcover-degraded")), (200, ""));
}

/// The answer to somebody who registers a patient.
fn registered(node: &Node, bearer: &str, name: &str) -> Answer {
    let details = json!({
        "family_name": "Rossi", "given_names": name, "birth_date": "1984-02-29", "sex": "female",
    });
    let headers = [("authorization", bearer), ("idempotency-key", name)];
    let body = json!({"details": details}).to_string();
    node.ask("POST", "/api/v1/patients", &headers, &body)
}
