//! What it costs the caller to count an operation and to log a line.
//!
//! `cargo run --release -p medcover-telemetry --example recording_cost`

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock as _, RequestId, SystemClock, SystemRng, TraceId};
use medcover_telemetry::{Context, LogConfig, Logs, Metrics, Outcome};

const RUNS: u32 = 1_000_000;

fn main() {
    let clock = SystemClock::new();
    let metrics = Metrics::default();
    let operation = metrics.operation("example");
    measure(&clock, "count an operation", |run| {
        operation.record(Duration::from_nanos(u64::from(run) * 7), Outcome::Done);
    });

    let folder = tempfile::tempdir().expect("a folder for the log");
    let config = LogConfig {
        file: Some(folder.path().join("medcover.log")),
        ..LogConfig::default()
    };
    let logs = Logs::start(&config, false, Arc::new(clock)).expect("a log");
    let mut context = Context {
        request: Some(RequestId::new(&clock, &SystemRng)),
        ..Context::default()
    };
    context.within(|| {
        measure(&clock, "log a request", |run| {
            tracing::info!(target: "medcover.access", operation = "example", duration_ms = 0.25, status = run, "request");
        });
    });
    show(&format!("lines dropped: {}", logs.dropped()));
}

fn measure(clock: &SystemClock, what: &str, mut run: impl FnMut(u32)) {
    let started = clock.elapsed();
    (0..RUNS).for_each(&mut run);
    let took = clock.elapsed().saturating_sub(started) / RUNS;
    show(&format!("{what}: {} ns", took.as_nanos()));
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn show(line: &str) {
    println!("{line}");
}
