//! The spans of requests and calls, as an exporter gets them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use medcover_http::{Edge, EdgeConfig, HttpClient, LimitsConfig, SlotsConfig, Traffic};
use medcover_kernel::{Call, Clock, Rng, SystemClock, SystemRng, TraceParent};
use medcover_telemetry::{
    AttributeValue, Context, ExportError, Layer, Metrics, Outcome, SpanData, SpanExporter,
    TraceConfig, Traces, attributes,
};
use medcover_testkit::{Client, TestServer};

use crate::demo::{self, ITEM, ItemPath};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Keeps spans.
#[derive(Clone, Default)]
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

/// An edge with one slot, of which traces are recorded where their parent is.
struct House {
    edge: Edge,
    clock: Arc<dyn Clock>,
    traces: Traces,
    kept: Kept,
}

impl House {
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let (metrics, kept) = (Arc::new(Metrics::default()), Kept::default());
        let exporters: Vec<Box<dyn SpanExporter>> = vec![Box::new(kept.clone())];
        let config = TraceConfig::default();
        let traces = Traces::start(&config, exporters, &metrics, &clock, Arc::clone(&rng));
        let traces = traces.expect("threads");
        let slots = SlotsConfig {
            max_concurrent_requests: 1,
            normal_percent: 100,
            ..SlotsConfig::default()
        };
        let limits = LimitsConfig {
            enabled: false,
            ..LimitsConfig::default()
        };
        let traffic = Traffic::new(&slots, &limits, &metrics, &clock, &rng);
        let config = EdgeConfig::default();
        let edge = Edge::new(config, metrics, Arc::clone(&clock), rng)
            .bounded_by(traffic.expect("they work"))
            .traced_by(traces.tracer());
        Self {
            edge,
            clock,
            traces,
            kept,
        }
    }

    fn client(&self) -> Client {
        Client::new(self.edge.router(demo::routes()))
    }

    fn spans(self) -> Vec<SpanData> {
        drop(self.traces);
        let spans = self.kept.0.lock().expect("sound");
        spans.clone()
    }
}

fn name(text: &'static str) -> AttributeValue {
    text.into()
}

#[tokio::test]
async fn a_request_is_a_span_of_its_operation_and_route_and_never_of_its_path() {
    let house = House::new();
    let client = house.client();
    let parent = [("traceparent", PARENT), ("tracestate", "a=1")];
    let path = "/api/v1/items/none?name=Rossi";
    assert_eq!(client.get_with(path, &parent).await.status, 404);
    assert_eq!(client.get_with("/panic", &parent).await.status, 500);
    let spans = house.spans();
    let [item, panic] = &*spans else {
        panic!("{spans:?}");
    };
    let above = TraceParent::parse(PARENT).expect("well-formed");
    assert_eq!((item.trace, item.parent), (above.trace, Some(above.span)));
    assert_eq!(item.state.as_deref(), Some("a=1"));
    assert_eq!((&*item.name, item.layer), ("get_item", Layer::Server));
    let route = item.attribute(attributes::ROUTE).cloned();
    assert_eq!(route, Some(name("/api/v1/items/{code}")));
    assert_eq!(
        item.attribute(attributes::METHOD).cloned(),
        Some(name("GET"))
    );
    let status = item.attribute(attributes::STATUS);
    assert_eq!(status, Some(&AttributeValue::Number(404)));
    assert_eq!(item.outcome, Some(Outcome::Refused));
    assert_eq!(panic.outcome, Some(Outcome::Failed));
    assert!(!format!("{spans:?}").contains("Rossi"));
}

#[tokio::test]
async fn a_refusal_says_its_reason_and_what_nobody_waits_for_is_abandoned() {
    let house = House::new();
    let client = house.client();
    let parent = [("traceparent", PARENT)];
    {
        let slow = client.get_with("/api/v1/health/slow", &parent);
        tokio::pin!(slow);
        tokio::select! {
            biased;
            _ = &mut slow => panic!("it takes long"),
            refused = client.get_with("/who", &parent) => {
                assert_eq!(refused.header("x-refused-by"), "no-slot");
            }
        }
    }
    let spans = house.spans();
    let [who, slow] = &*spans else {
        panic!("{spans:?}");
    };
    let reason = who.attribute(attributes::REFUSED_BY).cloned();
    assert_eq!(reason, Some(name("no-slot")));
    assert_eq!((&*slow.name, slow.outcome), ("slow", None));
}

#[tokio::test]
async fn headers_that_are_none_are_passed_over_and_nobody_is_refused_for_them() {
    let house = House::new();
    let client = house.client();
    let long = "a=1,".repeat(1_000);
    for (parent, state) in [
        ("", ""),
        ("00-0-0-00", "a=1"),
        (&*PARENT.to_uppercase(), "a=1"),
        (PARENT, &long),
        (
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "=",
        ),
    ] {
        let given = [("traceparent", parent), ("tracestate", state)];
        assert_eq!(
            client.get_with("/who", &given).await.status,
            200,
            "{given:?}"
        );
    }
    let spans = house.spans();
    let of = TraceParent::parse(PARENT).expect("well-formed").trace;
    let recorded: Vec<_> = spans.iter().filter(|it| it.trace == of).collect();
    assert_eq!(recorded.len(), 1, "{spans:?}");
    assert_eq!(recorded[0].state, None, "too much is not handed on");
}

#[tokio::test]
async fn a_call_of_another_process_is_a_span_there_is_the_child_of() {
    let house = House::new();
    let server = TestServer::start(house.edge.router(demo::routes())).await;
    let base = format!("http://{}", server.addr);
    let client = HttpClient::new(&base, Arc::clone(&house.clock)).expect("an address");
    let mut call = Call::for_tests();
    call.deadline = medcover_kernel::Deadline::after(house.clock.elapsed(), Duration::from_secs(5));
    let above = TraceParent::parse(PARENT).expect("well-formed");
    let span = house
        .traces
        .tracer()
        .enter(Layer::Saga, "step", above.trace, Some(above));
    let context = Context {
        place: span.place_or(above, None),
        ..Context::default()
    };
    let input = medcover_http::Path(ItemPath {
        code: "none".to_owned(),
    });
    let asked = context.around(client.ask(&ITEM, &call, input)).await;
    assert_eq!(asked.expect_err("there is none").slug(), "not-found");
    span.end(Outcome::Done);
    drop(server);
    let spans = house.spans();
    let of = |layer| spans.iter().find(|it| it.layer == layer).expect("there");
    let (there, here, step) = (of(Layer::Server), of(Layer::Client), of(Layer::Saga));
    assert_eq!(there.parent, Some(here.span));
    assert_eq!(here.parent, Some(step.span));
    assert_eq!(
        here.attribute(attributes::ERROR).cloned(),
        Some(name("not-found"))
    );
    assert_eq!(here.outcome, Some(Outcome::Refused));
}
