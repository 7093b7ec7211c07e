//! One installation in two processes: the door with those who know callers and codes, and the services of record behind it.

use std::time::Duration;

use medcover_e2e::{Answer, Node};
use medcover_kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

/// For so long a process may take a key that was revoked; the rest is for a busy machine.
const REVOKED_WITHIN: Duration = Duration::from_secs(3 + 5);

struct Installation {
    door: Node,
    records: Node,
    token: String,
}

impl Installation {
    /// Both processes, of which the second has not been started.
    fn new() -> Self {
        let mut door = Node::of("gateway,auth,console,terminology");
        let mut records = Node::of("hospital,insurance,billing,journeys");
        for role in ["hospital", "insurance", "billing", "journeys"] {
            door.knows(role, records.base());
        }
        door.start();
        let token = door.token();
        let own = json!({
            "name": "records", "service": "hospital", "permissions": ["credentials.introspect"],
        });
        let (_, key) = client(&door, &token, &own);
        let (auth, terminology) = (door.base(), door.base());
        records.knows("key", key).knows("auth", auth);
        records.knows("terminology", terminology);
        Self {
            door,
            records,
            token,
        }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", &*bearer)];
        all.extend(headers);
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        self.door.ask(method, path, &all, &body)
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, &Value::Null)
    }

    fn register(&self, key: &str, given: &str) -> Answer {
        let request = json!({"details": details(given)});
        let key = [("idempotency-key", key)];
        self.ask("POST", "/api/v1/patients", &key, &request)
    }
}

fn details(given: &str) -> Value {
    json!({"family_name": "Rossi", "given_names": given, "birth_date": "1984-02-29", "sex": "female"})
}

/// Makes a client: its id and key.
fn client(door: &Node, token: &str, request: &Value) -> (String, String) {
    let bearer = format!("Bearer {token}");
    let name = request["name"].as_str().expect("a name");
    let headers = [("authorization", &*bearer), ("idempotency-key", name)];
    let made = door.ask(
        "POST",
        "/api/v1/auth/clients",
        &headers,
        &request.to_string(),
    );
    assert_eq!(made.status, 201, "{}", made.body);
    (text(&made.body["client"]["id"]), text(&made.body["key"]))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

fn is_away(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.body["type"], "/problems/unavailable");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.body["request_id"], answer.header("x-request-id"));
}

#[test]
fn two_processes_are_one_installation() {
    let mut both = Installation::new();
    is_away(&both.register("k-1", "Maria"));
    both.records.start();
    let id = once_in_effect(&both);
    let path = format!("/api/v1/patients/{id}");
    read_and_changed_by_version(&both, &path);
    a_page_at_a_time(&both);
    refused_as_at_the_service_itself(&both, &path);
    away_and_back(&mut both, &path);
    a_revoked_key_is_refused_within_seconds(&both, &path);
}

/// The id of a patient who was registered twice under one key.
fn once_in_effect(both: &Installation) -> String {
    let first = both.register("k-2", "Maria");
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = both.register("k-2", "Maria");
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(both.register("k-2", "Anna").status, 422, "another content");
    let keyless = json!({"details": details("Anna")});
    let keyless = both.ask("POST", "/api/v1/patients", &[], &keyless);
    assert_eq!(keyless.status, 400, "{}", keyless.body);
    text(&first.body["id"])
}

fn read_and_changed_by_version(both: &Installation, path: &str) {
    let read = both.get(path, &[]);
    assert_eq!((read.status, read.header("etag")), (200, "\"1\""));
    let held = both.get(path, &[("if-none-match", "\"1\"")]);
    assert_eq!((held.status, held.header("etag")), (304, "\"1\""));
    let change = json!({"details": details("Maria Luisa")});
    let changed = both.ask("PUT", path, &[("if-match", "\"1\"")], &change);
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
    let late = both.ask("PUT", path, &[("if-match", "\"1\"")], &change);
    assert_eq!(late.status, 412, "{}", late.body);
    assert_eq!(late.body["type"], "/problems/version-changed");
    let read = both.get(path, &[("if-none-match", "\"1\"")]);
    assert_eq!(read.body["details"]["given_names"], "Maria Luisa");
}

fn a_page_at_a_time(both: &Installation) {
    for (key, given) in [("k-3", "Anna"), ("k-4", "Bianca")] {
        assert_eq!(both.register(key, given).status, 201);
    }
    let first = both.get("/api/v1/patients?name=rossi&limit=2", &[]);
    assert_eq!(first.status, 200, "{}", first.body);
    let cursor = text(&first.body["next"]);
    let rest = both.get(
        &format!("/api/v1/patients?name=rossi&limit=2&after={cursor}"),
        &[],
    );
    let given = |page: &Value| -> Vec<String> {
        let patients = page["patients"].as_array().expect("a list").iter();
        patients
            .map(|it| text(&it["details"]["given_names"]))
            .collect()
    };
    assert_eq!(given(&first.body), ["Anna", "Bianca"]);
    assert_eq!(given(&rest.body), ["Maria Luisa"]);
    assert_eq!(rest.body["next"], Value::Null);
}

fn refused_as_at_the_service_itself(both: &Installation, path: &str) {
    for headers in [&[][..], &[("authorization", "Bearer forged")]] {
        let stranger = both.door.ask("GET", path, headers, "");
        assert_eq!(stranger.status, 401, "{}", stranger.body);
        assert!(stranger.header("www-authenticate").starts_with("Bearer"));
    }
    let reader = json!({"name": "reader", "permissions": ["users.read"]});
    let (_, key) = client(&both.door, &both.token, &reader);
    let lacking = both.door.ask("GET", path, &[("x-api-key", &key)], "");
    assert_eq!(lacking.status, 403, "{}", lacking.body);
    assert!(lacking.header("www-authenticate").contains("patients.read"));
    let nowhere = both.get("/api/v1/patients/no/such", &[]);
    assert_eq!(nowhere.status, 404, "{}", nowhere.body);
    // Without the key that its process has, the same request at its own address is refused as here.
    assert_eq!(both.records.ask("GET", path, &[], "").status, 401);
    let config = both.records.print(&["config"]);
    assert!(
        config.contains("peers.key") && config.contains("[secret]"),
        "{config}"
    );
}

fn away_and_back(both: &mut Installation, path: &str) {
    both.records.kill();
    is_away(&both.get(path, &[]));
    let here = both.get("/api/v1/codes/I21.9", &[]);
    assert_eq!(
        here.status, 200,
        "what runs at the door goes on: {}",
        here.body
    );
    both.records.start();
    let read = both.get(path, &[]);
    assert_eq!(
        (read.status, read.header("etag")),
        (200, "\"2\""),
        "{}",
        read.body
    );
}

fn a_revoked_key_is_refused_within_seconds(both: &Installation, path: &str) {
    let laboratory = json!({"name": "laboratory", "permissions": ["patients.read"]});
    let (id, key) = client(&both.door, &both.token, &laboratory);
    let shown = || {
        both.door
            .ask("GET", path, &[("x-api-key", &key)], "")
            .status
    };
    assert_eq!(shown(), 200);
    let revoked = format!("/api/v1/auth/clients/{id}/revoke");
    assert_eq!(both.ask("POST", &revoked, &[], &Value::Null).status, 200);
    let clock = SystemClock::new();
    let since = clock.elapsed();
    while shown() != 401 {
        assert!(
            clock.elapsed().saturating_sub(since) < REVOKED_WITHIN,
            "it is still taken"
        );
    }
}
