//! Back-ups of the real program: made while people work, killed, damaged, restored and gone on with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use medcover_testkit::Process;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};

use crate::program::{Program, Serving, get, raw, status, text};

const PASSWORD: (&str, &str) = ("MEDCOVER_ADMIN_PASSWORD", "a stone, a cloud, a table");

/// A request of the administrator: the status and the answer.
pub(crate) fn ask(
    addr: SocketAddr,
    token: &str,
    (method, path): (&str, &str),
    body: &Value,
) -> (u16, Value) {
    static KEYS: AtomicU32 = AtomicU32::new(0);
    let (body, key) = (body.to_string(), KEYS.fetch_add(1, Ordering::Relaxed));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nidempotency-key: key-{key}-{}\r\ncontent-length: {}\r\n\r\n{body}",
        std::process::id(),
        body.len()
    );
    let answer = String::from_utf8(raw(addr, request.as_bytes())).expect("text");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (status(answer.as_bytes()).unwrap_or(0), body)
}

pub(crate) fn token(serving: &Serving) -> String {
    let who = json!({"name": "admin", "password": PASSWORD.1});
    let sign_in = ("POST", "/api/v1/auth/sign-in");
    let (status, tokens) = ask(serving.addr, "", sign_in, &who);
    assert_eq!(status, 200, "{tokens}");
    tokens["access_token"].as_str().expect("a token").to_owned()
}

/// The id of a patient who was registered, where that was acknowledged.
pub(crate) fn register(addr: SocketAddr, token: &str, name: &str) -> Option<String> {
    let details = json!({
        "family_name": "Rossi", "given_names": name, "birth_date": "1984-02-29", "sex": "female",
    });
    let at = ("POST", "/api/v1/patients");
    let (status, made) = ask(addr, token, at, &json!({ "details": details }));
    (status == 201).then(|| made["id"].as_str().expect("an id").to_owned())
}

fn is_there(serving: &Serving, token: &str, id: &str) -> bool {
    let at = format!("/api/v1/patients/{id}");
    ask(serving.addr, token, ("GET", &at), &Value::Null).0 == 200
}

/// The arguments, over the data folder `data`.
fn over<'a>(data: &'a Path, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = arguments.to_vec();
    all.extend(["--data", text(data)]);
    all
}

fn listed(program: &Program) -> Vec<Value> {
    let listed = program.json(&["backup", "list", "--json"]);
    listed["backups"].as_array().expect("a list").clone()
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stopped(serving: Serving) {
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0));
}

/// What each service has in its tables of read models, row by row.
async fn read_models(data: &Path) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for service in ["auth", "hospital", "insurance", "billing", "journeys"] {
        let mut store = open(data, service).await;
        let tables = "SELECT name FROM read_model ORDER BY name";
        let tables: Vec<String> = sqlx::query_scalar(tables)
            .fetch_all(&mut store)
            .await
            .expect("tables");
        for table in tables {
            let columns: String = sqlx::query_scalar(
                "SELECT group_concat('quote(\"' || name || '\")', ' || ' || ''','' || ') FROM pragma_table_info(?)",
            )
            .bind(&table)
            .fetch_one(&mut store)
            .await
            .expect("columns");
            let rows = format!("SELECT {columns} AS row FROM \"{table}\" ORDER BY row");
            let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut store);
            found.insert(format!("{service}.{table}"), rows.await.expect("rows"));
        }
    }
    found
}

