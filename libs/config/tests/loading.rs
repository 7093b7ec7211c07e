//! Loading a tree of two sections from all layers.

use std::collections::BTreeMap;

use medcover_config::{Check, Layers, Origin, Secret, Section};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Http {
    listen: String,
    slow_ms: u64,
    hosts: Vec<String>,
    ports: Vec<u16>,
    certificate: Option<String>,
    workers: Option<u32>,
    enabled: bool,
    share: f64,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:3000".to_owned(),
            slow_ms: 200,
            hosts: vec!["localhost".to_owned()],
            ports: vec![1],
            certificate: None,
            workers: None,
            enabled: true,
            share: 0.5,
        }
    }
}

impl Section for Http {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("slow_ms", self.slow_ms, 1..=60_000);
        check.that("listen", !self.listen.is_empty(), "must name an address");
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    http: Http,
    password: Secret,
    labels: BTreeMap<String, String>,
}

impl Section for Config {
    fn validate(&self, check: &mut Check<'_>) {
        check.section("http", &self.http);
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

#[test]
fn higher_layers_win_and_every_value_knows_its_origin() {
    let loaded = Layers::new()
        .text(
            "medcover.toml",
            "[http]\nslow_ms = 5\nlisten = \"a:1\"\nshare = 1\n",
        )
        .environment(variables(&[
            ("MEDCOVER__HTTP__LISTEN", "b:2"),
            ("MEDCOVER__HTTP__SLOW_MS", "6"),
            ("MEDCOVER_DATA", "ignored"),
            ("HOME", "ignored"),
        ]))
        .argument("--listen", "http.listen", "c:3")
        .load::<Config>()
        .expect("no faults");
    assert_eq!(loaded.value.http.listen, "c:3");
    assert_eq!(
        loaded.origin("http.listen"),
        &Origin::CommandLine("--listen".to_owned())
    );
    assert_eq!(loaded.value.http.slow_ms, 6);
    assert_eq!(loaded.origin("http.share").to_string(), "medcover.toml:4");
    assert_eq!(loaded.origin("http.enabled"), &Origin::Default);
}

#[test]
fn text_takes_the_type_of_the_key() {
    let http = Layers::new()
        .environment(variables(&[
            ("MEDCOVER__HTTP__HOSTS", "a, b"),
            ("MEDCOVER__HTTP__PORTS", "[1, 2]"),
            ("MEDCOVER__HTTP__CERTIFICATE", "12345"),
            ("MEDCOVER__HTTP__WORKERS", "4"),
            ("MEDCOVER__HTTP__ENABLED", "false"),
            ("MEDCOVER__HTTP__SHARE", "0.25"),
        ]))
        .load::<Config>()
        .expect("no faults")
        .value
        .http;
    assert_eq!(http.hosts, ["a", "b"]);
    assert_eq!(http.ports, [1, 2]);
    assert_eq!(http.certificate.as_deref(), Some("12345"));
    assert_eq!(http.workers, Some(4));
    assert!(!http.enabled);
    assert!((http.share - 0.25).abs() < f64::EPSILON);
}

#[test]
fn all_faults_of_all_layers_come_at_once() {
    let faults = Layers::new()
        .text(
            "medcover.toml",
            "pasword = \"hunter2\"\n[http]\nslow_ms = 0\nenabled = \"yes\"\n",
        )
        .environment(variables(&[
            ("MEDCOVER__HTTP__SHARE", "half"),
            ("MEDCOVER__HTTP__LISTEM", "x"),
            ("MEDCOVER__HTTP", "{"),
        ]))
        .argument("--listen", "http.listen", "")
        .load::<Config>()
        .expect_err("seven faults");
    let text = faults.to_string();
    for expected in [
        "medcover.toml:1: unknown key `pasword`, did you mean `password`?",
        "medcover.toml:4: `http.enabled`: invalid type",
        "MEDCOVER__HTTP: `http`: must be a table",
        "MEDCOVER__HTTP__SHARE: `http.share`: must be a number",
        "MEDCOVER__HTTP__LISTEM: unknown key `http.listem`, did you mean `http.listen`?",
        "medcover.toml:3: `http.slow_ms` must be between 1 and 60000, not 0",
        "--listen: `http.listen` must name an address",
    ] {
        assert!(text.contains(expected), "{expected}\nnot in\n{text}");
    }
    assert_eq!(faults.len(), 7);
    assert!(!text.contains("hunter2"));
}

#[test]
fn the_dump_is_toml_again_and_hides_secrets() {
    let loaded = Layers::new()
        .text("f", "[labels]\nsite = \"north \\\"wing\\\"\"\n")
        .environment(variables(&[("MEDCOVER__PASSWORD", "hunter2")]))
        .load::<Config>()
        .expect("no faults");
    assert_eq!(loaded.value.password.reveal(), "hunter2");
    let text = loaded.to_text();
    assert!(!text.contains("hunter2") && !loaded.to_json().to_string().contains("hunter2"));
    assert!(text.contains("# MEDCOVER__PASSWORD"));
    assert_eq!(
        loaded.to_json()["http.slow_ms"],
        serde_json::json!({"value": 200, "origin": "default"})
    );
    let again = Layers::new()
        .text("dump", &text)
        .load::<Config>()
        .expect("its own output");
    assert_eq!(again.value.labels, loaded.value.labels);
    assert_eq!(again.value.http.hosts, loaded.value.http.hosts);
}

#[test]
fn an_unreadable_file_is_a_fault_beside_the_others() {
    let faults = Layers::new()
        .file(std::path::Path::new("no/such/file.toml"))
        .environment(variables(&[("MEDCOVER__NOPE", "1")]))
        .load::<Config>()
        .expect_err("two faults");
    assert_eq!(faults.len(), 2);
}
