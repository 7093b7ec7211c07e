//! The first administrator, signing in, and the commands of the operator with and without a server.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::program::{Program, Serving, raw, status};

const PASSWORD: &str = "a stone, a cloud, a table";

/// A program with the role auth alone: quick, and without a release.
fn serve(program: &Program, variables: &[(&str, &str)]) -> Serving {
    program.serve_with(&["serve", "--roles", "auth"], variables)
}

fn ask(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, Value) {
    let (head, body) = asked(addr, method, path, headers, body);
    let status = status(head.as_bytes()).expect("a status");
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// The head and the body of the answer.
fn asked(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (String, String) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    let answer = raw(addr, format!("{request}\r\n{body}").as_bytes());
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    (head.to_owned(), body.to_owned())
}

fn sign_in(serving: &Serving, tenant: &str, name: &str, password: &str) -> (u16, Value) {
    let who = json!({"tenant": tenant, "name": name, "password": password});
    ask(serving.addr, "POST", "/api/v1/auth/sign-in", &[], &who)
}

fn token(serving: &Serving, tenant: &str) -> String {
    let (status, tokens) = sign_in(serving, tenant, "admin", PASSWORD);
    assert_eq!(status, 200, "{tokens}");
    let token = tokens["access_token"].as_str().expect("a token");
    format!("Bearer {token}")
}

#[test]
fn the_first_administrator_is_told_once_and_signs_in() {
    let program = Program::new();
    let serving = serve(&program, &[]);
    let (_, rest) = serving.said.split_once("password ").expect("it is told");
    let (password, _) = rest.split_once(" (shown").expect("it is told");
    let password = &password.to_owned();
    let (status, tokens) = sign_in(&serving, "default", "admin", password);
    assert_eq!(status, 200, "{tokens}");
    let bearer = format!(
        "Bearer {}",
        tokens["access_token"].as_str().expect("a token")
    );
    let shown = [("authorization", &*bearer)];
    let (status, me) = ask(serving.addr, "GET", "/api/v1/auth/me", &shown, &Value::Null);
    assert_eq!((status, &me["name"]), (200, &json!("admin")));
    assert_eq!(sign_in(&serving, "default", "admin", "wrong").0, 401);
    assert_eq!(serving.get("/api/v1/auth/me").0, 401);
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0));

    let again = serve(
        &program,
        &[("MEDCOVER_ADMIN_PASSWORD", "another one altogether")],
    );
    assert!(!again.said.contains("administrator"), "{}", again.said);
    assert_eq!(sign_in(&again, "default", "admin", password).0, 200);
}

#[test]
fn the_first_password_may_be_given_and_is_not_repeated() {
    let program = Program::new();
    let serving = serve(&program, &[("MEDCOVER_ADMIN_PASSWORD", PASSWORD)]);
    assert!(
        serving.said.contains("first administrator: admin"),
        "{}",
        serving.said
    );
    assert!(!serving.said.contains(PASSWORD));
    token(&serving, "default");
}

#[test]
fn what_the_service_keeps_is_for_its_user_alone() {
    let program = Program::new();
    let _serving = serve(&program, &[]);
    for name in ["admin.sock", "auth", "auth/master.key"] {
        let file = std::fs::metadata(program.data().join(name)).expect("it is there");
        assert_eq!(file.permissions().mode() & 0o077, 0, "{name}");
    }
}

#[test]
fn a_tenant_is_made_through_the_server_and_its_administrator_signs_in() {
    let program = Program::new();
    let serving = serve(&program, &[("MEDCOVER_ADMIN_PASSWORD", PASSWORD)]);
    let made = program.json(&["tenant", "create", "st-anna", "--json"]);
    assert_eq!(made["tenant"]["name"], "st-anna");
    let invitation = &made["administrator"]["invitation"];
    let accept = json!({"invitation": invitation, "password": PASSWORD});
    let accepted = ask(
        serving.addr,
        "POST",
        "/api/v1/auth/invitations/accept",
        &[],
        &accept,
    );
    assert_eq!(accepted.0, 204, "{}", accepted.1);
    let bearer = token(&serving, "st-anna");
    let shown = [("authorization", &*bearer)];
    let (_, me) = ask(serving.addr, "GET", "/api/v1/auth/me", &shown, &Value::Null);
    assert_eq!(me["tenant"], made["tenant"]["id"]);
    let taken = program.run(&["tenant", "create", "st-anna"]);
    assert_eq!(taken.status.code(), Some(1), "{taken:?}");
}

