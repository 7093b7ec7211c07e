//! Exporters before collectors that take, refuse, hang or are not there. What arrives is read with the types that the
//! OpenTelemetry project generates from its schema.

mod collector;
mod encryption;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Clock, CorrelationId, ManualClock, SeededRng, SpanId, SystemClock, Timestamp, TraceId,
    TraceParent,
};
use medcover_otlp::{OtlpGrpc, OtlpHttp, Source, Target};
use medcover_telemetry::{
    Layer, Metrics, Outcome, Span, SpanExporter, TraceConfig, TraceState, Traces, attributes,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span as Arrived;

use collector::{Collector, Manner};

const WITHIN: Duration = Duration::from_secs(5);

fn source() -> Source {
    Source::new("medcover-test", "1.2.3", "instance-7")
}

const fn to(address: &str, within: Duration) -> Target<'_> {
    Target {
        address,
        ca: None,
        within,
    }
}

fn exporters(collector: &Collector, within: Duration) -> [Box<dyn SpanExporter>; 2] {
    let address = collector.address();
    [
        Box::new(OtlpHttp::new(to(&address, within), source()).expect("an address")),
        Box::new(OtlpGrpc::new(to(&address, within), source()).expect("an address")),
    ]
}

fn started(exporters: Vec<Box<dyn SpanExporter>>, metrics: &Metrics, shutdown_ms: u64) -> Traces {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_micros(
        1_700_000_000_000_000,
    )));
    start_by(&clock, exporters, metrics, shutdown_ms)
}

fn start_by(
    clock: &Arc<dyn Clock>,
    exporters: Vec<Box<dyn SpanExporter>>,
    metrics: &Metrics,
    shutdown_ms: u64,
) -> Traces {
    let config = TraceConfig {
        sample_percent: 100,
        shutdown_ms,
        ..TraceConfig::default()
    };
    let rng = Arc::new(SeededRng::new(1));
    Traces::start(&config, exporters, metrics, clock, rng).expect("threads")
}

fn remote(seed: u64) -> TraceParent {
    let rng = SeededRng::new(seed);
    TraceParent {
        trace: TraceId::new(&rng),
        span: SpanId::new(&rng),
        sampled: true,
    }
}

/// Records one span that says everything a span can say.
fn record(traces: &Traces) {
    let parent = remote(2);
    let mut span = traces
        .tracer()
        .enter(Layer::Consumer, "book", parent.trace, Some(parent));
    span.belongs_to(correlation(), TraceState::of(["a=1"].into_iter()));
    span.set(attributes::ROUTE, "/api/v1/appointments");
    span.set(attributes::STATUS, 503_u16);
    span.link(Some(remote(3)));
    span.end(Outcome::Failed);
}

fn correlation() -> CorrelationId {
    let clock = ManualClock::at(Timestamp::from_micros(1));
    CorrelationId::new(&clock, &SeededRng::new(5))
}

fn said(span: &Arrived, key: &str) -> Option<Value> {
    let found = span.attributes.iter().find(|it| it.key == key)?;
    found.value.clone()?.value
}

fn is_whole(request: &ExportTraceServiceRequest) {
    let [of] = &*request.resource_spans else {
        panic!("{request:?}");
    };
    let resource = of.resource.as_ref().expect("a resource");
    let named: Vec<_> = resource.attributes.iter().map(|it| &*it.key).collect();
    assert_eq!(
        named,
        ["service.name", "service.version", "service.instance.id"]
    );
    let [span] = &*of.scope_spans[0].spans else {
        panic!("{of:?}");
    };
    let (parent, linked) = (remote(2), remote(3));
    assert_eq!(span.trace_id, parent.trace.to_bytes());
    assert_eq!(span.parent_span_id, parent.span.to_bytes());
    assert_eq!(span.span_id.len(), 8);
    assert_eq!((&*span.name, span.kind), ("book", 5));
    assert_eq!(span.trace_state, "a=1");
    assert_eq!(span.start_time_unix_nano, 1_700_000_000_000_000_000);
    assert_eq!(span.end_time_unix_nano, span.start_time_unix_nano);
    assert_eq!(span.status.as_ref().map(|it| it.code), Some(2));
    assert_eq!(span.links[0].trace_id, linked.trace.to_bytes());
    assert_eq!(span.links[0].span_id, linked.span.to_bytes());
    assert_eq!(
        said(span, "http.response.status_code"),
        Some(Value::IntValue(503))
    );
    let text = |text: &str| Some(Value::StringValue(text.to_owned()));
    assert_eq!(said(span, "http.route"), text("/api/v1/appointments"));
    assert_eq!(said(span, "medcover.layer"), text("consumer"));
    assert_eq!(said(span, "medcover.outcome"), text("failed"));
    assert_eq!(
        said(span, "medcover.correlation_id"),
        text(&correlation().to_string())
    );
}

