//! Commands that answer without a server.

use medcover_kernel::{Clock as _, SystemClock};

use crate::program::{Program, text};

#[test]
fn search_answers_as_the_api_does() {
    let program = Program::loaded();
    let answer = program.json(&["search", "--json", "acute", "myocardial", "infarction"]);
    assert_eq!(answer["query"], "acute myocardial infarction");
    assert_eq!(answer["release"], "icd10cm 2026-04-01");
    let codes: Vec<_> = answer["hits"]
        .as_array()
        .expect("hits")
        .iter()
        .map(|hit| &hit["code"])
        .collect();
    assert!(codes.iter().any(|code| **code == "I21.9"), "{codes:?}");
    let first = &answer["hits"][0];
    for field in [
        "system",
        "code",
        "title",
        "billable",
        "chapter",
        "confidence",
        "match",
    ] {
        assert!(!first[field].is_null(), "{field} in {first}");
    }
    let billable = program.json(&[
        "search",
        "infarction",
        "--billable",
        "--json",
        "--limit",
        "2",
    ]);
    let hits = billable["hits"].as_array().expect("hits");
    assert_eq!(hits.len(), 2);
    assert!(hits.iter().all(|hit| hit["billable"] == true));
}

#[test]
fn people_get_a_table_and_no_colours_in_a_pipe() {
    let program = Program::loaded();
    let output = program.run(&["search", "old infarction"]);
    let table = String::from_utf8(output.stdout).expect("text");
    let mut lines = table.lines();
    assert!(lines.next().expect("heads").starts_with("code"));
    assert!(lines.next().expect("a row").starts_with("I25.2"), "{table}");
    assert!(!table.contains('\u{1b}'));
}

#[test]
fn code_tells_all_and_an_unknown_one_fails() {
    let program = Program::loaded();
    let details = program.json(&["code", "i219", "--json"]);
    assert_eq!(details["code"], "I21.9");
    assert_eq!(details["ancestors"][0]["level"], "chapter");
    let output = program.run(&["code", "I21"]);
    let page = String::from_utf8(output.stdout).expect("text");
    assert!(page.contains("old myocardial infarction (I25.2)"), "{page}");
    let output = program.run(&["code", "Z99.9"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Z99.9"));
}

#[test]
fn check_names_what_is_wrong_and_fails_when_that_is_an_error() {
    let program = Program::loaded();
    let output = program.run(&["check", "i214", "I25.2", "--date", "2026-05-04"]);
    assert_eq!(output.status.code(), Some(1));
    let page = String::from_utf8(output.stdout).expect("text");
    for expected in [
        "[excludes1]",
        "note at I25.2: acute myocardial infarction (I21.-)",
        "icd10cm 2026-04-01",
    ] {
        assert!(page.contains(expected), "{page}");
    }
    let passed = program.json(&["check", "I21.9", "--json", "--sex", "female", "--age", "60"]);
    assert_eq!(
        (&passed["passed"], &passed["findings"]),
        (&true.into(), &serde_json::json!([]))
    );
    let output = program.run(&["check", "I21.9", "--date", "2019-05-04"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("[release-not-loaded]"));
}

#[test]
fn nothing_loaded_says_what_to_run() {
    let program = Program::new();
    let output = program.run(&["search", "asthma"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("medcover load icd10cm"));
    let listed = program.json(&["releases", "--json"]);
    assert_eq!(listed["releases"], serde_json::json!([]));
}

#[test]
fn up_without_the_official_file_says_which_and_where() {
    let program = Program::new();
    let output = program.run(&["up", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    for expected in [
        "fetch.enabled = false",
        "simple_icd_10_cm-1.5.0-py3-none-any.whl",
        text(&program.data()),
        "--from",
        "there is nothing to serve",
    ] {
        assert!(told.contains(expected), "{expected}\nnot in\n{told}");
    }
}

#[test]
fn tables_and_resources_stand_beside_icd10cm() {
    let program = Program::loaded();
    let table = program.file(
        "local.csv",
        "code,title\nL1,Chest pain on exertion\nL2,Infarction scar\n",
    );
    let loaded = program.json(&[
        "load",
        "table",
        "--from",
        text(&table),
        "--system",
        "local",
        "--release",
        "2026",
        "--json",
    ]);
    assert_eq!(loaded["release"]["system"], "local");
    assert_eq!(loaded["release"]["concepts"], 2);
    let resource = program.file(
        "cs.json",
        r#"{"resourceType": "CodeSystem", "url": "http://example.org/triage", "version": "3", "name": "Triage",
            "title": "Triage", "status": "active", "content": "complete",
            "concept": [{"code": "red", "display": "Infarction suspected"}]}"#,
    );
    let from = [
        "load",
        "codesystem",
        "--from",
        text(&resource),
        "--system",
        "triage",
        "--json",
    ];
    assert_eq!(
        program.json(&from)["release"]["uri"],
        "http://example.org/triage"
    );
    let answer = program.json(&["search", "--all", "infarction", "--json"]);
    let hits = answer["hits"].as_array().expect("hits");
    for system in ["icd10cm", "local", "triage"] {
        assert!(
            hits.iter().any(|hit| hit["system"] == system),
            "{system} in {answer}"
        );
    }
}

#[test]
fn a_damaged_file_is_refused_with_its_place_and_the_release_stays() {
    let program = Program::loaded();
    let whole = std::fs::read_to_string(program.tabular()).expect("it was written");
    let cut = program.file(
        "icd10cm-tabular-April-1-2027.xml",
        &whole[..whole.len() / 2],
    );
    let output = program.run(&["load", "icd10cm", "--from", text(&cut)]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("icd10cm-tabular-April-1-2027.xml:"), "{told}");
    assert!(told.contains("what was loaded before stays"), "{told}");
    assert_eq!(
        program.json(&["code", "I21.9", "--json"])["release"],
        "icd10cm 2026-04-01"
    );
}

#[test]
fn the_description_is_openapi_and_names_every_public_address() {
    let description = Program::new().json(&["openapi"]);
    assert_eq!(description["openapi"], "3.1.0");
    for path in [
        "/api/v1/search/icd10",
        "/api/v1/codes/{code}",
        "/api/v1/health",
    ] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
}

#[test]
fn a_command_answers_before_one_would_wait() {
    let program = Program::loaded();
    program.json(&["search", "infarction", "--json"]);
    let clock = SystemClock::new();
    program.json(&["search", "infarction", "--json"]);
    // A few milliseconds on an idle machine; the bound leaves room for a busy one.
    assert!(clock.elapsed().as_millis() < 500, "{:?}", clock.elapsed());
}
