//! One installation in three processes, of which every trace is recorded: from visit to cash and back.

mod spans;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use medcover_e2e::{INTROSPECTS, Node, OF_JOURNEYS, Server};
use medcover_kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tempfile::TempDir;

use spans::{Span, Spans, find, way};

/// What people said: none of it may stand in any log or span.
const SAID: [&str; 12] = [
    "Rossi",
    "Maria",
    "Paolo",
    "1984-02-29",
    "1982-07-14",
    "Okafor",
    "Ngozi",
    "Cardiology",
    "Lind",
    "waited for",
    "I21.4",
    "99213",
];

/// A process that is told to stop has this long, whatever its collector does.
const STOPS_WITHIN: Duration = Duration::from_secs(20);

struct Installation {
    door: Node,
    care: Node,
    money: Node,
    folder: TempDir,
}

impl Installation {
    fn start(collector: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut door = Node::of("gateway,auth,console,terminology");
        let mut care = Node::of("hospital,journeys");
        let mut money = Node::of("insurance,billing");
        for (name, node) in [
            ("door", &mut door),
            ("care", &mut care),
            ("money", &mut money),
        ] {
            traced(node, &folder.path().join(name), collector);
        }
        door.knows("hospital", care.base())
            .knows("journeys", care.base());
        for node in [&mut door, &mut care] {
            node.knows("insurance", money.base())
                .knows("billing", money.base());
        }
        door.start();
        let token = door.token();
        for (node, service, permissions) in [
            (&mut care, "journeys", &OF_JOURNEYS[..]),
            (&mut money, "billing", &INTROSPECTS[..]),
        ] {
            node.knows("key", door.client_key(&token, service, permissions))
                .knows("auth", door.base())
                .knows("terminology", door.base());
        }
        money.start();
        care.start();
        Self {
            door,
            care,
            money,
            folder,
        }
    }

    /// Ends all of them, so that the last spans are written, and reads what they wrote.
    fn stop(mut self) -> String {
        let clock = SystemClock::new();
        for node in [&mut self.care, &mut self.money, &mut self.door] {
            let before = clock.elapsed();
            node.stop();
            let took = clock.elapsed().saturating_sub(before);
            assert!(took < STOPS_WITHIN, "{took:?}");
        }
        let read = |name| std::fs::read_to_string(self.folder.path().join(name));
        let all = ["door", "care", "money"].map(|name| read(name).expect("a log"));
        all.concat()
    }
}

/// Has the process record every trace and log everything; its second exporter finds `collector`.
fn traced(node: &mut Node, log: &Path, collector: &str) {
    node.with("MEDCOVER__LOG__FILE", log.display().to_string())
        .with("MEDCOVER__LOG__MAX_FILE_BYTES", "1000000000")
        .with("MEDCOVER__LOG__QUEUE_BYTES", "200000000")
        .with("MEDCOVER__EDGE__ACCESS_LOG", "all")
        .with("MEDCOVER__TRACE__SAMPLE_PERCENT", "100")
        .with("MEDCOVER__TRACE__QUEUE_SPANS", "1000000")
        .with("MEDCOVER__TRACE__SHUTDOWN_MS", "5000")
        .with("MEDCOVER__TRACE__EXPORTERS", "log,otlp-http")
        .with("MEDCOVER__TRACE__OTLP_HTTP", collector);
}

/// Whether `line` has `word` in it. A number counts where it stands alone: the digits of times and ids come by chance.
fn tells(line: &str, word: &str) -> bool {
    let number = word.bytes().all(|byte| byte.is_ascii_digit());
    let joins = |beside: Option<char>| number && beside.is_some_and(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !joins(before.chars().next_back()) && !joins(after.chars().next())
    })
}

#[test]
fn a_visit_is_one_trace_from_the_door_to_the_cash_and_says_nothing_of_the_patient() {
    // A collector that accepts and never answers hurts nobody.
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let collector = format!("http://{}", hangs.local_addr().expect("bound"));
    let all = Installation::start(&collector);
    walk(&all.door);
    figures(&all);
    kept(&all);
    let log = all.stop();
    for word in SAID {
        let told = log.lines().find(|line| tells(line, word));
        assert!(told.is_none(), "{word}: {told:?}");
    }
    let spans = Spans::of(&log);
    every_span_has_its_parent(&spans);
    one_request(&spans);
    one_saga(&spans);
}

/// The example's way from visit to cash, by curl, through the door.
fn walk(door: &Node) {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let run = Command::new("bash")
        .arg(examples.join("visit-to-cash.sh"))
        .env("MEDCOVER_URL", door.base())
        .env("MEDCOVER_ADMIN_PASSWORD", Server::PASSWORD)
        .output()
        .expect("bash is there");
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{told}");
}

/// What operators are told of where the time goes.
fn figures(all: &Installation) {
    let bearer = format!("Bearer {}", all.door.token());
    let headers = [("authorization", &*bearer)];
    let told = all.care.ask("GET", "/api/v1/traces", &headers, "");
    assert_eq!(told.status, 200, "{}", told.body);
    let operations = told.body["operations"].as_array().expect("a list");
    let booking = operations
        .iter()
        .find(|it| it["operation"] == "book_appointment");
    let booking = booking.unwrap_or_else(|| panic!("{}", told.body));
    assert!(booking["p99_us"].as_u64() > Some(0), "{booking}");
    let layers = booking["layers"].as_array().expect("a list").iter();
    let store = layers.filter(|it| it["layer"] == "store").count();
    assert_eq!(store, 1, "{booking}");
    let slowest = &told.body["slowest"][0];
    assert!(
        slowest["spans"].as_array().is_some_and(|it| !it.is_empty()),
        "{slowest}"
    );
}

