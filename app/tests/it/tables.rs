//! ICD-10-CM on PostgreSQL beside its file.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::SystemClock;
use medcover_store::{Bulk, ColumnKind, PostgresOptions, ReferenceSchema, ReferenceTables};
use medcover_testkit::{PostgresServer, Process};

use crate::program::{Program, raw, text};

const RELEASES: &str = "SELECT release || ' ' || current::text || ' ' || (SELECT count(*) FROM \
    medcover_terminology.icd10_concepts c WHERE c.release = r.release)::text \
    FROM medcover_terminology.icd10_releases r ORDER BY release";
const WAITING: &str = "SELECT pid::text FROM pg_locks WHERE NOT granted";

fn on(server: &PostgresServer, mut command: Command) -> Command {
    command
        .env("MEDCOVER__STORE__ENGINE", "postgres")
        .env("MEDCOVER__STORE__URL", server.url())
        .env("MEDCOVER__AUTH__MASTER_SECRET", "5a".repeat(32));
    command
}

fn load(server: &PostgresServer, program: &Program, file: &Path) -> Command {
    let command = program.command(&["load", "icd10cm", "--from", text(file)]);
    on(server, command)
}

fn done(mut command: Command) {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
}

/// A look at the server from a schema of its own.
async fn aside(server: &PostgresServer) -> Bulk {
    let nothing = ReferenceSchema {
        name: "nothing",
        extensions: &[],
        migrations: &[],
        indexes: Vec::new,
    };
    let options = PostgresOptions::new(server.url(), "aside", "unused");
    let clock = Arc::new(SystemClock::new());
    let tables = ReferenceTables::open(&options, &nothing, clock).await;
    let turn = tables.expect("the server is there").bulk().await;
    turn.expect("nobody else is here")
}