async fn open(data: &Path, service: &str) -> SqliteConnection {
    let file = data.join(service).join("store.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    options.connect().await.expect("a store")
}

/// Says in every store that no read model is complete: each is made from the log when it is opened next.
async fn forget_read_models(data: &Path) {
    for service in ["auth", "hospital", "insurance", "billing", "journeys"] {
        let mut store = open(data, service).await;
        let forget = "UPDATE read_model SET complete = 0";
        let forgotten = sqlx::query(forget).execute(&mut store).await;
        forgotten.expect("it can be written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_back_up_is_there_after_it_was_restored() {
    let program = Program::loaded();
    let data = program.data();
    let serving = program.serve_with(&over(&data, &["up", "--demo"]), &[PASSWORD]);
    let token_before = token(&serving);
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (acknowledged, stop) = (Arc::clone(&acknowledged), Arc::clone(&stop));
            let (addr, token) = (serving.addr, token_before.clone());
            std::thread::spawn(move || {
                let mut number = 0;
                while !stop.load(Ordering::SeqCst) {
                    number += 1;
                    let id = register(addr, &token, &format!("W{writer} N{number}"));
                    let id = id.expect("a back-up refuses nobody");
                    acknowledged.lock().expect("no panic").push(id);
                }
            })
        })
        .collect();
    while acknowledged.lock().expect("no panic").len() < 10 {
        std::thread::yield_now();
    }
    let before = acknowledged.lock().expect("no panic").clone();
    let made = program.json(&["backup", "--json"]);
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.join().expect("no panic");
    }
    let after = acknowledged.lock().expect("no panic").clone();
    stopped(serving);

    let verified = program.json(&["backup", "verify", "--json"]);
    assert_eq!(verified["whole"], true);
    let (one, other) = (
        program.dir.path().join("one"),
        program.dir.path().join("other"),
    );
    for into in [&one, &other] {
        let restored = program.json(&["restore", "--into", text(into), "--json"]);
        assert_eq!(restored["totals"], made["totals"]);
        assert_eq!(restored["faults"], json!([]));
    }
    let ledgers = made["totals"]["ledgers"].as_array().expect("ledgers");
    assert!(!ledgers.is_empty(), "the demo has books");
    assert!(
        ledgers.iter().all(|it| it["balanced"] == true),
        "{ledgers:?}"
    );

    // What is made from the log is what was there.
    let live = read_models(&one).await;
    assert!(live.values().map(Vec::len).sum::<usize>() > 100);
    forget_read_models(&other).await;
    let totals = program.json(&over(&other, &["backup", "totals"]));
    assert_eq!(totals, made["totals"]);
    assert_eq!(read_models(&other).await, live);

    let serving = program.serve_with(&over(&one, &["serve"]), &[]);
    assert!(serving.said.contains("serving icd10cm"), "{}", serving.said);
    let token = token(&serving);
    let lost: Vec<_> = before
        .iter()
        .filter(|id| !is_there(&serving, &token, id))
        .collect();
    assert!(lost.is_empty(), "{lost:?} of {}", after.len());
    assert!(
        is_there(&serving, &token_before, &before[0]),
        "sessions go on"
    );
    register(serving.addr, &token, "Later").expect("work goes on");
    let audit = program.json(&over(&one, &["audit", "verify", "--json"]));
    assert_eq!(audit["whole"], true);
    let (_, balance) = ask(
        serving.addr,
        &token,
        ("GET", "/api/v1/ledger/trial-balance"),
        &Value::Null,
    );
    assert_eq!(balance["balanced"], true, "{balance}");
}

/// Where something is being worked on in the folder of back-ups.
fn at_work(program: &Program) -> Option<PathBuf> {
    let entries = std::fs::read_dir(program.data().join("backups")).ok()?;
    let mut paths = entries.filter_map(|it| Some(it.ok()?.path()));
    paths.find(|path| text(path).contains("/.work-"))
}

/// How many files and folders there are below `path`, as far as they stay to be counted.
fn count(path: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(path) else {
        return 0;
    };
    let entries = entries.filter_map(|it| Some(it.ok()?.path()));
    entries.map(|it| 1 + count(&it)).sum()
}

#[test]
fn a_back_up_that_is_killed_leaves_nothing_that_looks_like_one() {
    let program = Program::loaded();
    let mut killed = 0;
    // Later and later in the course of it.
    for files in [1, 3, 6, 9, 12, 16, 20, 25, 30] {
        if let Some(left) = at_work(&program) {
            std::fs::remove_dir_all(left).expect("removed");
        }
        let mut command = program.command(&["backup"]);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Process::start(command).expect("it starts");
        let ended = loop {
            if let Some(status) = process.child().try_wait().expect("it is ours") {
                break Some(status);
            }
            if at_work(&program).is_some_and(|path| count(&path) >= files) {
                process.signal("KILL").expect("it can be sent");
                process.child().wait().expect("it ends");
                break None;
            }
        };
        killed += u32::from(ended.is_none());
        for it in listed(&program) {
            assert_eq!(it["fault"], Value::Null);
            let name = it["backup"].as_str().expect("a name");
            program.json(&["backup", "verify", name, "--json"]);
        }
    }
    assert!(killed >= 4, "{killed} were killed");
    let whole = program.json(&["backup", "--json"]);
    assert_eq!(listed(&program)[0]["backup"], whole["backup"]);
    assert_eq!(at_work(&program), None, "what was left is removed");
}

