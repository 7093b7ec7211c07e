//! Traces of a process, from the first span to the exporters.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use medcover_kernel::{
    Clock, CorrelationId, ManualClock, SeededRng, SpanId, SystemClock, Timestamp, TraceId,
    TraceParent,
};
use medcover_telemetry::{
    Context, ExportError, Layer, Metrics, Outcome, Span, SpanData, SpanExporter, TraceConfig,
    TracePlace, Tracer, Traces,
};
use proptest::prelude::*;

/// Keeps what it is given.
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    fn name(&self) -> &'static str {
        "kept"
    }
    fn export(&mut self, spans: &[SpanData]) -> Result<(), ExportError> {
        self.0.lock().expect("sound").extend_from_slice(spans);
        Ok(())
    }
}

/// Takes nothing until it is let go, and says when it was first asked.
struct Stuck(Sender<()>, Receiver<()>);

impl SpanExporter for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }
    fn export(&mut self, _: &[SpanData]) -> Result<(), ExportError> {
        let _ = self.0.send(());
        let _ = self.1.recv();
        Err("let go".into())
    }
}

/// Refuses until told otherwise.
struct Moody(Arc<AtomicBool>);

impl SpanExporter for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }
    fn export(&mut self, _: &[SpanData]) -> Result<(), ExportError> {
        if self.0.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err("not today".into())
        }
    }
}

fn all() -> TraceConfig {
    TraceConfig {
        sample_percent: 100,
        ..TraceConfig::default()
    }
}

struct Ground {
    clock: Arc<ManualClock>,
    metrics: Metrics,
    kept: Arc<Mutex<Vec<SpanData>>>,
    traces: Traces,
}

impl Ground {
    /// Traces whose spans are kept, by a clock that stands still.
    fn new(config: &TraceConfig) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_000_000)));
        let (metrics, kept) = (Metrics::default(), Arc::default());
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let rng = Arc::new(SeededRng::new(1));
        let exporters: Vec<Box<dyn SpanExporter>> = vec![Box::new(Kept(Arc::clone(&kept)))];
        let traces = Traces::start(config, exporters, &metrics, &shared, rng).expect("threads");
        Self {
            clock,
            metrics,
            kept,
            traces,
        }
    }

    fn enter(&self, remote: Option<TraceParent>) -> Span {
        enter(&self.traces.tracer(), remote)
    }

    /// Everything that was recorded, in the order in which it ended.
    fn spans(self) -> Vec<SpanData> {
        drop(self.traces);
        self.kept.lock().expect("sound").clone()
    }
}

fn enter(tracer: &Tracer, remote: Option<TraceParent>) -> Span {
    let trace = remote.map_or_else(|| TraceId::new(&SeededRng::new(3)), |it| it.trace);
    tracer.enter(Layer::Server, "book", trace, remote)
}

fn remote(sampled: bool) -> TraceParent {
    let rng = SeededRng::new(9);
    TraceParent {
        trace: TraceId::new(&rng),
        span: SpanId::new(&rng),
        sampled,
    }
}

/// Ends what never waits.
fn now<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match work.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

fn done<T>(_: &mut Span, _: &T) -> Outcome {
    Outcome::Done
}

#[test]
fn children_know_their_parents_and_own_time_is_without_theirs() {
    let ground = Ground::new(&all());
    let clock = Arc::clone(&ground.clock);
    let request = ground.enter(Some(remote(true)));
    let correlation = CorrelationId::new(&*clock, &SeededRng::new(4));
    let context = Context {
        correlation: Some(correlation),
        ..Context::default()
    };
    let work = request.around(
        async {
            clock.advance(Duration::from_millis(2));
            let store = Span::child(Layer::Store, "store.commit");
            let commit = async { clock.advance(Duration::from_millis(5)) };
            store.around(commit, done).await;
            clock.advance(Duration::from_millis(1));
        },
        done,
    );
    now(context.around(work));
    assert_eq!(TracePlace::current(), TracePlace::default());

    let times = ground.traces.times();
    let spans = ground.spans();
    let [store, request] = &*spans else {
        panic!("{spans:?}");
    };
    assert_eq!(
        (store.trace, request.trace),
        (remote(true).trace, store.trace)
    );
    assert_eq!(request.parent, Some(remote(true).span));
    assert_eq!(store.parent, Some(request.span));
    assert_eq!((request.is_root(), store.root), (true, request.span));
    assert_eq!(store.operation, "book");
    assert_eq!(store.correlation, Some(correlation));
    assert_eq!(request.took, Duration::from_millis(8));
    assert_eq!(request.own, Duration::from_millis(3));
    assert_eq!(store.own, Duration::from_millis(5));

    let figures = times.figures();
    let [book] = &*figures.operations else {
        panic!("{figures:?}");
    };
    assert_eq!((&*book.operation, book.count), ("book", 1));
    let shares: Vec<_> = book
        .layers
        .iter()
        .map(|it| (it.layer, it.percent))
        .collect();
    assert_eq!(shares, [(Layer::Store, 63), (Layer::Server, 38)]);
    assert_eq!(figures.slowest[0].spans[0].span, store.span);
}

