//! Policies: what is refused, what holds, what changes, what a trace meets.

use std::collections::BTreeMap;

use medcover_kernel::SeededRng;
use medcover_policy::{
    EndpointBase, Policy, PolicyFault, RequestLine, ServiceBase, TraceLine, diff, schema, simulate,
};
use proptest::prelude::*;

const GOOD: &str = "
version: 1
defaults:
  timeout_ms: 20000
routes:
  - name: canary
    match: {path: /api/v1/search, headers: {X-Canary: '1'}}
    rules: {split: [{to: next, percent: 100}]}
  - name: search
    match: {path: /api/v1/search, methods: [GET]}
    rules:
      timeout_ms: 2000
      weight_percent: 50
      split: [{to: next, percent: 10}]
      mirror: {to: shadow, percent: 50}
      fault: {delay: {percent: 20, ms: 5}, abort: {percent: 10, status: 503}}
      cors: {origins: ['https://clinic.example'], methods: [GET]}
      headers: {response: {set: {X-Served-By: medcover}, remove: [Server]}}
services:
  billing: {callers: [insurance]}
upstreams:
  next: ['http://127.0.0.1:3105']
  shadow: ['http://127.0.0.1:3106', 'http://127.0.0.1:3107']
";

fn good() -> Policy {
    Policy::parse(GOOD).expect("no fault")
}

fn endpoint<'a>(method: &'a str, path: &'a str) -> EndpointBase<'a> {
    EndpointBase {
        method,
        path,
        timeout_ms: 30_000,
        max_body_bytes: 1024,
        weight_percent: 100,
    }
}

fn base() -> ServiceBase {
    ServiceBase {
        callers: vec!["journeys".to_owned()],
    }
}

#[test]
fn the_first_route_that_fits_counts_alone() {
    let policy = good();
    let route = |method, path, canary: Option<&'static str>| {
        let header = move |name: &str| canary.filter(|_| name == "x-canary");
        let line = RequestLine {
            method,
            path,
            header,
        };
        let (route, rules) = policy.rules(&line);
        (route.map(str::to_owned), rules.timeout_ms)
    };
    let search = "/api/v1/search/icd10";
    assert_eq!(
        route("GET", search, Some("1")),
        (Some("canary".into()), Some(20_000))
    );
    assert_eq!(
        route("GET", search, None),
        (Some("search".into()), Some(2_000))
    );
    assert_eq!(route("POST", search, None), (None, Some(20_000)));
}