#[test]
fn a_collector_reads_what_was_recorded_over_http_and_over_grpc() {
    for way in 0..2 {
        let collector = Collector::start(Manner::Takes);
        let [http, grpc] = exporters(&collector, WITHIN);
        let metrics = Metrics::default();
        let traces = started(vec![if way == 0 { http } else { grpc }], &metrics, 5_000);
        record(&traces);
        drop(traces);
        let arrived = collector.arrived();
        assert_eq!(arrived.len(), 1, "{}", metrics.text());
        is_whole(&arrived[0]);
        let name = ["otlp-http", "otlp-grpc"][way];
        let exported = format!("medcover_trace_spans_exported_total{{exporter=\"{name}\"}} 1");
        assert!(metrics.text().contains(&exported), "{}", metrics.text());
    }
}

#[test]
fn both_go_on_at_once_and_many_batches_arrive_whole() {
    let collector = Collector::start(Manner::Takes);
    let metrics = Metrics::default();
    let traces = started(exporters(&collector, WITHIN).into(), &metrics, 10_000);
    for _ in 0..1_500 {
        record(&traces);
    }
    drop(traces);
    let spans = |request: &ExportTraceServiceRequest| {
        let of = &request.resource_spans[0].scope_spans[0];
        of.spans.len()
    };
    let arrived: usize = collector.arrived().iter().map(spans).sum();
    assert_eq!(arrived, 3_000, "{}", metrics.text());
}

#[test]
fn what_a_collector_refuses_is_an_error_with_its_reason() {
    let refused = |manner: Manner, why: [&str; 2]| {
        let collector = Collector::start(manner);
        for (mut exporter, why) in exporters(&collector, WITHIN).into_iter().zip(why) {
            let error = exporter.export(&[]).expect_err("refused").to_string();
            assert!(error.contains(why), "{error}");
        }
    };
    refused(Manner::Refuses, ["503", "gRPC status 14 too busy"]);
    refused(Manner::TakesSome, ["2 spans: too old", "2 spans: too old"]);
}

#[test]
fn a_collector_that_is_not_there_is_an_error_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", taken.local_addr().expect("bound"));
    drop(taken);
    let mut http = OtlpHttp::new(to(&address, WITHIN), source()).expect("an address");
    let mut grpc = OtlpGrpc::new(to(&address, WITHIN), source()).expect("an address");
    assert!(http.export(&[]).is_err());
    assert!(grpc.export(&[]).is_err());
}

#[test]
fn a_collector_that_hangs_costs_spans_and_nothing_else() {
    // It accepts by its backlog, and never reads.
    let hangs = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", hangs.local_addr().expect("bound"));
    let within = Duration::from_millis(300);
    let exporters: Vec<Box<dyn SpanExporter>> = vec![
        Box::new(OtlpHttp::new(to(&address, within), source()).expect("an address")),
        Box::new(OtlpGrpc::new(to(&address, within), source()).expect("an address")),
    ];
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let metrics = Metrics::default();
    let traces = start_by(&clock, exporters, &metrics, 200);
    let before = clock.elapsed();
    for _ in 0..20_000 {
        record(&traces);
    }
    let recording = clock.elapsed().saturating_sub(before);
    assert!(recording < Duration::from_secs(2), "{recording:?}");
    let before = clock.elapsed();
    drop(traces);
    let ending = clock.elapsed().saturating_sub(before);
    assert!(ending < Duration::from_secs(1), "{ending:?}");
    let page = metrics.text();
    assert!(
        page.contains("spans_exported_total{exporter=\"otlp-http\"} 0"),
        "{page}"
    );
    assert!(
        !page.contains("spans_dropped_total{exporter=\"all\",reason=\"full\"} 0"),
        "{page}"
    );
}

#[test]
fn an_export_gives_up_when_its_time_is_over() {
    let hangs = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", hangs.local_addr().expect("bound"));
    let within = Duration::from_millis(100);
    let mut http = OtlpHttp::new(to(&address, within), source()).expect("an address");
    let mut grpc = OtlpGrpc::new(to(&address, within), source()).expect("an address");
    let clock = SystemClock::new();
    for error in [http.export(&[]), grpc.export(&[])] {
        let error = error.expect_err("nobody answers").to_string();
        assert!(error.contains("in time"), "{error}");
    }
    assert!(clock.elapsed() < Duration::from_secs(3));
}

#[test]
fn addresses_are_checked_before_anything_is_sent() {
    for bad in ["", "127.0.0.1:4318", "ftp://collector:4318", "http://"] {
        assert!(OtlpHttp::new(to(bad, WITHIN), source()).is_err(), "{bad}");
        assert!(OtlpGrpc::new(to(bad, WITHIN), source()).is_err(), "{bad}");
    }
}

#[test]
fn an_exporter_may_be_made_and_dropped_within_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let metrics = Metrics::default();
        let collector = Collector::start(Manner::Takes);
        let traces = started(exporters(&collector, WITHIN).into(), &metrics, 5_000);
        record(&traces);
        drop(traces);
        assert_eq!(collector.arrived().len(), 2, "{}", metrics.text());
        assert!(!Span::child(Layer::Store, "none").is_recorded());
    });
}
