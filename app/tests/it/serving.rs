//! A running server: starting, answering, taking over a release, stopping.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};

use crate::program::{Program, Serving, get, raw, status, text};

/// Waits until `holds`, or fails.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let clock = SystemClock::new();
    while !holds() {
        assert!(
            clock.elapsed() < Duration::from_secs(20),
            "{what} did not come"
        );
        sleep(Duration::from_millis(20));
    }
}

fn first_code(serving: &Serving, query: &str) -> String {
    let answer = serving.get_json(&format!("/api/v1/search/icd10?q={query}"));
    answer["hits"][0]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn everything_stands_on_one_address() {
    let program = Program::loaded();
    let serving = program.serve(&["up"]);
    assert!(
        serving.said.contains("serving icd10cm 2026-04-01"),
        "{}",
        serving.said
    );
    assert_eq!(first_code(&serving, "nstemi"), "I21.4");
    assert_eq!(serving.get_json("/api/v1/codes/I21.9")["code"], "I21.9");
    assert_eq!(serving.get_json("/api/v1/health")["status"], "healthy");
    assert_eq!(serving.get_json("/api/v1/health/live")["live"], true);
    assert_eq!(serving.get_json("/api/v1/health/ready")["ready"], true);
    assert_eq!(serving.get_json("/openapi.json")["openapi"], "3.1.0");
    for page in [
        "/",
        "/docs",
        "/docs/style.css",
        "/codes/I21.9",
        "/problems",
        "/problems/not-found",
    ] {
        assert_eq!(serving.get(page).0, 200, "{page}");
    }
    assert_eq!(serving.get("/metrics").0, 404, "metrics are for operators");
    let (status, metrics) = get(serving.admin, "/metrics");
    assert_eq!(status, 200);
    assert!(metrics.contains("operation=\"search_icd10\""));
    assert_eq!(get(serving.admin, "/api/v1/health/ready").0, 200);
}

#[test]
fn every_address_that_the_description_page_offers_to_try_answers() {
    let program = Program::loaded();
    let serving = program.serve(&["serve"]);
    let (_, page) = serving.get("/docs");
    let tried: Vec<_> = page
        .split("Try it: <a href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(tried.len() >= 8, "{tried:?}");
    for address in tried {
        // Examples are of the whole release; a small one may not have the code.
        let (status, _) = serving.get(&address.replace("E11.65", "I21.9").replace("&#38;", "&"));
        assert_eq!(status, 200, "{address}");
    }
}

#[test]
fn without_a_release_it_serves_and_says_what_to_run() {
    let program = Program::new();
    let serving = program.serve(&["serve"]);
    assert!(serving.said.contains("not ready"), "{}", serving.said);
    let (status, body) = serving.get("/api/v1/health/ready");
    assert_eq!(status, 503);
    assert!(body.contains("medcover load icd10cm"), "{body}");
    assert_eq!(serving.get("/api/v1/health/live").0, 200);
    assert_eq!(serving.get("/api/v1/search/icd10?q=asthma").0, 503);
    assert_eq!(serving.get("/api/v1/health").0, 503);
}

#[test]
fn the_page_tells_whether_all_is_there_that_was_loaded_and_declared() {
    let program = Program::loaded();
    let serving = program.serve(&["serve"]);
    let page = serving.get_json("/api/v1/health");
    let checks = page["checks"].as_array().expect("a list");
    let integrity = checks.iter().find(|it| it["name"] == "data_integrity");
    let integrity = integrity.expect("it is checked");
    assert_eq!(integrity["status"], "healthy");
    let detail = integrity["detail"].to_string();
    for told in [
        " concepts.",
        "hospital: ",
        "billing: ",
        " tables, ",
        " indexes.",
    ] {
        assert!(detail.contains(told), "{detail}");
    }
}

#[test]
fn a_service_that_is_away_degrades_the_health_and_its_figure_and_nothing_else() {
    let program = Program::loaded();
    let elsewhere = [("MEDCOVER__PEERS__HOSPITAL", "http://127.0.0.1:1")];
    let roles = "gateway,auth,console,terminology";
    let serving = program.serve_with(&["serve", "--roles", roles], &elsewhere);
    eventually("the figure", || {
        let (_, metrics) = get(serving.admin, "/metrics");
        metrics.contains("medcover_health_check{check=\"hospital-service\"} 1")
            && metrics.contains("medcover_health_check{check=\"terminology\"} 0")
    });
    let (status, page) = serving.get("/api/v1/health");
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("0 of 1 instances can be asked"), "{page}");
    assert_eq!(serving.get_json("/api/v1/health")["status"], "degraded");
    assert_eq!(serving.get_json("/api/v1/health/ready")["ready"], true);
    assert_eq!(first_code(&serving, "nstemi"), "I21.4");
}

#[test]
fn what_is_loaded_while_it_runs_is_served_and_what_is_damaged_is_not() {
    let program = Program::new();
    let serving = program.serve(&["serve"]);
    let file = program.tabular();
    assert!(
        program
            .run(&["load", "icd10cm", "--from", text(&file)])
            .status
            .success()
    );
    eventually("the release", || {
        serving.get("/api/v1/health/ready").0 == 200
    });
    let damaged = program.file(
        "icd10cm-tabular-October-1-2026.xml",
        "<ICD10CM.tabular><chapter>",
    );
    let output = program.run(&["load", "icd10cm", "--from", text(&damaged)]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(first_code(&serving, "nstemi"), "I21.4");
    assert_eq!(
        serving.get_json("/api/v1/codes/I21.9")["release"],
        "icd10cm 2026-04-01"
    );
}

#[test]
fn the_second_start_is_ready_at_once() {
    let program = Program::loaded();
    let clock = SystemClock::new();
    let serving = program.serve(&["up"]);
    assert_eq!(serving.get("/api/v1/search/icd10?q=infarction").0, 200);
    // 300 ms with the whole release on an idle machine; tests run several at a time, and unoptimised.
    assert!(
        clock.elapsed() < Duration::from_secs(3),
        "{:?}",
        clock.elapsed()
    );
}

#[test]
fn one_server_a_folder() {
    let program = Program::loaded();
    let mut first = program.serve(&["serve"]);
    let output = program.run(&["up", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains(&format!("process {}", first.id())), "{told}");
    first.signal("KILL");
    assert!(!first.ended().success());
    program.serve(&["serve"]);
}

#[test]
fn a_taken_address_is_named() {
    let program = Program::loaded();
    let serving = program.serve(&["serve"]);
    let other = Program::loaded();
    let taken = serving.addr.to_string();
    let output = other.run(&["serve", "--listen", &taken]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&taken));
    let mut command = other.command(&["serve", "--listen", "127.0.0.1:0"]);
    let output = command
        .env("MEDCOVER__ADMIN__LISTEN", &taken)
        .output()
        .expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("admin.listen") && told.contains(&taken),
        "{told}"
    );
}

/// A request whose body is still on its way.
fn unfinished(serving: &Serving) -> TcpStream {
    let mut stream = TcpStream::connect(serving.addr).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a bound");
    let head = "POST /api/v1/codes/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 19\r\n\r\n{\"codes\":";
    stream.write_all(head.as_bytes()).expect("it is taken");
    sleep(Duration::from_millis(200));
    stream
}

#[test]
fn the_first_signal_lets_requests_finish() {
    let program = Program::loaded();
    let serving = program.serve(&["serve"]);
    let mut stream = unfinished(&serving);
    serving.signal("TERM");
    eventually("the end of accepting", || {
        TcpStream::connect(serving.addr).is_err()
    });
    stream.write_all(b"[\"I21.9\"]}").expect("it is taken");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert_eq!(
        status(&answer),
        Some(200),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    assert_eq!(serving.ended().code(), Some(0));
}

#[test]
fn the_second_signal_ends_at_once() {
    let program = Program::loaded();
    let serving = program.serve(&["serve"]);
    let _stream = unfinished(&serving);
    serving.signal("TERM");
    eventually("the end of accepting", || {
        TcpStream::connect(serving.addr).is_err()
    });
    let clock = SystemClock::new();
    serving.signal("TERM");
    serving.ended();
    assert!(
        clock.elapsed() < Duration::from_secs(5),
        "{:?}",
        clock.elapsed()
    );
}

#[test]
fn the_terminology_role_alone_has_no_pages_for_people() {
    let program = Program::loaded();
    let serving = program.serve(&["serve", "--roles", "terminology"]);
    assert_eq!(serving.get("/").0, 404);
    assert_eq!(serving.get("/api/v1/codes/I21").0, 200);
}

#[test]
fn an_unknown_address_is_a_page_for_browsers_and_a_problem_for_programs() {
    let program = Program::loaded();
    let serving = program.serve(&["serve"]);
    let browser =
        b"GET /nowhere HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nconnection: close\r\n\r\n";
    let answer = String::from_utf8_lossy(&raw(serving.addr, browser)).into_owned();
    assert!(
        answer.starts_with("HTTP/1.1 404") && answer.contains("<h1>"),
        "{answer}"
    );
    assert_eq!(serving.get_json("/nowhere")["type"], "/problems/not-found");
}

#[test]
fn callers_are_limited_unless_told_otherwise_and_health_answers_all_the_same() {
    let program = Program::loaded();
    let serving = program.serve_limited();
    let search = || serving.get("/api/v1/search/icd10?q=infarction").0;
    let answers: Vec<_> = (0..20).map(|_| search()).collect();
    assert_eq!(answers[..10], [200; 10]);
    assert!(answers[10..].contains(&429), "{answers:?}");
    for path in [
        "/api/v1/health",
        "/api/v1/health/live",
        "/api/v1/health/ready",
    ] {
        for _ in 0..20 {
            assert_eq!(serving.get(path).0, 200, "{path}");
        }
    }
    let (status, page) = get(serving.admin, "/metrics");
    assert_eq!(status, 200);
    assert!(
        page.contains("medcover_requests_refused_total{reason=\"rate-limited\"}"),
        "{page}"
    );
    assert_eq!(serving.get("/problems/rate-limited").0, 200);
}
