//! What it costs the caller to count an operation, to log a line, and to record spans.
//!
//! `cargo run --release -p medcover-telemetry --example recording_cost`

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Clock as _, RequestId, SpanId, SystemClock, SystemRng, TraceId, TraceParent,
};
use medcover_telemetry::{
    Context, Layer, LogConfig, Logs, Metrics, Outcome, Span, TraceConfig, Traces,
};

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
    spans(&clock);
}

/// A request with one look into the store, as the edge and a store record it.
fn spans(clock: &SystemClock) {
    let shared: Arc<dyn medcover_kernel::Clock> = Arc::new(*clock);
    let metrics = Metrics::default();
    for (percent, what) in [(0, "off"), (1, "one in a hundred"), (100, "every one")] {
        let config = TraceConfig {
            sample_percent: percent,
            queue_spans: 1_000_000,
            ..TraceConfig::default()
        };
        let rng = Arc::new(SystemRng);
        let started = Traces::start(&config, Vec::new(), &metrics, &shared, rng);
        let started = started.expect("threads");
        let tracer = started.tracer();
        let empty = Context::default();
        measure(clock, &format!("two spans, {what}"), |_| {
            let trace = TraceId::new(&SystemRng);
            let span = tracer.enter(Layer::Server, "example", trace, None);
            let parent = TraceParent {
                trace,
                span: SpanId::new(&SystemRng),
                sampled: false,
            };
            let mut context = Context {
                place: span.place_or(parent, None),
                ..empty.clone()
            };
            context.within(|| Span::child(Layer::Store, "store.load").end(Outcome::Done));
            span.end(Outcome::Done);
        });
        measure(clock, "a child where nothing is recorded", |_| {
            Span::child(Layer::Store, "store.load").end(Outcome::Done);
        });
    }
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
