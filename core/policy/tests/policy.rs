//! Policies: what is refused, what holds, what changes, what a trace meets.

use std::collections::BTreeMap;

use medcover_kernel::SeededRng;
use medcover_policy::{
    Balancing, CacheKeys, CacheRules, Document, EndpointBase, FallbackRules, FixedAnswer, Policy,
    PolicyFault, RequestLine, Rewrite, Rules, ServiceBase, StandIn, TraceLine, diff, schema,
    simulate,
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
      rewrite: {from: /api/v1/search, to: /api/v1/enterprise}
      cache: {keys: caller, ttl_ms: 2000, stale_if_error_ms: 60000, vary: [Accept-Language]}
      fallback: {to: shadow, answer: {status: 200, content_type: application/json, body: '[1, 2]'}}
services:
  billing: {callers: [insurance], egress: [auth, terminology]}
  gateway: {egress: [terminology, next]}
  terminology:
    strategy: least-connections
    try_ms: 800
    retries: 1
    retry_percent: 5
    retries_saved: 20
    hedge_ms: 300
    failure_threshold: 3
    failure_percent: 25
    recovery_ms: 4000
    eject_ms: 900
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
        cache: None,
        access: "public".to_owned(),
    }
}

fn base() -> ServiceBase {
    ServiceBase {
        callers: vec!["journeys".to_owned()],
        egress: vec!["auth".to_owned()],
        strategy: Balancing::PeakEwma,
        try_ms: 5_000,
        retries: 3,
        retry_percent: 10,
        retries_saved: 50,
        hedge_ms: 0,
        failure_threshold: 5,
        failure_percent: 50,
        recovery_ms: 60_000,
        eject_ms: 10_000,
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
    assert_eq!(policy.may_send("billing", "auth"), Some(true));
    assert_eq!(policy.may_send("billing", "insurance"), Some(false));
    assert_eq!(policy.may_send("auth", "billing"), None);
}

#[test]
fn no_value_of_a_service_is_hidden() {
    let told = |name: &str| -> Vec<String> {
        let effective = good().effective_service(name, &base());
        let values = serde_json::to_value(effective).expect("text and numbers");
        let values = values.as_object().expect("by name").iter();
        values
            .map(|(rule, it)| format!("{rule} {} {}", it["value"], it["from"]))
            .collect()
    };
    let here = told("terminology");
    assert_eq!(
        here,
        [
            r#"callers ["journeys"] "settings""#,
            r#"egress ["auth"] "settings""#,
            r#"eject_ms 900 "services""#,
            r#"failure_percent 25 "services""#,
            r#"failure_threshold 3 "services""#,
            r#"hedge_ms 300 "services""#,
            r#"recovery_ms 4000 "services""#,
            r#"retries 1 "services""#,
            r#"retries_saved 20 "services""#,
            r#"retry_percent 5 "services""#,
            r#"strategy "least-connections" "services""#,
            r#"try_ms 800 "services""#,
        ]
    );
    let elsewhere = told("hospital");
    assert!(elsewhere.contains(&r#"strategy "peak-ewma" "settings""#.to_owned()));
    assert_eq!(elsewhere.len(), here.len());
}

#[test]
fn what_is_kept_by_the_settings_can_be_kept_otherwise_or_not_at_all() {
    let base = EndpointBase {
        cache: Some(CacheRules {
            keys: CacheKeys::Public,
            ttl_ms: 5_000,
            ..CacheRules::default()
        }),
        ..endpoint("GET", "/api/v1/codes/{code}")
    };
    let kept = |rules: &str| {
        let text = format!("version: 1\ndefaults: {{{rules}}}");
        let cache = Policy::parse(&text)
            .expect("no fault")
            .effective(&base)
            .cache;
        let cache_rules = cache.value.expect("settings or policy");
        (cache_rules.keys, cache_rules.ttl_ms, cache.from.to_string())
    };
    assert_eq!(
        kept("timeout_ms: 9"),
        (CacheKeys::Public, 5_000, "settings".into())
    );
    assert_eq!(
        kept("cache: {keys: off}"),
        (CacheKeys::Off, 0, "defaults".into())
    );
    assert_eq!(
        kept("cache: {keys: caller, ttl_ms: 7}"),
        (CacheKeys::Caller, 7, "defaults".into())
    );
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
  - {name: kept, match: {path: /kept}, rules: {rewrite: {from: '/a/*', to: b}, cache: {keys: public, vary: [Cookie, 'a b']}}}
  - {name: bare, match: {path: /bare}, rules: {fallback: {}}}
  - {name: back, match: {path: /back}, rules: {fallback: {to: nowhere, answer: {status: 204, content_type: text, body: ''}}}}
  - {name: json, match: {path: /json}, rules: {fallback: {answer: {status: 200, content_type: a/b+json, body: '{'}}}}
services:
  gateway: {retries: 1, egress: [nowhere]}
  pharmacy: {callers: [somebody]}
  terminology: {try_ms: 9, retries: 21, retry_percent: 101, retries_saved: 0, hedge_ms: 3600001,
    failure_threshold: 1001, failure_percent: 101, recovery_ms: 0, eject_ms: 120001}
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
            "routes[5].rules.cache.ttl_ms",
            "routes[5].rules.cache.vary[0]",
            "routes[5].rules.cache.vary[1]",
            "routes[5].rules.rewrite.from",
            "routes[5].rules.rewrite.to",
            "routes[6].rules.fallback",
            "routes[7].rules.fallback.to",
            "routes[7].rules.fallback.answer.status",
            "routes[7].rules.fallback.answer.content_type",
            "routes[8].rules.fallback.answer.body",
            "routes[1]",
            "services.gateway",
            "services.gateway.egress[0]",
            "services.pharmacy",
            "services.pharmacy.callers[0]",
            "services.terminology.try_ms",
            "services.terminology.hedge_ms",
            "services.terminology.recovery_ms",
            "services.terminology.eject_ms",
            "services.terminology.retries",
            "services.terminology.retry_percent",
            "services.terminology.retries_saved",
            "services.terminology.failure_threshold",
            "services.terminology.failure_percent",
            "upstreams.far[0]",
            "upstreams.next",
        ]
    );
}

#[test]
fn every_fault_is_told_by_line() {
    let text = "version: 1
routes:
  - name: x
    match: {path: /x}
    rules:
      timeout_ms: 0
      headers:
        response:
          set: {X.Y: 'ok', Authorization: no}
services:
  billing:
    callers: [insurance,
      nobody]
    strategy: weighted
";
    let faults = Policy::parse(text).expect_err("faults");
    let told: Vec<_> = faults.iter().map(|it| (it.line, it.at.as_str())).collect();
    assert_eq!(
        told,
        [
            (Some(6), "routes[0].rules.timeout_ms"),
            (
                Some(9),
                "routes[0].rules.headers.response.set.Authorization"
            ),
            (Some(13), "services.billing.callers[1]"),
        ]
    );
    let strategy = text.replace("weighted", "best");
    let fault = Policy::parse(&strategy).expect_err("no strategy");
    assert_eq!(fault[0].line, Some(14));
    assert!(fault[0].detail.contains("round-robin"), "{}", fault[0]);
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
    let first = &told[0];
    assert_eq!(first.rewritten.as_deref(), Some("/api/v1/enterprise/icd10"));
    assert_eq!(first.rules.timeout_ms, Some(2_000));
    let stand_ins = [
        StandIn::Upstream("shadow".to_owned()),
        StandIn::Kept,
        StandIn::Fixed(200),
    ];
    assert_eq!(first.stand_ins, stand_ins);
    assert_eq!(told[20_000].stand_ins, [], "nothing stands in for a POST");
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
        "Balancing",
        "CacheRules",
        "Rewrite",
        "Share",
        "Cors",
        "Abort",
        "FallbackRules",
        "FixedAnswer",
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

    /// Whatever a fallback is, it is refused with its place or stands in as it is written; and only for what reads.
    #[test]
    fn any_fallback_is_refused_or_stands_in(
        to in prop::option::of(prop::sample::select(vec!["next", "nowhere", ""])),
        answer in prop::option::of((0..700_u16, "[a-z/+]{0,16}", "\\PC{0,40}", 0..500_usize)),
        stale_if_error_ms in prop::option::of(0..90_000_000_u64),
        method in prop::sample::select(vec!["GET", "HEAD", "POST", "DELETE"]),
    ) {
        let answer = answer.map(|(status, content_type, body, times)| FixedAnswer {
            status, content_type, body: body.repeat(times),
        });
        let fallback = FallbackRules { to: to.map(str::to_owned), answer: answer.clone() };
        let cache = stale_if_error_ms.map(|stale_if_error_ms| CacheRules {
            keys: CacheKeys::Public, ttl_ms: 1, stale_if_error_ms, vary: Vec::new(),
        });
        let defaults = Rules { cache, fallback: Some(fallback), ..Rules::default() };
        let upstreams = [("next".to_owned(), vec!["http://127.0.0.1:9".to_owned()])];
        let document = Document { version: 1, defaults, upstreams: upstreams.into(), ..Document::default() };
        let line = RequestLine { method, path: "/", header: |_: &str| None };
        match Policy::of(document) {
            Err(faults) => {
                let places = ["defaults.fallback", "defaults.cache.stale_if_error_ms"];
                let told = |it: &PolicyFault| places.iter().any(|at| it.at.starts_with(at));
                prop_assert!(faults.iter().all(told));
            }
            Ok(policy) => {
                prop_assert!(to.is_none_or(|to| to == "next") && (to.is_some() || answer.is_some()));
                let body = answer.as_ref().map_or(0, |it| it.body.len());
                prop_assert!(body <= 16_384);
                let stand_ins = policy.rules(&line).1.stand_ins(method);
                let fixed = answer.filter(|_| matches!(method, "GET" | "HEAD"));
                let last = stand_ins.last().cloned();
                let last = last.filter(|it| matches!(it, StandIn::Fixed(_)));
                prop_assert_eq!(fixed.map(|it| StandIn::Fixed(it.status)), last);
                prop_assert!(matches!(method, "GET" | "HEAD") || stand_ins.is_empty());
            }
        }
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

#[test]
fn only_whole_parts_of_a_path_are_rewritten() {
    let rewrite = Rewrite {
        from: "/icd".to_owned(),
        to: "/api/v1/codes".to_owned(),
    };
    for (path, expected) in [
        ("/icd", Some("/api/v1/codes")),
        ("/icd/E11.9", Some("/api/v1/codes/E11.9")),
        ("/icd10", None),
        ("/api/icd", None),
    ] {
        assert_eq!(rewrite.path(path).as_deref(), expected, "{path}");
    }
}
