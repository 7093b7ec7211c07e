//! What follows from a request belongs to its trace: by the outbox, the queue and the steps of a saga, whoever wakes it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Call, Caller, CorrelationId, EventId, SagaId, Scopes, SeededRng, TraceId};
use medcover_store::{
    Append, CanonicalJson, Context, NewEvent, Recorded, Store, StreamId, TracedStore, Version,
};
use medcover_telemetry::{
    Context as Telling, ExportError, Layer, Metrics, Outcome, Span, SpanData, SpanExporter,
    TraceConfig, TracePlace, Tracer, Traces,
};
use medcover_workflow::bus::{Subscriber, Subscription};
use medcover_workflow::queue::Failure;
use medcover_workflow::saga::{Registry, Sagas, Start};
use medcover_workflow::{Observer, RunEnd, Settlement};
use serde_json::json;
use uuid::Uuid;

use crate::ground::{Ground, SERVICE, config};
use crate::transfer::{Bank, Bug, visit};

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

/// Records the spans of work.
struct Observing(Tracer);

impl Observer for Observing {
    fn claimed(&self, _: &str, _: usize) {}
    fn settled(&self, _: &str, _: Settlement) {}
    fn run_ended(&self, _: &str, _: RunEnd) {}
    fn tracer(&self) -> Tracer {
        self.0.clone()
    }
}

/// A service whose every trace is recorded.
struct Traced {
    ground: Ground,
    store: Arc<dyn Store>,
    traces: Traces,
    kept: Kept,
}

impl Traced {
    fn new() -> Self {
        let ground = Ground::new();
        let kept = Kept::default();
        let config = TraceConfig {
            sample_percent: 100,
            ..TraceConfig::default()
        };
        let traces = Traces::start(
            &config,
            vec![Box::new(kept.clone())],
            &Metrics::default(),
            &ground.clock(),
            Arc::new(SeededRng::new(11)),
        );
        Self {
            store: Arc::new(TracedStore::new(Arc::clone(&ground.store), "tests")),
            ground,
            traces: traces.expect("threads"),
            kept,
        }
    }

    fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(Observing(self.traces.tracer()))
    }

    /// Does `work` as the request `name` of a trace of its own, and says which that was.
    async fn request<T>(
        &self,
        name: &'static str,
        seed: u64,
        work: impl Future<Output = T>,
    ) -> TraceId {
        let trace = TraceId::new(&SeededRng::new(seed));
        let tracer = self.traces.tracer();
        let mut span = tracer.enter(Layer::Server, name, trace, None);
        span.belongs_to(correlation(seed), None);
        let parent = span.parent().expect("it is recorded");
        let context = Telling {
            place: span.place_or(parent, None),
            correlation: Some(correlation(seed)),
            ..Telling::default()
        };
        context
            .around(span.around(work, |_, _| Outcome::Done))
            .await;
        trace
    }

    fn spans(self) -> Vec<SpanData> {
        drop(self.traces);
        let spans = self.kept.0.lock().expect("sound");
        spans.clone()
    }
}

fn correlation(seed: u64) -> CorrelationId {
    CorrelationId::from_uuid(Uuid::from_u128(u128::from(seed)))
}

/// The context of a request in the undertaking `seed`.
fn context(seed: u64) -> Context {
    let mut call = Call::for_tests();
    call.correlation = correlation(seed);
    Context::of(&call)
}

/// Hears of an event, and keeps one of its own.
struct Listener(Arc<dyn Store>);

#[async_trait]
impl Subscriber for Listener {
    async fn on(&self, recorded: &Recorded) -> Result<Append, Failure> {
        let context = Context::after(recorded, Caller::Service(SERVICE));
        let here = TracePlace::current().parent();
        assert_eq!(
            context.parent(),
            here,
            "what follows is kept under the consumer"
        );
        let stream = StreamId::new("heard", recorded.event.id.as_uuid());
        let version = self.0.version(context.tenant, &stream).await?;
        Ok(Append::new(context).write(stream, version, [event(2, "thing.heard")]))
    }
}

fn event(number: u128, kind: &'static str) -> NewEvent {
    NewEvent {
        id: EventId::from_uuid(Uuid::from_u128(number)),
        kind: kind.into(),
        schema: 1,
        occurred_at: crate::ground::START,
        payload: CanonicalJson::empty(),
    }
}

/// What a span is part of, from itself up.
fn way<'s>(spans: &'s [SpanData], span: &'s SpanData) -> Vec<(Layer, &'s str)> {
    let up = std::iter::successors(Some(span), |it| {
        spans.iter().find(|above| Some(above.span) == it.parent)
    });
    up.map(|it| (it.layer, &*it.name)).collect()
}

fn find<'s>(spans: &'s [SpanData], layer: Layer, name: &str) -> &'s SpanData {
    let found = spans.iter().find(|it| it.layer == layer && it.name == name);
    found.unwrap_or_else(|| panic!("no {layer} {name}"))
}

