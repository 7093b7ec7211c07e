//! The log of a whole process: one test, because a process has one log.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::SystemClock;
use medcover_telemetry::{
    LogConfig, Logs, Metrics, log_cache_operation, log_database_operation, log_performance,
};
use serde_json::Value;

#[test]
fn every_line_of_the_file_is_one_json_object() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("medcover.log");
    let config = LogConfig {
        file: Some(path.clone()),
        level: "info,quiet=error".to_owned(),
        max_file_bytes: 100_000,
        ..LogConfig::default()
    };
    let logs = Logs::start(&config, false, Arc::new(SystemClock::new())).expect("a log");
    assert!(Logs::start(&config, false, Arc::new(SystemClock::new())).is_err());
    let metrics = Metrics::default();
    logs.register(&metrics);

    log_performance("search", Duration::from_millis(2), Some(false));
    log_database_operation("insert", "releases", Duration::from_millis(3), Some(1));
    log_cache_operation("get", "patient:7", true, Duration::from_millis(1));
    tracing::info!(target: "quiet", "not shown");
    tracing::debug!("not shown");
    drop(std::thread::spawn(|| panic!("a\nplanned\npanic")).join());
    for number in 0..2_000 {
        tracing::info!(number, "line\nof many");
    }
    assert_eq!(logs.dropped(), 0);
    drop(logs);

    let mut text = String::new();
    for suffix in [".4", ".3", ".2", ".1", ""] {
        let part = folder.path().join(format!("medcover.log{suffix}"));
        text.push_str(&std::fs::read_to_string(part).unwrap_or_default());
    }
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object a line"))
        .collect();
    assert!(folder.path().join("medcover.log.1").exists());
    assert_eq!(lines.len(), 2_004);
    assert!(!text.contains("not shown") && !text.contains("patient:7"));
    assert_eq!(lines[0]["operation"], "search");
    assert_eq!(lines[0]["cache_hit"], false);
    assert_eq!(lines[1]["table"], "releases");
    assert_eq!(lines[2]["cache_hit"], true);
    assert_eq!(lines[3]["message"], "panic: a\nplanned\npanic");
    assert!(
        metrics
            .text()
            .contains("medcover_log_lines_dropped_total 0")
    );
}