#[test]
fn a_server_that_is_killed_over_a_back_up_serves_on_and_makes_the_next() {
    let program = Program::loaded();
    let serving = program.serve_with(&["serve"], &[PASSWORD]);
    let token_before = token(&serving);
    let id = register(serving.addr, &token_before, "Before").expect("kept");
    let mut asking = program.command(&["backup"]);
    let asking = asking.stdout(Stdio::piped()).stderr(Stdio::piped());
    let asking = asking.spawn().expect("it starts");
    while at_work(&program).is_none_or(|path| count(&path) < 3) {
        std::thread::yield_now();
    }
    serving.signal("KILL");
    serving.ended();
    let asked = asking.wait_with_output().expect("it ends");
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    assert!(listed(&program).is_empty());
    let serving = program.serve(&["serve"]);
    assert!(is_there(&serving, &token_before, &id));
    program.json(&["backup", "--json"]);
    assert_eq!(listed(&program).len(), 1);
}

/// A harm: what is harmed, the file, how, and what is said of it.
type Harm<'a> = (&'a str, &'a str, &'a dyn Fn(&Path), &'a str);

fn spoiled(backup: &Path, name: &str, change: impl FnOnce(&Path)) {
    let path = backup.join(name);
    assert!(path.exists(), "{}", path.display());
    change(&path);
}