#[tokio::test]
async fn what_an_event_leads_to_is_part_of_the_request_that_made_it() {
    let it = Traced::new();
    let subscription = Subscription::of_log(
        Arc::clone(&it.store),
        it.ground.clock(),
        Arc::clone(&it.ground.rng),
        vec!["thing.done".parse().expect("a pattern")],
        Arc::new(Listener(Arc::clone(&it.store))),
        config("listener"),
    )
    .observed(it.observer());
    let stream = StreamId::new("thing", Uuid::from_u128(1));
    let commit = async {
        let done = [event(1, "thing.done")];
        let append = Append::new(context(5)).write(stream, Version::NONE, done);
        it.store.commit(append).await.expect("it is kept");
    };
    let trace = it.request("do_thing", 5, commit).await;
    assert_eq!(subscription.tick().await.expect("a tick"), 1);

    let spans = it.spans();
    assert!(spans.iter().all(|span| span.trace == trace), "{spans:?}");
    assert!(
        spans
            .iter()
            .all(|span| span.correlation == Some(correlation(5)))
    );
    let consumer = find(&spans, Layer::Consumer, "listener");
    let expected = [
        (Layer::Consumer, "listener"),
        (Layer::Outbox, "listener"),
        (Layer::Server, "do_thing"),
    ];
    assert_eq!(way(&spans, consumer), expected);
    assert_eq!(consumer.outcome, Some(Outcome::Done));
    let read = find(&spans, Layer::Store, "store.version");
    assert_eq!(way(&spans, read)[1..], expected);
    let commits = spans.iter().filter(|span| span.name == "store.commit");
    let commits: Vec<_> = commits.map(|span| way(&spans, span)[1].0).collect();
    assert_eq!(commits, [Layer::Server, Layer::Outbox, Layer::Consumer]);
}

#[tokio::test]
async fn a_run_stays_in_the_trace_that_began_it_and_links_what_wakes_it() {
    let it = Traced::new();
    let bank = Bank::new(Bug::None);
    let registry = Registry::new().with(visit(&bank)).expect("one saga");
    let sagas = Sagas::new(
        Arc::clone(&it.store),
        it.ground.clock(),
        Arc::clone(&it.ground.rng),
        registry,
        SERVICE,
        Scopes::all(),
    )
    .observed(it.observer());
    let worker = sagas.worker("node-1");
    let saga = SagaId::from_uuid(Uuid::from_u128(9));
    let begin = async {
        let start = Start {
            saga,
            name: "visit".to_owned(),
            input: json!({"amount_minor": 30}),
            key: None,
        };
        sagas.start(context(5), start).await.expect("it begins");
    };
    let first = it.request("start_visit", 5, begin).await;
    assert_eq!(worker.tick().await.expect("a tick"), 1);
    let signal = async {
        let seen = sagas.signal(context(6), saga, "seen", json!({})).await;
        seen.expect("it waits for that");
    };
    let woke = it.request("tell_seen", 6, signal).await;
    for _ in 0..10 {
        worker.tick().await.expect("a tick");
        it.ground.pass(Duration::from_mins(11));
    }

    let spans = it.spans();
    let runs: Vec<_> = spans.iter().filter(|span| span.name == "visit").collect();
    assert!(
        runs.len() >= 3,
        "begun, woken by the signal, and by the clock"
    );
    assert!(runs.iter().all(|run| run.trace == first), "{runs:?}");
    let linked: Vec<_> = runs.iter().filter_map(|run| run.link).collect();
    assert_eq!(linked.len(), 1, "{linked:?}");
    assert_eq!(linked[0].trace, woke);
    for step in ["hold", "reserve"] {
        let step = find(&spans, Layer::Saga, step);
        let way = way(&spans, step);
        assert_eq!(way[1], (Layer::Saga, "visit"));
        assert_eq!(way.last(), Some(&(Layer::Server, "start_visit")), "{way:?}");
        assert_eq!(step.correlation, Some(correlation(5)));
    }
    // The message of the signal itself is part of the request that sent it.
    let woken = spans
        .iter()
        .find(|span| span.layer == Layer::Consumer && span.trace == woke);
    assert!(woken.is_some());
}

#[tokio::test]
async fn what_nobody_records_goes_on_as_it_came() {
    let it = Traced::new();
    let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    let sent = Context {
        traceparent: Some(unsampled.to_owned()),
        ..context(5)
    };
    crate::ground::send(&*it.store, sent, vec![crate::ground::message(1, "letters")]).await;
    let claim = medcover_store::Claim {
        queue: "letters".into(),
        worker: "w".into(),
        lease: Duration::from_secs(30),
        max: 1,
    };
    let delivery = it.store.claim(claim).await.expect("due").remove(0);
    let handling = Context::handling(&delivery, Caller::Service(SERVICE));
    assert_eq!(handling.traceparent.as_deref(), Some(unsampled));
    assert_eq!(it.spans().len(), 0);
    drop(Span::none());
}
