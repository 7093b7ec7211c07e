//! `medcover up --demo`: what it makes, what it refuses, and how it is made anew.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_testkit::Process;
use serde_json::{Value, json};

use crate::program::{Program, Serving, raw, text};

const PASSWORD: (&str, &str) = ("MEDCOVER_ADMIN_PASSWORD", "a stone, a cloud, a table");

fn demo(program: &Program, more: &[&str]) -> Serving {
    let data = program.data();
    let arguments = ["up", "--demo", "--data", text(&data)];
    program.serve_with(&[&arguments, more].concat(), &[PASSWORD])
}

/// The API of a server, asked by somebody.
struct Asking<'a> {
    serving: &'a Serving,
    token: String,
}

impl<'a> Asking<'a> {
    fn sign_in(serving: &'a Serving, name: &str, password: &str) -> Self {
        let nobody = Self {
            serving,
            token: String::new(),
        };
        let who = json!({"name": name, "password": password});
        let tokens = nobody.ask("POST", "/api/v1/auth/sign-in", &who);
        let token = tokens["access_token"].as_str();
        Self {
            token: token.unwrap_or_else(|| panic!("{tokens}")).to_owned(),
            ..nobody
        }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let (body, token) = (body.to_string(), &self.token);
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = raw(self.serving.addr, request.as_bytes());
        let answer = String::from_utf8(answer).expect("text");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// All of a list.
    fn list(&self, path: &str, field: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/{path}?limit=100{after}");
            let page = self.ask("GET", &path, &Value::Null);
            let found = page[field].as_array();
            all.extend_from_slice(found.unwrap_or_else(|| panic!("{path}: {page}")));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return all,
            }
        }
    }

    fn states(&self, path: &str, field: &str) -> Vec<String> {
        let all = self.list(path, field);
        let states = all.iter().map(|it| it["state"].as_str().expect("a state"));
        let mut states: Vec<_> = states.map(str::to_owned).collect();
        states.sort();
        states.dedup();
        states
    }
}

/// Those states are left out in which nothing stays: what passes through them does so within one commit.
#[test]
fn every_state_is_there_and_the_books_balance() {
    let program = Program::loaded();
    let clock = SystemClock::new();
    let serving = demo(&program, &[]);
    println!("the demo serves after {:?}", clock.elapsed());
    assert!(
        serving.said.contains("Demo: invented people"),
        "{}",
        serving.said
    );
    let admin = Asking::sign_in(&serving, "admin", PASSWORD.1);
    for (path, field, expected) in [
        (
            "claims",
            "claims",
            "accepted adjudicated draft finalized pended rejected reversed scrub-failed voided",
        ),
        (
            "appointments",
            "appointments",
            "arrived booked cancelled checked-in entered-in-error fulfilled noshow pending proposed waitlist",
        ),
        (
            "invoices",
            "invoices",
            "draft issued paid partially-paid void",
        ),
        (
            "payments",
            "payments",
            "charged-back failed pending succeeded unknown",
        ),
        (
            "refunds",
            "refunds",
            "approved failed rejected requested sent succeeded",
        ),
        ("write-offs", "write_offs", "approved rejected requested"),
        (
            "remittance-postings",
            "remittance_postings",
            "dismissed duplicate parked posted",
        ),
        (
            "policies",
            "policies",
            "active cancelled expired pending-payment quoted ready renewed suspended",
        ),
    ] {
        let expected: Vec<_> = expected.split(' ').collect();
        assert_eq!(admin.states(path, field), expected, "{path}");
    }
    let authorisations = admin.states("authorisations", "authorisations");
    for state in [
        "approved",
        "cancelled",
        "denied",
        "info-requested",
        "partially-approved",
        "pended",
        "used",
    ] {
        assert!(
            authorisations.iter().any(|it| it == state),
            "{authorisations:?}"
        );
    }
    assert!(admin.list("patients", "patients").len() > 24);
    let books = admin.ask("GET", "/api/v1/ledger/trial-balance", &Value::Null);
    assert_eq!(books["balanced"], true, "{books}");
    let sum = |field: &str| {
        let lines = books["lines"].as_array().expect("lines").iter();
        lines
            .map(|it| it[field].as_i64().expect("an amount"))
            .sum::<i64>()
    };
    assert_eq!(sum("debit_minor"), sum("credit_minor"), "{books}");
    assert!(sum("debit_minor") > 0);
}

#[test]
fn everybody_signs_in_with_a_password_that_chance_made() {
    let program = Program::loaded();
    let serving = demo(&program, &[]);
    let path = program.data().join("demo-people.txt");
    let mode = std::fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0);
    let people = std::fs::read_to_string(&path).expect("text");
    assert_eq!(people.lines().count(), 9, "{people}");
    for line in people.lines().skip(1) {
        let mut words = line.split_whitespace();
        let (name, password) = (
            words.next().expect("a name"),
            words.next().expect("a password"),
        );
        let somebody = Asking::sign_in(&serving, name, password);
        let me = somebody.ask("GET", "/api/v1/auth/me", &Value::Null);
        assert_eq!(me["roles"], json!([words.next().expect("a role")]), "{me}");
        assert!(!serving.said.contains(password));
    }
}