#[test]
fn every_value_says_where_it_comes_from() {
    let policy = good();
    let search = policy.effective(&endpoint("GET", "/api/v1/search/icd10"));
    let told = |text: String| text;
    assert_eq!(told(search.timeout_ms.from.to_string()), "route search");
    assert_eq!(told(search.max_body_bytes.from.to_string()), "settings");
    let codes = policy.effective(&endpoint("GET", "/api/v1/codes/{code}"));
    assert_eq!((codes.timeout_ms.value, codes.route), (20_000, None));
    assert_eq!(codes.timeout_ms.from.to_string(), "defaults");
    let billing = policy.effective_service("billing", &base());
    assert_eq!(billing.callers.value, ["insurance"]);
    assert_eq!(billing.callers.from.to_string(), "services");
    let auth = policy.effective_service("auth", &base());
    assert_eq!(auth.callers.from.to_string(), "settings");
    assert_eq!(policy.may_call("journeys", "billing"), Some(false));
    assert_eq!(policy.may_call("insurance", "billing"), Some(true));
    assert_eq!(policy.may_call("hospital", "auth"), None);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_where() {
    let text = "
version: 2
defaults: {timeout_ms: 0, split: [{to: nowhere, percent: 101}]}
routes:
  - {name: All, match: {path: /api}}
  - {name: all, match: {path: /api/v1, methods: [FETCH]}}
  - {name: all, match: {path: 'codes'}, rules: {fault: {abort: {percent: 1, status: 404}}}}
  - {name: keys, match: {path: /keys}, rules: {headers: {request: {set: {Authorization: x}, remove: ['a b']}}}}
  - {name: pages, match: {path: /pages}, rules: {cors: {origins: ['*', 'https://a']}, fault: {}}}
services:
  pharmacy: {callers: [somebody]}
upstreams:
  next: []
  far: ['https://example.org/path']
";
    let faults = Policy::parse(text).expect_err("faults");
    let places: Vec<_> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(
        places,
        [
            "version",
            "defaults.timeout_ms",
            "defaults.split[0].to",
            "defaults.split[0].percent",
            "defaults.split",
            "routes[0].name",
            "routes[1].match.methods[0]",
            "routes[2].name",
            "routes[2].match.path",
            "routes[2].rules.fault.abort.status",
            "routes[3].rules.headers.request.remove[0]",
            "routes[3].rules.headers.request.set.Authorization",
            "routes[4].rules.cors.origins",
            "routes[4].rules.fault",
            "routes[1]",
            "services.pharmacy",
            "services.pharmacy.callers[0]",
            "upstreams.far[0]",
            "upstreams.next",
        ]
    );
}

#[test]
fn faults_of_form_are_told_by_line() {
    let line = |text: &str| -> (Option<u64>, PolicyFault) {
        let faults = Policy::parse(text).expect_err("a fault");
        (faults[0].line, faults[0].clone())
    };
    let (unknown, fault) =
        line("version: 1\nroutes:\n  - name: x\n    match: {path: /x}\n    rules: {timeout: 5}\n");
    assert_eq!(unknown, Some(5), "{fault}");
    assert!(fault.detail.contains("timeout"), "{fault}");
    assert_eq!(line("version: 1\nversion: 1\n").0, Some(2));
    assert!(line("version: one").0.is_some());
    assert!(line("").1.to_string().contains("version"));
    let long = format!("version: 1\n{}", "#".repeat(300_000));
    assert!(line(&long).1.detail.contains("bytes"));
}

#[test]
fn a_difference_is_in_what_holds_and_not_in_how_it_is_written() {
    let endpoints = [
        endpoint("GET", "/api/v1/search/icd10"),
        endpoint("GET", "/api/v1/codes/{code}"),
    ];
    let services = [("billing", base())];
    let same = Policy::parse("version: 1\ndefaults: {timeout_ms: 30000}").expect("no fault");
    let none = Policy::default();
    assert_eq!(diff(&none, &same, &endpoints, &services), []);
    let changes = diff(&none, &good(), &endpoints, &services);
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.of.as_str(), it.rule.as_str()))
        .collect();
    assert!(told.contains(&("GET /api/v1/search/icd10", "cors")));
    assert!(told.contains(&("GET /api/v1/codes/{code}", "timeout_ms")));
    assert!(told.contains(&("service billing", "callers")));
}

#[test]
fn a_trace_meets_faults_and_shares_as_often_as_is_written() {
    let request = |method: &str| TraceLine {
        method: method.to_owned(),
        path: "/api/v1/search/icd10".to_owned(),
        headers: BTreeMap::new(),
    };
    let trace: Vec<_> = (0..20_000)
        .map(|_| request("GET"))
        .chain([request("POST")])
        .collect();
    let (told, sums) = simulate(&good(), &trace, &SeededRng::new(7));
    assert_eq!(told.len(), 20_001);
    assert_eq!((sums.by_route["search"], sums.by_route["-"]), (20_000, 1));
    let near = |count: u64, share: f64| {
        let expected = 20_000.0 * share;
        assert!(
            (count as f64 - expected).abs() < expected * 0.1,
            "{count}, not {expected}"
        );
    };
    near(sums.aborted, 0.1);
    near(sums.delayed, 0.2);
    near(sums.by_upstream["next"], 0.9 * 0.1);
    near(sums.mirrored, 0.9 * 0.5);
    let (again, _) = simulate(&good(), &trace, &SeededRng::new(7));
    assert_eq!(told, again);
}

#[test]
fn the_schema_has_every_part() {
    let schema = schema();
    let parts = &schema["components"]["schemas"];
    for part in [
        "Policy",
        "Route",
        "Match",
        "Rules",
        "ServiceRules",
        "Share",
        "Cors",
        "Abort",
    ] {
        assert!(parts[part].is_object(), "{part} is missing");
    }
    assert_eq!(
        parts["Rules"]["properties"]["timeout_ms"]["maximum"],
        600_000
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the bytes, there is a policy or a fault, and never a panic.
    #[test]
    fn any_text_is_answered(text in "\\PC{0,400}") {
        prop_assert!(Policy::parse(&text).is_ok() || !Policy::parse(&text).expect_err("a fault").is_empty());
    }

    /// A good file with some of its bytes changed, cut or doubled is answered, too.
    #[test]
    fn a_damaged_file_is_answered(
        changes in prop::collection::vec((0..GOOD.len(), any::<u8>(), 0..3_u8), 1..8),
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (at, byte, how) in changes {
            let at = at % bytes.len().max(1);
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, byte),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(faults) = Policy::parse(&text) {
            prop_assert!(!faults.is_empty());
        }
    }
}
