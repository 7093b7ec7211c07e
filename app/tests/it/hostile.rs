//! Random and hostile requests, as bytes on sockets.

use std::net::SocketAddr;

use medcover_kernel::{Rng as _, SeededRng};

use crate::program::{Program, raw, status};

/// How many in each round.
const REQUESTS: usize = 10_000;
/// How many rounds.
const ROUNDS: u64 = 7;
/// Bytes that a request may leave behind, on average. What the allocator keeps goes up and down by some megabytes, and would
/// hide less.
const LEFT: usize = 200;
/// How many threads send them.
const SENDERS: usize = 8;

const METHODS: [&str; 12] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get",
    "\u{1}",
];

const PATHS: [&str; 19] = [
    "/",
    "/results",
    "/codes/",
    "/analysis",
    "/releases",
    "/docs",
    "/problems/",
    "/api/v1/search/icd10",
    "/api/v1/search/autocomplete",
    "/api/v1/search/advanced",
    "/api/v1/search/unified",
    "/api/v1/codes/",
    "/api/v1/codes/batch",
    "/api/v1/codes/check",
    "/api/v1/enterprise/clinical-analysis",
    "/api/v1/stats/chapters",
    "/api/v1/health/ready",
    "/static/x/y",
    "/nowhere/at/all",
];

const PARAMETERS: [&str; 8] = [
    "q",
    "query",
    "limit",
    "chapter",
    "chapter_filter",
    "cursor",
    "nope",
    "",
];

const VALUES: [&str; 20] = [
    "heart+attack",
    "%",
    "%zz",
    "%00",
    "%ff%fe",
    "%0d%0aset-cookie:x",
    "0",
    "-1",
    "18446744073709551616",
    "1e99",
    "NaN",
    "I21.9",
    "I2",
    "%F0%9F%92%A9",
    "..%2f..%2fetc%2fpasswd",
    "'%20OR%201=1--",
    "<script>",
    "E00-E89",
    "a%CC%81%CC%81%CC%81",
    "%E2%80%AE",
];

const BODIES: [&str; 18] = [
    "",
    "{",
    "null",
    "[]",
    "\"\"",
    "{\"query\":1}",
    "{\"query\":\"asthma\",\"limit\":-1}",
    "{\"query\":\"asthma\",\"fuzzy_threshold\":1e400}",
    "{\"query\":\"asthma\",\"query\":\"x\"}",
    "{\"codes\":[1,null,{}]}",
    "{\"codes\":[\"\\u0000\",\"\\ud800\"]}",
    "{\"codes\":{}}",
    "{\"symptoms\":[]}",
    "{\"symptoms\":[\"\",\" \",\"chest pain\"]}",
    "{\"symptoms\":\"fever\"}",
    "{\"query\":\"asthma\",\"nope\":true}",
    "\u{feff}{}",
    "{\"query\":\"\\u202e\\u0000\"}",
];

struct Chance(SeededRng);

impl Chance {
    fn of<'a>(&self, from: &[&'a str]) -> &'a str {
        from[self.0.below(from.len() as u64) as usize]
    }

    fn one_in(&self, many: u64) -> bool {
        self.0.below(many) == 0
    }

    fn bytes(&self, most: u64) -> Vec<u8> {
        (0..self.0.below(most))
            .map(|_| self.0.next_u64() as u8)
            .collect()
    }
}