/// What the processes keep of a request through the door: each its own part of one trace, as a tree.
fn kept(all: &Installation) {
    let bearer = format!("Bearer {}", all.door.token());
    let headers = [("authorization", &*bearer)];
    let asked = all.door.ask("GET", "/api/v1/locations", &headers, "");
    assert_eq!(asked.status, 200, "{}", asked.body);
    let care = until_some(|| {
        let kept = all.care.print(&["traces", "--limit", "100", "--json"]);
        let kept: Value = serde_json::from_str(&kept).expect("JSON");
        let mut traces = kept["traces"].as_array().expect("a list").iter();
        let found = traces.find(|it| it["root"]["name"] == "locations")?;
        Some(found["trace_id"].as_str().expect("an id").to_owned())
    });
    let path = format!("/api/v1/traces/kept/{care}");
    let tree = all.care.ask("GET", &path, &headers, "").body;
    let spans = tree["spans"].as_array().expect("a tree");
    let server = &spans[0];
    assert_eq!(
        (&server["depth"], &server["span"]["name"]),
        (&json!(0), &json!("locations"))
    );
    let mut below = spans.iter().skip(1).map(|it| &it["span"]["layer"]);
    assert!(below.any(|layer| layer == "store"), "{tree}");
    // The door has the try by which this was asked, below the request that it passed on.
    let asking = until_some(|| {
        let tree = all.door.ask("GET", &path, &headers, "").body;
        let mut spans = tree["spans"].as_array()?.iter();
        let found = spans.find(|it| it["span"]["span_id"] == server["span"]["parent_id"]);
        found.cloned()
    });
    assert_eq!(
        (&asking["depth"], &asking["span"]["name"]),
        (&json!(1), &json!("try"))
    );
    let shown = all.door.print(&["traces", &care]);
    assert!(shown.contains("gateway hospital"), "{shown}");
    assert!(shown.contains("  client try"), "{shown}");
    let listed = all.door.print(&["traces", "--by", "slowest"]);
    assert!(listed.lines().count() > 10, "{listed}");
}

/// Looks until there is something: spans are looked at a moment after they ended.
fn until_some<T>(look: impl Fn() -> Option<T>) -> T {
    let clock = SystemClock::new();
    let since = clock.elapsed();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock.elapsed().saturating_sub(since) < STOPS_WITHIN);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Nothing is torn: of each trace, one span begins it, and all others are part of one that is there.
fn every_span_has_its_parent(spans: &Spans) {
    for trace in spans.all() {
        let begins = |span: &&Span| !trace.contains_key(span.say("parent_id"));
        let first: Vec<_> = trace.values().filter(begins).collect();
        assert_eq!(first.len(), 1, "{first:?}");
        assert_eq!(first[0].say("parent_id"), "", "{first:?}");
    }
}

/// Booking an appointment: the door, the try, the service, its commit.
fn one_request(spans: &Spans) {
    let trace = spans.with(("server", "book_appointment"), "201");
    let mut commits = trace
        .values()
        .filter(|it| it.what() == ("store", "store.commit"));
    let commit = commits.find(|it| way(trace, it).len() == 4);
    let commit = commit.unwrap_or_else(|| panic!("{trace:?}"));
    assert_eq!(
        way(trace, commit),
        [
            ("store", "store.commit"),
            ("server", "book_appointment"),
            ("client", "try"),
            ("gateway", "hospital"),
        ]
    );
    let server = find(trace, ("server", "book_appointment"));
    assert_eq!(server.say("route"), "/api/v1/appointments");
    assert_eq!(server.say("status"), "201");
    assert_eq!(
        find(trace, ("client", "try")).say("upstream"),
        "hospital-service"
    );
}

/// A saga: one trace from the request that began it to the commission of the agent, across three processes.
fn one_saga(spans: &Spans) {
    let trace = spans.with(("server", "start_visit_to_cash"), "202");
    let correlations: std::collections::BTreeSet<_> =
        trace.values().map(|it| it.say("correlation_id")).collect();
    assert_eq!(correlations.len(), 1, "{correlations:?}");
    for step in [
        "hold",
        "reserve",
        "book",
        "invoice",
        "claim",
        "adjudicate",
        "collect",
        "commission",
        "bill",
    ] {
        let step = find(trace, ("saga", step));
        let way = way(trace, step);
        assert_eq!(way[1], ("saga", "visit-to-cash"), "{way:?}");
        assert!(way.contains(&("server", "start_visit_to_cash")), "{way:?}");
    }
    // The first part is driven by the message that the request left.
    let hold = way(trace, find(trace, ("saga", "hold")));
    assert!(hold.contains(&("consumer", "sagas")), "{hold:?}");
    // What other processes do for a step is part of the step.
    let invoices = trace
        .values()
        .filter(|it| it.what() == ("server", "issue_invoice"));
    let mut ways = invoices.map(|it| way(trace, it));
    let invoice = ways.next().unwrap_or_else(|| panic!("{trace:?}"));
    assert_eq!(invoice[1], ("client", "try"), "{invoice:?}");
    assert_eq!(invoice[3], ("saga", "invoice"), "{invoice:?}");
    // What billing hears of its own log is part of it, too, by way of the outbox.
    let relayed = trace.values().filter(|it| it.say("layer") == "outbox");
    let relayed: Vec<_> = relayed.map(|it| it.say("operation")).collect();
    assert!(!relayed.is_empty());
    let heard = trace.values().filter(|it| it.say("layer") == "consumer");
    let mut heard = heard.filter(|it| relayed.contains(&it.say("operation")));
    let heard = heard.next().unwrap_or_else(|| panic!("{relayed:?}"));
    assert_eq!(way(trace, heard)[1].0, "outbox");
}
