//! Settings: their faults, their origins, and what is refused.

use std::process::Output;

use crate::program::{Program, text};

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn all_faults_come_at_once_with_exit_code_3() {
    let program = Program::new();
    let file = program.file(
        "medcover.toml",
        "[serber]\nlisten = 1\n[edge]\nslow_ms = 0\n",
    );
    let mut command = program.command(&["serve", "--config", text(&file), "--listen", "here"]);
    let output = command
        .env("MEDCOVER__LOG__FORMAT", "xml")
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(3));
    let told = told(&output);
    for expected in [
        "medcover.toml:2: unknown key `serber.listen`, did you mean `server`?",
        "medcover.toml:4: `edge.slow_ms` must be between 1 and 600000, not 0",
        "MEDCOVER__LOG__FORMAT: `log.format`: unknown variant `xml`",
        "--listen: `server.listen`: invalid socket address",
    ] {
        assert!(told.contains(expected), "{expected}\nnot in\n{told}");
    }
}

#[test]
fn a_collector_that_nobody_can_speak_for_is_refused_before_anything_is_served() {
    let program = Program::new();
    let none = program.file("authorities.pem", "no certificate");
    for (file, why) in [
        ("/nowhere.pem", "cannot be read"),
        (text(&none), "has no certificate"),
    ] {
        let mut command = program.command(&["serve", "--roles", "auth", "--listen", "127.0.0.1:0"]);
        let output = command
            .env("MEDCOVER__TRACE__EXPORTERS", "otlp-http")
            .env("MEDCOVER__TRACE__OTLP_HTTP", "https://localhost:4318")
            .env("MEDCOVER__TRACE__OTLP_CA", file)
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let told = told(&output);
        assert!(
            told.contains("trace.otlp_http") && told.contains(why),
            "{told}"
        );
    }
}

#[test]
fn config_tells_values_with_their_origins() {
    let program = Program::new();
    let config = program.json(&["config", "--json", "--listen", "127.0.0.1:8123"]);
    assert_eq!(config["server.listen"]["value"], "127.0.0.1:8123");
    assert_eq!(config["server.listen"]["origin"], "--listen");
    assert_eq!(
        config["fetch.enabled"]["origin"],
        "MEDCOVER__FETCH__ENABLED"
    );
    assert_eq!(config["data.dir"]["origin"], "MEDCOVER_DATA");
    assert_eq!(config["edge.timeout_ms"]["origin"], "default");
}

#[test]
fn the_guide_lists_every_setting_with_its_default() {
    let guide = include_str!("../../../docs/guides/configuration.md");
    let program = Program::new();
    let mut command = program.command(&["config", "--json"]);
    for given in [
        "MEDCOVER_DATA",
        "MEDCOVER__FETCH__ENABLED",
        "MEDCOVER__ADMIN__LISTEN",
    ] {
        command.env_remove(given);
    }
    let output = command.output().expect("it starts");
    let config: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let settings = config.as_object().expect("an object");
    for (key, entry) in settings {
        let row = guide
            .lines()
            .find(|line| line.starts_with(&format!("| `{key}` |")));
        let row = row.unwrap_or_else(|| panic!("the guide does not tell of {key}"));
        if entry["origin"] == "default" && !entry["value"].is_array() && !entry["value"].is_null() {
            let default = entry["value"].to_string();
            let default = default.trim_matches('"');
            assert!(
                row.contains(&format!("| `{default}` |")),
                "{key} is {default}, not {row}"
            );
        }
    }
    let rows = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    for key in rows.filter(|key| !key.starts_with("--")) {
        assert!(settings.contains_key(key), "there is no setting {key}");
    }
}

#[test]
fn plain_http_for_other_machines_is_refused_with_advice() {
    let program = Program::loaded();
    for command in ["serve", "up", "check-config"] {
        let output = program.run(&[command, "--listen", "0.0.0.0:0"]);
        assert_eq!(output.status.code(), Some(3), "{command}");
        assert!(told(&output).contains("MEDCOVER__SERVER__ALLOW_PLAIN_HTTP=true"));
    }
}

#[test]
fn roles_that_cannot_work_are_refused_with_advice() {
    let program = Program::new();
    let output = program.run(&["check-config", "--roles", "gateway,console"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(told(&output).contains("--roles gateway,terminology,console"));
    let output = program.run(&["check-config", "--roles", "gateway,pharmacy"]);
    assert_eq!(output.status.code(), Some(3), "a role that does not exist");
    assert_eq!(program.json(&["check-config", "--json"])["ok"], true);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let program = Program::new();
    for arguments in [
        &["serv"][..],
        &["search"],
        &["search", "asthma", "--limit", "many"],
        &["load", "table", "--from", "x.csv"],
    ] {
        assert_eq!(
            program.run(arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
}