#[test]
fn what_nobody_waited_for_is_abandoned() {
    let ground = Ground::new(&all());
    drop(ground.enter(None));
    assert_eq!(ground.spans()[0].outcome, None);
}

#[test]
fn the_flag_of_the_parent_decides_and_nothing_is_recorded_within_what_is_not() {
    let ground = Ground::new(&all());
    let refused = ground.enter(Some(remote(false)));
    assert!(!refused.is_recorded());
    let place = refused.place_or(remote(false), None);
    assert_eq!(
        place.parent(),
        Some(remote(false)),
        "it is handed on as it came"
    );
    let mut context = Context {
        place,
        ..Context::default()
    };
    context.within(|| assert!(!Span::child(Layer::Store, "store.load").is_recorded()));
    assert!(!Span::child(Layer::Store, "store.load").is_recorded());
    assert_eq!(ground.spans().len(), 0);

    let one = TraceConfig {
        sample_percent: 1,
        ..TraceConfig::default()
    };
    assert!(Ground::new(&one).enter(Some(remote(true))).is_recorded());
    let none = TraceConfig {
        sample_percent: 0,
        ..TraceConfig::default()
    };
    assert!(!Ground::new(&none).enter(Some(remote(true))).is_recorded());
}

#[test]
fn work_that_is_resumed_belongs_to_the_trace_that_left_it() {
    let ground = Ground::new(&all());
    let (tracer, rng) = (ground.traces.tracer(), SeededRng::new(4));
    let correlation = CorrelationId::new(&*ground.clock, &rng);
    let resume = |parent| tracer.resume(Layer::Consumer, "queue", parent, correlation);
    assert!(!resume(None).is_recorded());
    assert!(!resume(Some(remote(false))).is_recorded());
    let mut span = resume(Some(remote(true)));
    let other = TraceParent {
        trace: TraceId::new(&rng),
        ..remote(true)
    };
    span.link(Some(other));
    span.end(Outcome::Failed);
    let span = &ground.spans()[0];
    assert_eq!(
        (span.trace, span.parent),
        (remote(true).trace, Some(remote(true).span))
    );
    assert_eq!(span.link, Some(other));
    assert_eq!(span.correlation, Some(correlation));
}