async fn texts(aside: &mut Bulk, sql: &str) -> Vec<String> {
    let rows = aside.rows(sql, Vec::new(), &[ColumnKind::Text]).await;
    let rows = rows.expect("it answers").into_iter();
    rows.map(|row| row[0].as_text().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn a_load_killed_before_its_end_leaves_the_release_before_it_in_both_places() {
    let server = PostgresServer::start().expect("it starts");
    let program = Program::new();
    done(load(&server, &program, &program.tabular()));
    let whole = std::fs::read_to_string(program.tabular()).expect("it was written");
    let next = program.file("icd10cm-tabular-October-1-2026.xml", &whole);
    let mut aside = aside(&server).await;
    // The load copies all rows and then waits before it can make them current.
    let held = "LOCK TABLE medcover_terminology.icd10_releases IN SHARE MODE";
    aside.run(held).await.expect("it is held");
    let mut command = load(&server, &program, &next);
    let mut loading = Process::start(command.stderr(Stdio::null())).expect("it starts");
    while texts(&mut aside, WAITING).await.is_empty() {
        let ended = loading.child().try_wait().expect("it is ours");
        assert!(ended.is_none(), "it did not wait: {ended:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    loading.child().kill().expect("it lives");
    loading.child().wait().expect("it ends");
    aside.run("COMMIT; BEGIN").await.expect("it is let go");
    while !texts(
        &mut aside,
        "SELECT pid::text FROM pg_locks WHERE mode = 'RowExclusiveLock'",
    )
    .await
    .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(texts(&mut aside, RELEASES).await, ["2026-04-01 true 7"]);
    let here = || program.json(&["code", "I21.9", "--json"])["release"].clone();
    assert_eq!(here(), "icd10cm 2026-04-01");
    for _ in 0..2 {
        done(load(&server, &program, &next));
        let both = ["2026-04-01 false 7", "2026-10-01 true 7"];
        assert_eq!(texts(&mut aside, RELEASES).await, both);
        assert_eq!(here(), "icd10cm 2026-10-01");
    }
}

const TABLE: &str = "code\ttitle\tparent\tchapter\tbillable\n9\tCirculatory\t\t9\tno\nI20-I25\tIschemic\t9\t9\tno\n\
    I21\tAcute myocardial infarction\tI20-I25\t9\tno\nI21.9\tAcute myocardial infarction, unspecified\tI21\t9\tyes\n";

#[test]
fn a_table_of_icd10cm_goes_straight_to_the_server_and_is_answered_from_there() {
    let server = PostgresServer::start().expect("it starts");
    let program = Program::new();
    let table = program.file("rows.tsv", TABLE);
    let arguments = |file: &Path, release: &str| {
        let from = text(file).to_owned();
        [
            "load",
            "icd10cm-table",
            "--from",
            &from,
            "--release",
            release,
            "--json",
        ]
        .map(ToOwned::to_owned)
    };
    let run = |arguments: &[String]| {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let mut command = on(&server, program.command(&arguments));
        command.output().expect("it starts")
    };
    let loaded = run(&arguments(&table, "2026-10-01"));
    assert!(loaded.status.success(), "{loaded:?}");
    let told: serde_json::Value = serde_json::from_slice(&loaded.stdout).expect("JSON");
    assert_eq!(told["release"]["concepts"], 4, "{told}");
    assert_eq!(told["release"]["billable"], 1, "{told}");
    // What is wrong with a table is told by its line, and nothing changes.
    let twice = program.file("twice.tsv", &format!("{TABLE}I21.9\tAgain\tI21\t9\tyes\n"));
    let missing = table.with_extension("missing");
    for (file, release, reason) in [
        (&twice, "2027-04-01", "twice.tsv:6: I21.9 follows I21.9"),
        (&missing, "2027-04-01", "cannot be read"),
        (&table, "a b", "`a b` is no name of a release"),
    ] {
        let refused = run(&arguments(file, release));
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{error}");
        assert!(error.contains(reason), "{error}");
    }
    let arguments = arguments(&table, "2026-10-01");
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let without = program.run(&arguments);
    let error = String::from_utf8_lossy(&without.stderr).into_owned();
    assert_eq!(without.status.code(), Some(1), "{error}");
    assert!(error.contains("store.engine"), "{error}");
    let url = server.url();
    let serving = program.serve_with(
        &["serve"],
        &[
            ("MEDCOVER__STORE__ENGINE", "postgres"),
            ("MEDCOVER__STORE__URL", &url),
            ("MEDCOVER__AUTH__MASTER_SECRET", &"5a".repeat(32)),
        ],
    );
    let found = serving.get_json("/api/v1/search/icd10?q=acute+myocardial+infarction");
    let codes: Vec<_> = found["hits"]
        .as_array()
        .expect("hits")
        .iter()
        .map(|it| &it["code"])
        .collect();
    assert!(codes.iter().any(|it| *it == "I21.9"), "{found}");
    let code = serving.get_json("/api/v1/codes/i219");
    assert_eq!(
        code["title"], "Acute myocardial infarction, unspecified",
        "{code}"
    );
}

#[test]
fn without_the_file_codes_and_searches_are_answered_from_the_server_and_health_says_so() {
    let server = PostgresServer::start().expect("it starts");
    let program = Program::new();
    done(load(&server, &program, &program.tabular()));
    let lost = ["terminology", "sources", "fetched"];
    for folder in lost.map(|it| program.data().join(it)) {
        for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if file.file_name() != "current.json" && file.path().is_file() {
                std::fs::remove_file(file.path()).expect("it is removed");
            }
        }
    }
    let url = server.url();
    let serving = program.serve_with(
        &["serve"],
        &[
            ("MEDCOVER__STORE__ENGINE", "postgres"),
            ("MEDCOVER__STORE__URL", &url),
            ("MEDCOVER__AUTH__MASTER_SECRET", &"5a".repeat(32)),
        ],
    );
    let get = |path: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        String::from_utf8(raw(serving.addr, request.as_bytes())).expect("text")
    };
    for path in [
        "/api/v1/codes/i219",
        "/api/v1/search/icd10?q=old+myocardial+infarction",
    ] {
        let answer = get(path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.contains("medcover-degraded: terminology; by=sql"),
            "{answer}"
        );
    }
    let found = serving.get_json("/api/v1/search/icd10?q=old+myocardial+infarction");
    assert_eq!(found["hits"][0]["code"], "I25.2");
    let health = serving.get_json("/api/v1/health");
    let checks = health["checks"].as_array().expect("checks");
    let terminology = checks.iter().find(|it| it["name"] == "terminology");
    let terminology = terminology.expect("it is looked at");
    assert_eq!(terminology["status"], "degraded", "{terminology}");
    let detail = terminology["detail"].as_str().expect("text");
    assert!(detail.contains("from PostgreSQL"), "{detail}");
    let (status, body) = serving.get("/api/v1/health/ready");
    assert_eq!(status, 200, "{body}");
    // Loading again mends it while it serves.
    done(load(&server, &program, &program.tabular()));
    let mended = || !get("/api/v1/codes/i219").contains("medcover-degraded");
    for _ in 0..100 {
        if mended() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(mended());
}
