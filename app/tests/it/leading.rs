//! Two processes on one PostgreSQL and one Redis: one of them leads what is done for both.

use std::path::Path;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_testkit::{PostgresServer, RedisServer};

use crate::program::{Program, Serving, get};

const LEASE_MS: u64 = 2_000;
const PATIENCE: Duration = Duration::from_mins(1);
const TASKS: [&str; 2] = ["search-log-partitions", "terminology-views"];

fn process(program: &Program, server: &PostgresServer, redis: &RedisServer) -> Serving {
    program.serve_with(
        &["serve"],
        &[
            ("MEDCOVER__STORE__ENGINE", "postgres"),
            ("MEDCOVER__STORE__URL", &server.url()),
            ("MEDCOVER__STORE__POOL_SIZE", "6"),
            ("MEDCOVER__STORE__MAX_OVERFLOW", "6"),
            ("MEDCOVER__AUTH__MASTER_SECRET", &"5a".repeat(32)),
            ("MEDCOVER__REDIS__ADDRESS", &redis.address()),
            ("MEDCOVER__TASKS__LEASE_MS", &LEASE_MS.to_string()),
            ("MEDCOVER__TERMINOLOGY__REFRESH_VIEWS_S", "1"),
        ],
    )
}

/// The value of a line of the process's metrics.
fn metric(process: &Serving, line: &str) -> Option<f64> {
    let (_, text) = get(process.admin, "/metrics");
    let value = text.lines().find_map(|it| it.strip_prefix(line))?;
    value.trim().parse().ok()
}

fn leads(process: &Serving, task: &str) -> bool {
    let line = format!("medcover_task_role{{task=\"{task}\",role=\"leads\"}}");
    metric(process, &line) == Some(1.0)
}

fn fence(process: &Serving, task: &str) -> f64 {
    let line = format!("medcover_task_fence{{task=\"{task}\"}}");
    metric(process, &line).unwrap_or(0.0)
}

fn runs(process: &Serving, task: &str) -> f64 {
    let line = format!("medcover_task_runs_total{{task=\"{task}\",outcome=\"done\"}}");
    metric(process, &line).unwrap_or(0.0)
}

fn until(what: &str, holds: impl Fn() -> bool) -> Duration {
    let clock = SystemClock::new();
    while !holds() {
        assert!(clock.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
    clock.elapsed()
}

#[test]
fn one_process_leads_each_task_and_when_it_is_killed_or_stands_still_the_other_does() {
    let server = PostgresServer::start().expect("it starts");
    let redis = RedisServer::start(&[]).expect("it starts");
    let (here, there) = (Program::loaded(), Program::loaded());
    let first = process(&here, &server, &redis);
    for task in TASKS {
        until("it leads", || {
            leads(&first, task) && runs(&first, task) >= 1.0
        });
    }
    let second = process(&there, &server, &redis);
    until("the second follows", || {
        let (_, health) = second.get("/api/v1/health");
        TASKS.iter().all(|task| health.contains(task)) && health.contains("Led by others")
    });
    for task in TASKS {
        assert!(leads(&first, task) && !leads(&second, task), "{task}");
    }
    let numbers = TASKS.map(|task| fence(&first, task));
    // It stands still, and the other leads within a lease and what it takes to ask again.
    first.signal("STOP");
    let took = until("the second leads", || {
        TASKS.iter().all(|task| leads(&second, task))
    });
    assert!(took < Duration::from_millis(LEASE_MS * 3), "{took:?}");
    for (task, number) in TASKS.into_iter().zip(numbers) {
        assert!(fence(&second, task) > number, "{task}");
    }
    first.signal("CONT");
    until("the first knows that it leads no longer", || {
        TASKS.iter().all(|task| !leads(&first, task))
    });
    // The search log of both is counted together.
    for process in [&first, &second] {
        assert_eq!(process.get("/api/v1/search/icd10?q=myocardial").0, 200);
    }
    let counted = |process: &Serving| {
        let popular = process.get_json("/api/v1/stats/popular");
        popular[0]["query"] == "myocardial" && popular[0]["search_count"] == 2
    };
    until("the view is refreshed", || {
        counted(&first) && counted(&second)
    });
    second.signal("KILL");
    let took = until("the first leads again", || {
        TASKS.iter().all(|task| leads(&first, task))
    });
    assert!(took < Duration::from_millis(LEASE_MS * 3), "{took:?}");
    assert!(second.ended().code().is_none(), "it was killed");
}

#[test]
fn indexes_are_reported_by_use_and_size() {
    let server = PostgresServer::start().expect("it starts");
    let program = Program::new();
    let url = server.url();
    let run = |arguments: &[&str]| {
        let mut command = program.command(arguments);
        command
            .env("MEDCOVER__STORE__ENGINE", "postgres")
            .env("MEDCOVER__STORE__URL", &url)
            .env("MEDCOVER__AUTH__MASTER_SECRET", "5a".repeat(32));
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(run(&["indexes"]).contains("no terminology tables"));
    let file = program.tabular();
    run(&[
        "load",
        "icd10cm",
        "--from",
        crate::program::text(Path::new(&file)),
    ]);
    let told: serde_json::Value = serde_json::from_str(&run(&["indexes", "--json"])).expect("JSON");
    let all = told["indexes"].as_array().expect("indexes");
    let of = |name: &str| {
        all.iter()
            .find(|it| it["index"] == name)
            .expect("it is told")
    };
    let code = of("idx_icd10_code");
    assert_eq!(code["partitions"].as_array().map(Vec::len), Some(20));
    assert!(code["bytes"].as_u64() > Some(0), "{code}");
    for name in [
        "idx_icd10_term_fulltext",
        "idx_search_logs_time",
        "idx_mv_popular_searches",
    ] {
        of(name);
    }
    let table = run(&["indexes"]);
    assert!(table.contains("idx_icd10_term_fulltext"), "{table}");
    let each = run(&["indexes", "--partitions"]);
    assert!(each.contains("idx_icd10_circulatory_term_gin"), "{each}");
    let refused = program.run(&["indexes"]);
    assert_eq!(
        refused.status.code(),
        Some(3),
        "there is no server: {refused:?}"
    );
}