/// A request that is wrong in some ways and right in others, so that it comes past the first check.
fn request(chance: &Chance) -> Vec<u8> {
    if chance.one_in(20) {
        return chance.bytes(400);
    }
    let mut request = Vec::new();
    let mut line = format!("{} {}", chance.of(&METHODS), chance.of(&PATHS));
    if chance.one_in(3) {
        line += chance.of(&VALUES);
    }
    for place in 0..chance.0.below(4) {
        line.push(if place == 0 { '?' } else { '&' });
        line.extend([chance.of(&PARAMETERS), "=", chance.of(&VALUES)]);
    }
    if chance.one_in(60) {
        line += &"x".repeat(chance.0.below(100_000) as usize);
    }
    let version = chance.of(&["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/9.9"]);
    request.extend_from_slice(
        format!("{line} {version}\r\nhost: x\r\nconnection: close\r\n").as_bytes(),
    );
    if chance.one_in(8) {
        request.extend_from_slice(b"x-request-id: ");
        request.extend(
            chance
                .bytes(40)
                .into_iter()
                .filter(|byte| !b"\r\n".contains(byte)),
        );
        request.extend_from_slice(b"\r\n");
    }
    if chance.one_in(8) {
        let header = chance.of(&[
            "traceparent: 00-0-0-0",
            "accept-encoding: br;q=9,*",
            "if-none-match: *",
            "range: bytes=9-1",
        ]);
        request.extend_from_slice(format!("{header}\r\n").as_bytes());
    }
    let kind = chance.of(&[
        "application/json",
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
    ]);
    let body = body(chance);
    let length = if chance.one_in(10) {
        chance
            .of(&["-1", "99999999999999999999", "5", "0"])
            .to_owned()
    } else {
        body.len().to_string()
    };
    request.extend_from_slice(
        format!("content-type: {kind}\r\ncontent-length: {length}\r\n\r\n").as_bytes(),
    );
    request.extend_from_slice(&body);
    request
}

fn body(chance: &Chance) -> Vec<u8> {
    match chance.0.below(20) {
        0 => chance.bytes(2_000),
        1 => "[".repeat(chance.0.below(50_000) as usize).into_bytes(),
        2 => format!("{{\"codes\":[{}\"x\"]}}", "\"I21.9\",".repeat(700)).into_bytes(),
        3 => vec![b' '; 1_100_000],
        4 => format!("{{\"query\":\"{}\"}}", "ж".repeat(4_000)).into_bytes(),
        _ => chance.of(&BODIES).as_bytes().to_vec(),
    }
}

/// Sends its share of the requests, and counts those that were answered.
fn send(addr: SocketAddr, seed: u64) -> usize {
    let chance = Chance(SeededRng::new(seed));
    let answered = (0..REQUESTS / SENDERS).filter(|number| {
        let request = request(&chance);
        let status = status(&raw(addr, &request));
        assert!(
            status.is_none_or(|status| status < 500),
            "seed {seed}, request {number}: {status:?} to {}",
            String::from_utf8_lossy(&request[..request.len().min(300)])
        );
        status.is_some()
    });
    answered.count()
}

fn send_all(addr: SocketAddr, round: u64) -> usize {
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS as u64)
            .map(|sender| scope.spawn(move || send(addr, round * 1_000 + sender)))
            .collect();
        let answered = senders
            .into_iter()
            .map(|sender| sender.join().expect("no 5xx"));
        answered.sum()
    })
}

/// Memory that the process `id` has in RAM, in kilobytes.
fn resident_kb(id: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("the system tells")
}

/// What stays: the least within two seconds, in which the allocator gives back what it holds for threads that are done.
fn settled_kb(id: u32) -> usize {
    let samples = (0..20).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        resident_kb(id)
    });
    samples.min().expect("there are some")
}

#[test]
fn hostile_requests_get_no_5xx_and_leave_nothing_behind() {
    let program = Program::loaded();
    // Requests that never end are refused soon, so that the test ends soon.
    let patience = [
        ("MEDCOVER__EDGE__BODY_TIMEOUT_MS", "50"),
        ("MEDCOVER__SERVER__HEADER_TIMEOUT_MS", "50"),
    ];
    let mut serving = program.serve_with(&["serve"], &patience);
    // The first round starts threads and fills what is bounded.
    let addr = serving.addr;
    let round = |number| {
        let answered = send_all(addr, number);
        // Some say too little to be answered; were it most, little would have been tried.
        assert!(answered * 10 > REQUESTS * 8, "{answered} of {REQUESTS}");
    };
    round(1);
    let before = settled_kb(serving.id());
    (2..=ROUNDS).for_each(round);
    let after = settled_kb(serving.id());
    assert!(serving.lives());
    assert_eq!(serving.get("/api/v1/search/icd10?q=infarction").0, 200);
    let left = after.saturating_sub(before) * 1024 / (REQUESTS * (ROUNDS as usize - 1));
    assert!(
        left <= LEFT,
        "{left} bytes a request: {before} kB, then {after} kB"
    );
}