#[test]
fn what_is_damaged_cut_foreign_or_newer_is_refused_before_anything_is_touched() {
    let program = Program::loaded();
    let made = program.json(&["backup", "--json"]);
    let whole = PathBuf::from(made["path"].as_str().expect("a path"));
    let into = program.dir.path().join("into");
    let replaced = |path: &Path, from: &str, to: &str| {
        let text = std::fs::read_to_string(path).expect("text");
        std::fs::write(path, text.replacen(from, to, 1)).expect("written");
    };
    let harms: [Harm<'_>; 7] = [
        (
            "a byte",
            "data/billing/store.db",
            &|path| {
                let mut bytes = std::fs::read(path).expect("a file");
                bytes[5_000] ^= 1;
                std::fs::write(path, bytes).expect("written");
            },
            "data/billing/store.db is not what was written: its checksum differs",
        ),
        (
            "the end",
            "data/auth/store.db",
            &|path| {
                let file = std::fs::OpenOptions::new()
                    .write(true)
                    .open(path)
                    .expect("a file");
                file.set_len(4_096).expect("cut");
            },
            "data/auth/store.db has 4096 bytes instead of",
        ),
        (
            "a file",
            "data/auth/master.key",
            &|path| {
                std::fs::remove_file(path).expect("removed");
            },
            "data/auth/master.key is missing",
        ),
        (
            "the manifest",
            "manifest.json",
            &|path| replaced(path, "\"position\": ", "\"position\": 9"),
            "manifest.json is damaged",
        ),
        (
            "its kind",
            "manifest.json",
            &|path| replaced(path, "medcover-backup", "backup"),
            "is not of a back-up that medcover made",
        ),
        (
            "its age",
            "manifest.json",
            &|path| replaced(path, "\"format\": 1", "\"format\": 2"),
            "which is newer than this one",
        ),
        (
            "all of it",
            "manifest.json",
            &|path| std::fs::remove_file(path).expect("removed"),
            "there is no back-up in",
        ),
    ];
    for (what, name, harm, told) in harms {
        let harmed = program.dir.path().join("harmed");
        let copied = Command::new("cp")
            .args(["-r", text(&whole), text(&harmed)])
            .status();
        assert!(copied.expect("cp").success());
        spoiled(&harmed, name, harm);
        let output = program.run(&["restore", text(&harmed), "--into", text(&into)]);
        let said = refusal(&output);
        assert!(said.contains(told), "{what}: {said}");
        assert!(!into.exists(), "{what}");
        let verified = program.run(&["backup", "verify", text(&harmed)]);
        assert!(refusal(&verified).contains(told), "{what}");
        std::fs::remove_dir_all(&harmed).expect("removed");
    }
    let left = std::fs::read_dir(program.dir.path()).expect("a folder");
    let left = left.filter_map(|it| it.ok()?.file_name().into_string().ok());
    let left: Vec<_> = left.filter(|name| name.contains("restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn nothing_is_overwritten_unless_that_is_said_and_then_it_is_put_aside() {
    let program = Program::loaded();
    let serving = program.serve_with(&["serve"], &[PASSWORD]);
    let token_before = token(&serving);
    let before = register(serving.addr, &token_before, "Before").expect("kept");
    program.json(&["backup", "--json"]);
    let after = register(serving.addr, &token_before, "After").expect("kept");
    let data = program.data();
    let folder = data.join("backups");
    let elsewhere = program.dir.path().join("backups");
    let restore = |more: &[&str]| {
        let arguments = ["restore", "--into", text(&data)];
        program.run(&[&arguments, more].concat())
    };
    assert!(refusal(&restore(&[])).contains("is not empty, and nothing was touched"));
    assert!(refusal(&restore(&["--replace"])).contains("another medcover"));
    stopped(serving);
    // They lie in the data folder that is to be replaced, so they are moved first.
    std::fs::rename(&folder, &elsewhere).expect("moved");
    let variables = [("MEDCOVER__BACKUP__FOLDER", text(&elsewhere))];
    let mut command = program.command(&["restore", "--into", text(&data), "--replace"]);
    let output = command.envs(variables).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let serving = program.serve(&["serve"]);
    assert!(is_there(&serving, &token_before, &before));
    assert!(!is_there(&serving, &token_before, &after));
    let aside = std::fs::read_dir(program.dir.path()).expect("a folder");
    let mut aside = aside.filter_map(|it| it.ok()?.file_name().into_string().ok());
    assert!(aside.any(|name| name.starts_with("data.replaced-")));
}

#[test]
fn a_moment_is_the_last_back_up_before_it() {
    let program = Program::new();
    let roles = ["--roles", "auth", "--json"];
    let make = || program.json(&[&["backup"], &roles[..]].concat());
    let (first, second) = (make(), make());
    let drill = |at: &str| program.run(&[&["backup", "drill", "--at", at], &roles[..]].concat());
    let named = |output: Output| -> Value {
        assert!(output.status.success(), "{output:?}");
        let drilled: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        drilled["backup"].clone()
    };
    let at = |made: &Value| made["made_at"].as_str().expect("a moment").to_owned();
    assert_eq!(named(drill(&at(&first))), first["backup"]);
    assert_eq!(named(drill(&at(&second))), second["backup"]);
    assert_eq!(named(drill("latest")), second["backup"]);
    let none = drill("2020-01-01T00:00:00Z");
    assert!(refusal(&none).contains("there is no back-up made by 2020-01-01"));
    assert_eq!(drill("yesterday").status.code(), Some(2));
}

#[test]
fn a_server_makes_them_by_itself_and_says_so() {
    let program = Program::new();
    let variables = [
        ("MEDCOVER__BACKUP__EVERY_HOURS", "1"),
        ("MEDCOVER__BACKUP__DRILL_EVERY_HOURS", "1"),
    ];
    let serving = program.serve_with(&["serve", "--roles", "auth"], &variables);
    let drilled = program.data().join("backups/.drill.json");
    while !drilled.exists() {
        std::thread::yield_now();
    }
    assert_eq!(listed(&program).len(), 1);
    let text = || get(serving.admin, "/metrics").1;
    while !text().contains("medcover_backups_total{outcome=\"made\"} 1") {
        std::thread::yield_now();
    }
    let text = text();
    assert!(text.contains("medcover_backups_kept 1"), "{text}");
    let health = serving.get_json("/api/v1/health");
    let checks = health["checks"].as_array().expect("checks");
    let check = checks.iter().find(|it| it["name"] == "backups");
    assert_eq!(check.expect("it is checked")["status"], "healthy");
    // Nobody reaches it from outside.
    assert_eq!(serving.get("/operator/backups/progress").0, 404);
}

#[test]
fn what_is_secret_stays_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::new();
    let mut command = program.command(&["backup", "--roles", "auth", "--json"]);
    let secret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let output = command
        .env("MEDCOVER__AUTH__MASTER_SECRET", secret)
        .output();
    let output = output.expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let path = PathBuf::from(made["path"].as_str().expect("a path"));
    let settings = std::fs::read_to_string(path.join("settings.json")).expect("settings");
    assert!(
        settings.contains("[secret]") && !settings.contains(secret),
        "{settings}"
    );
    // The data folder's own key is kept, for its owner alone.
    let with_key = program.json(&["backup", "--roles", "auth", "--json"]);
    let path = PathBuf::from(with_key["path"].as_str().expect("a path"));
    for name in [
        "",
        "data",
        "data/auth",
        "data/auth/master.key",
        "manifest.json",
    ] {
        let found = std::fs::metadata(path.join(name)).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o077, 0, "{name}");
    }
}