#[test]
fn pages_say_that_it_is_a_demo_and_others_do_not() {
    let program = Program::loaded();
    let plain = program.serve(&["serve"]);
    assert!(!plain.get("/").1.contains("Demo: invented people"));
    drop(plain);
    let other = Program::loaded();
    let serving = demo(&other, &[]);
    for path in [
        "/",
        "/?q=infarction",
        "/codes/I21",
        "/analysis",
        "/releases",
        "/codes/nothing",
    ] {
        let (status, page) = serving.get(path);
        assert!(
            page.contains("Demo: invented people"),
            "{path} {status}: {page}"
        );
    }
    assert_eq!(serving.get_json("/api/v1/health")["demo"], true);
}

#[test]
fn a_folder_that_is_not_a_demos_is_refused_and_stays() {
    let program = Program::loaded();
    let data = program.data();
    let at_home = ["up", "--demo", "--data", text(&data)];
    let served = program.serve(&["serve", "--roles", "auth"]);
    for more in [&[][..], &["--reset"]] {
        let refused = program.run(&[&at_home, more].concat());
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    }
    drop(served);
    let keys = std::fs::read(data.join("auth/master.key")).expect("it is there");
    for more in [&[][..], &["--reset"]] {
        let refused = program.run(&[&at_home, more].concat());
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr);
        assert!(told.contains("not a demo's (auth)"), "{told}");
    }
    assert_eq!(
        std::fs::read(data.join("auth/master.key")).expect("it stays"),
        keys
    );
}

#[test]
fn a_demo_in_use_is_refused() {
    let program = Program::loaded();
    let _serving = demo(&program, &[]);
    let data = program.data();
    let refused = program.run(&["up", "--demo", "--reset", "--data", text(&data)]);
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("another medcover (process"), "{told}");
}

#[test]
fn it_is_served_again_made_anew_when_asked_and_when_it_was_cut_short() {
    let program = Program::loaded();
    let claims = |serving: &Serving| {
        let admin = Asking::sign_in(serving, "admin", PASSWORD.1);
        admin.list("claims", "claims")
    };
    let likeness = |claims: &[Value]| {
        let of = |claim: &Value| (claim["state"].clone(), claim["total"].clone());
        claims.iter().map(of).collect::<Vec<_>>()
    };
    let people = || std::fs::read_to_string(program.data().join("demo-people.txt")).expect("text");
    let serving = demo(&program, &[]);
    let (first, staff) = (claims(&serving), people());
    drop(serving);

    let again = demo(&program, &[]);
    assert_eq!((claims(&again), people()), (first.clone(), staff.clone()));
    drop(again);

    let anew = demo(&program, &["--reset"]);
    assert_ne!(people(), staff, "passwords are made by chance");
    assert_eq!(likeness(&claims(&anew)), likeness(&first));
    drop(anew);

    let staff = people();
    cut_short(&program);
    let refused = program.run(&["serve"]);
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    drop(demo(&program, &[]));
    assert_ne!(people(), staff);
    let served = program.serve(&["serve"]);
    assert!(
        served.said.contains("Demo: invented people"),
        "{}",
        served.said
    );
}

/// Kills a process in the middle of making the demo anew.
fn cut_short(program: &Program) {
    let data = program.data();
    let arguments = ["up", "--demo", "--reset", "--data", text(&data)];
    let mut command = program.command(&arguments);
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut making = Process::start(command).expect("it starts");
    let begun = || {
        let marker = std::fs::read_to_string(data.join("demo.json"));
        marker.is_ok_and(|text| text.contains("making")) && data.join("demo-people.txt").exists()
    };
    while !begun() {
        assert!(making.child().try_wait().expect("it is ours").is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    making.signal("KILL").expect("it can be sent");
    making.child().wait().expect("it ends");
}

/// A release that says it is valid from `from` on, in words as files have it.
fn with_release_of(from: &str) -> Program {
    let program = Program::new();
    let tabular = std::fs::read_to_string(program.tabular()).expect("it was written");
    let file = program.file(&format!("icd10cm-tabular-{from}.xml"), &tabular);
    let output = program.run(&["load", "icd10cm", "--from", text(&file)]);
    assert!(output.status.success(), "{output:?}");
    program
}

#[test]
fn without_a_release_in_force_visits_are_not_coded() {
    let program = with_release_of("April-1-2019");
    let serving = demo(&program, &[]);
    let admin = Asking::sign_in(&serving, "admin", PASSWORD.1);
    assert_eq!(admin.list("claims", "claims"), Vec::<Value>::new());
    assert!(
        admin
            .states("appointments", "appointments")
            .contains(&"fulfilled".to_owned())
    );
}

#[test]
fn a_release_of_last_week_is_enough_for_every_state_of_a_claim() {
    let now = SystemClock::new().now().to_string();
    let today: jiff::civil::Date = now[..10].parse().expect("a day");
    let from = today.saturating_sub(jiff::Span::new().days(7));
    let program = with_release_of(&from.strftime("%B-%d-%Y").to_string());
    let serving = demo(&program, &[]);
    let admin = Asking::sign_in(&serving, "admin", PASSWORD.1);
    assert_eq!(admin.states("claims", "claims").len(), 9);
}

#[test]
fn without_data_it_has_a_folder_of_its_own() {
    let program = Program::new();
    let output = program.run(&["up", "--demo", "--listen", "127.0.0.1:0"]);
    // Nothing is fetched in tests, so that it ends before there is a demo.
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    let own = program.dir.path().join("data-demo");
    assert!(told.contains(text(&own)), "{told}");
    assert!(own.exists() && !program.data().exists());
}
