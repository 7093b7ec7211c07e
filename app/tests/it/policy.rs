//! The policy file: tried at the command line, in force in a server, swapped while it runs.

use std::thread::sleep;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use serde_json::Value;

use crate::program::{Program, Serving, text};

const POLICY: &str = "
version: 1
routes:
  - name: codes
    match: {path: /api/v1/codes}
    rules: {fault: {abort: {percent: 100, status: 503}}}
  - name: search
    match: {path: /api/v1/search, methods: [GET]}
    rules: {timeout_ms: 1234, split: [{to: next, percent: 50}], fallback: {to: next}}
upstreams:
  next: ['http://127.0.0.1:1']
";

/// Waits until asking for a code is answered `status`.
fn until_codes_answer(serving: &Serving, status: u16) {
    let clock = SystemClock::new();
    while serving.get("/api/v1/codes/I21.9").0 != status {
        assert!(clock.elapsed() < Duration::from_secs(20), "never {status}");
        sleep(Duration::from_millis(50));
    }
}

fn policy_check(serving: &Serving) -> Value {
    let health = serving.get_json("/api/v1/health");
    let checks = health["checks"].as_array().expect("checks").iter();
    let found = checks.into_iter().find(|check| check["name"] == "policy");
    found.expect("the policy is checked").clone()
}

#[test]
fn a_running_server_follows_its_file_and_keeps_the_last_good_one() {
    let program = Program::loaded();
    let file = program.file("policy.yaml", POLICY);
    let named = [("MEDCOVER__POLICY__FILE", text(&file))];
    let serving = program.serve_with(&["serve"], &named);
    until_codes_answer(&serving, 503);
    assert!(
        serving
            .get("/api/v1/codes/I21.9")
            .1
            .contains("fault-injected")
    );
    assert_eq!(policy_check(&serving)["status"], "healthy");
    // Half of the searches go to an upstream that nobody runs.
    let statuses: Vec<_> = (0..20)
        .map(|_| serving.get("/api/v1/search/icd10?q=nstemi").0)
        .collect();
    assert!(
        statuses.contains(&200) && statuses.contains(&503),
        "{statuses:?}"
    );

    program.file("policy.yaml", "version: 1");
    until_codes_answer(&serving, 200);
    assert_eq!(serving.get("/api/v1/search/icd10?q=nstemi").0, 200);
    program.file(
        "policy.yaml",
        "version: 1\nroutes: [{name: x, match: {path: y}}]",
    );
    let clock = SystemClock::new();
    while policy_check(&serving)["status"] != "degraded" {
        assert!(clock.elapsed() < Duration::from_secs(20), "never refused");
        sleep(Duration::from_millis(50));
    }
    let detail = policy_check(&serving)["detail"]
        .as_str()
        .expect("words")
        .to_owned();
    assert!(detail.contains("routes[0].match.path"), "{detail}");
    assert_eq!(serving.get("/api/v1/codes/I21.9").0, 200);
    program.file("policy.yaml", POLICY);
    until_codes_answer(&serving, 503);
}

#[test]
fn a_server_does_not_start_on_a_policy_with_faults() {
    let program = Program::loaded();
    let file = program.file("policy.yaml", "version: 1\ndefaults: {timeout_ms: -1}");
    let mut command = program.command(&["serve", "--listen", "127.0.0.1:0"]);
    let output = command
        .env("MEDCOVER__POLICY__FILE", &file)
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("line 2") && told.contains("medcover policy check"),
        "{told}"
    );
}

#[test]
fn a_policy_is_checked_compared_spelt_out_and_tried() {
    let program = Program::new();
    let file = program.file("policy.yaml", POLICY);
    let empty = program.file("empty.yaml", "version: 1");
    let bad = program.file(
        "bad.yaml",
        "version: 1\nroutes: [{name: x, match: {path: y}}]",
    );
    let trace = program.file(
        "trace.jsonl",
        "{\"method\": \"GET\", \"path\": \"/api/v1/search/icd10\"}\n{\"method\": \"GET\", \"path\": \"/api/v1/codes/I10\"}\n",
    );
    let run = |words: &[&str]| program.run(&[&["policy"], words].concat());
    let json = |words: &[&str]| program.json(&[&["policy"], words, &["--json"]].concat());

    assert!(run(&["check", text(&file)]).status.success());
    let refused = run(&["check", text(&bad)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("routes[0].match.path"));

    let changes = json(&["diff", text(&empty), text(&file)]);
    let rules = changes.as_array().expect("changes").iter();
    let fallbacks = rules.filter(|change| change["rule"] == "fallback").count();
    assert!(fallbacks > 0, "{changes}");
    let search = changes.as_array().expect("changes").iter().find(|change| {
        change["of"] == "GET /api/v1/search/icd10" && change["rule"] == "timeout_ms"
    });
    let search = search.expect("the search has less time");
    assert_eq!(
        (&search["before"], &search["after"]),
        (&30_000.into(), &1234.into())
    );
    assert_eq!(
        json(&["diff", text(&file), text(&file)]),
        Value::Array(vec![])
    );

    let effective = json(&["effective", text(&file)]);
    let endpoints = effective["endpoints"].as_array().expect("endpoints");
    let analysis = endpoints
        .iter()
        .find(|it| it["path"] == "/api/v1/enterprise/clinical-analysis");
    let analysis = analysis.expect("every endpoint stands there");
    assert_eq!(analysis["timeout_ms"]["value"], 60_000);
    assert_eq!(analysis["timeout_ms"]["from"], "settings");
    assert_eq!(
        effective["services"]["billing"]["callers"]["value"],
        serde_json::json!(["journeys"])
    );

    let tried = json(&["simulate", text(&file), text(&trace)]);
    assert_eq!(tried["sums"]["by_route"]["codes"], 1);
    assert_eq!(
        tried["requests"][0]["stand_ins"],
        serde_json::json!([{"upstream": "next"}])
    );
    let words = run(&["simulate", text(&file), text(&trace)]).stdout;
    let words = String::from_utf8_lossy(&words).into_owned();
    assert!(words.contains("or else next"), "{words}");
    assert_eq!(tried["sums"]["aborted"], 1);
    let schema: Value = serde_json::from_slice(&run(&["schema"]).stdout).expect("JSON");
    assert_eq!(schema["$ref"], "#/components/schemas/Policy");
}