#[test]
fn a_full_queue_drops_and_counts_and_nobody_waits() {
    let config = TraceConfig {
        queue_spans: 64,
        shutdown_ms: 50,
        ..all()
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (asked, hears) = channel();
    let (let_go, waits) = channel();
    let stuck: Box<dyn SpanExporter> = Box::new(Stuck(asked, waits));
    let metrics = Metrics::default();
    let rng = Arc::new(SeededRng::new(1));
    let started = Traces::start(&config, vec![stuck], &metrics, &clock, rng).expect("threads");
    let tracer = started.tracer();
    drop(enter(&tracer, None));
    hears.recv().expect("it is asked");
    for _ in 0..10_000 {
        drop(enter(&tracer, None));
    }
    let before = clock.elapsed();
    drop(started);
    let took = clock.elapsed().saturating_sub(before);
    assert!(took < Duration::from_secs(2), "{took:?}");
    let page = metrics.text();
    assert!(
        page.contains("medcover_trace_spans_recorded_total 10001"),
        "{page}"
    );
    let lost = count(
        &page,
        "spans_dropped_total{exporter=\"all\",reason=\"full\"}",
    );
    assert!((9_000..=10_000).contains(&lost), "{page}");
    assert_eq!(count(&page, "spans_exported_total{exporter=\"stuck\"}"), 0);
    drop(let_go);
}

fn count(page: &str, name: &str) -> u64 {
    let line = page.lines().find(|line| line.contains(name));
    let line = line.unwrap_or_else(|| panic!("{name} is not in {page}"));
    let number = line.rsplit(' ').next().expect("a value");
    number.parse().expect("a number")
}

#[test]
fn an_exporter_that_refuses_is_counted_and_seen_to_be_well_again() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_micros(7_500_000)));
    let well = Arc::new(AtomicBool::new(false));
    let kept = Arc::<Mutex<Vec<SpanData>>>::default();
    let exporters: Vec<Box<dyn SpanExporter>> = vec![
        Box::new(Moody(Arc::clone(&well))),
        Box::new(Kept(Arc::clone(&kept))),
    ];
    let metrics = Metrics::default();
    let rng = Arc::new(SeededRng::new(1));
    let traces = Traces::start(&all(), exporters, &metrics, &clock, rng).expect("threads");
    let failed = "spans_dropped_total{exporter=\"moody\",reason=\"failed\"}";
    drop(enter(&traces.tracer(), None));
    until(|| count(&metrics.text(), failed) == 1);
    assert!(
        metrics
            .text()
            .contains("medcover_trace_last_export_timestamp_seconds{exporter=\"moody\"} 0.0")
    );
    well.store(true, Ordering::Relaxed);
    drop(enter(&traces.tracer(), None));
    drop(traces);
    let page = metrics.text();
    assert_eq!(count(&page, "spans_exported_total{exporter=\"moody\"}"), 1);
    assert_eq!(count(&page, "spans_exported_total{exporter=\"kept\"}"), 2);
    assert!(
        page.contains("medcover_trace_last_export_timestamp_seconds{exporter=\"moody\"} 7.5"),
        "{page}"
    );
    assert_eq!(
        kept.lock().expect("sound").len(),
        2,
        "the other one had all"
    );
}

/// What another thread does, it does within seconds.
fn until(is: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if is() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it never was");
}

#[test]
fn metrics_of_a_ground_without_exporters_name_the_queue_only() {
    let ground = Ground::new(&all());
    drop(ground.enter(None));
    assert_eq!(count(&ground.metrics.text(), "spans_recorded_total"), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_header_is_read_as_it_was_written_and_anything_else_is_refused_quietly(
        trace in 1_u128.., span in 1_u64.., flags in 0_u8.., junk in "\\PC{0,70}", cut in 0_usize..55,
    ) {
        let header = format!("00-{trace:032x}-{span:016x}-{flags:02x}");
        let read = TraceParent::parse(&header).expect("well-formed");
        prop_assert_eq!(u128::from_be_bytes(read.trace.to_bytes()), trace);
        prop_assert_eq!(u64::from_be_bytes(read.span.to_bytes()), span);
        prop_assert_eq!(read.sampled, flags & 1 == 1);
        prop_assert_eq!(TraceParent::parse(&header[..cut]), None);
        prop_assert_eq!(TraceParent::parse(&header.replace('-', "_")), None);
        if let Some(read) = TraceParent::parse(&junk) {
            // Of the form after all: then it says the same when written.
            prop_assert!(junk.contains(&read.trace.to_string()));
        }
    }

    #[test]
    fn the_share_of_recorded_traces_is_what_was_asked_for(percent in 1_u8..100) {
        let config = TraceConfig { sample_percent: percent, ..TraceConfig::default() };
        let ground = Ground::new(&config);
        let (tracer, rng) = (ground.traces.tracer(), SeededRng::new(u64::from(percent)));
        let recorded = (0..2_000).filter(|_| {
            tracer.enter(Layer::Server, "book", TraceId::new(&rng), None).is_recorded()
        }).count() as f64;
        let share = f64::from(percent) * 20.0;
        prop_assert!((recorded - share).abs() <= 4.0 * (share * (1.0 - share / 2_000.0)).sqrt() + 3.0, "{recorded} of {share}");
    }
}