#[test]
fn the_commands_answer_the_same_with_and_without_a_server() {
    let program = Program::new();
    let commands: [&[&str]; 3] = [
        &["tenant", "list", "--json"],
        &["dead-letters", "list", "--json"],
        &["dead-letters", "replay", "--json"],
    ];
    let serving = serve(&program, &[]);
    let with: Vec<_> = commands.iter().map(|it| program.json(it)).collect();
    assert_eq!(with[0]["tenants"][0]["name"], "default");
    assert_eq!(with[1]["dead_letters"], json!([]));
    assert_eq!(with[2]["replayed"], 0);
    let verified = program.json(&["audit", "verify", "--json"]);
    assert_eq!(
        (&verified["whole"], &verified["trails"][0]["service"]),
        (&json!(true), &json!("auth"))
    );
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0));
    let without: Vec<_> = commands.iter().map(|it| program.json(it)).collect();
    assert_eq!(with, without);
    let text = program.run(&["audit", "verify"]);
    let text = String::from_utf8(text.stdout).expect("text");
    assert!(
        text.starts_with("auth: ") && text.trim_end().ends_with(": whole"),
        "{text}"
    );
}

#[test]
fn a_trail_that_is_not_what_it_was_fails_the_check_with_its_place() {
    let program = Program::new();
    let serving = serve(&program, &[]);
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0));
    let anchors = program.data().join("auth/store.db.anchors");
    let text = std::fs::read_to_string(&anchors).expect("the trail is anchored");
    let (before, hash) = text.split_once(r#""hash":""#).expect("a hash");
    let other = if hash.starts_with('0') { "1" } else { "0" };
    let changed = format!(r#"{before}"hash":"{other}{}"#, &hash[1..]);
    std::fs::write(&anchors, changed).expect("it can be written");
    let output = program.run(&["audit", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["whole"], false);
    let fault = &found["trails"][0]["faults"][0];
    assert!(fault["sequence"].as_u64() > Some(0), "{found}");
    let told = program.run(&["audit", "verify"]);
    let told = String::from_utf8(told.stdout).expect("text");
    assert!(
        told.contains("NOT WHOLE") && told.contains(" record "),
        "{told}"
    );
}

#[test]
fn a_permission_is_named_to_whoever_lacks_it() {
    let program = Program::new();
    let serving = serve(&program, &[("MEDCOVER_ADMIN_PASSWORD", PASSWORD)]);
    let made = program.json(&["tenant", "create", "other", "--json"]);
    let accept = json!({"invitation": made["administrator"]["invitation"], "password": PASSWORD});
    ask(
        serving.addr,
        "POST",
        "/api/v1/auth/invitations/accept",
        &[],
        &accept,
    );
    let bearer = token(&serving, "other");
    let shown = [("authorization", &*bearer)];
    let (status, problem) = ask(
        serving.addr,
        "GET",
        "/api/v1/auth/tenants",
        &shown,
        &Value::Null,
    );
    assert_eq!(status, 403);
    assert!(
        problem["detail"]
            .as_str()
            .expect("text")
            .contains("`tenants.manage`"),
        "{problem}"
    );
}

#[test]
fn a_key_is_demanded_where_something_must_not_happen_twice() {
    let program = Program::new();
    let serving = serve(&program, &[("MEDCOVER_ADMIN_PASSWORD", PASSWORD)]);
    let bearer = token(&serving, "default");
    let user = json!({"name": "maria", "roles": []});
    let invite = |key: Option<&str>, user: &Value| {
        let mut shown = vec![("authorization", &*bearer)];
        shown.extend(key.map(|key| ("idempotency-key", key)));
        ask(serving.addr, "POST", "/api/v1/auth/users", &shown, user)
    };
    let (status, problem) = invite(None, &user);
    assert_eq!(
        (status, &problem["type"]),
        (400, &json!("/problems/idempotency-key-missing"))
    );
    let (status, first) = invite(Some("k"), &user);
    assert_eq!(status, 201, "{first}");
    let (status, again) = invite(Some("k"), &user);
    assert_eq!((status, &again["user"]["id"]), (201, &first["user"]["id"]));
    let (status, problem) = invite(Some("k"), &json!({"name": "mario", "roles": []}));
    assert_eq!(
        (status, &problem["type"]),
        (422, &json!("/problems/idempotency-key-reused"))
    );
    let shown = [("authorization", &*bearer), ("idempotency-key", "k")];
    let (head, _) = asked(serving.addr, "POST", "/api/v1/auth/users", &shown, &user);
    assert!(head.contains("idempotency-replayed: true"), "{head}");
}
