//! What every form of `OperationsApi` promises: one suite, in this process and over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use medcover_cache::{Cache, CacheKey, InProcess, Json, KeyText, Policy};
use medcover_contract_operations::{
    InvalidateCacheRequest, KeptBy, NoteRequest, OperationsApi, OperationsClient, ReplayRequest,
    Replayed,
};
use medcover_http::{Edge, EdgeConfig, HttpClient, Identify, Identity, Shown};
use medcover_kernel::{
    Call, Caller, Clock, Credential, ErrorKind, Limit, MessageId, Purpose, Result, SagaId, Scopes,
    ServiceName, SystemClock, SystemRng, TenantId, Tier, TraceId,
};
use medcover_mesh::{Addresses, Deps, Upstream, UpstreamConfig};
use medcover_operations::{Operations, Part, WorkMetrics};
use medcover_store::{
    Append, AuditEntry, AuditOutcome, CanonicalJson, Claim, Context, MemoryStore, NewMessage,
    Outcome, Schema, Store,
};
use medcover_telemetry::{
    Layer, LogExporter, Metrics, Outcome as Ended, Span, TraceConfig, TraceTimes, Traces,
};
use medcover_testkit::TestServer;
use medcover_workflow::queue::Worker;
use medcover_workflow::saga::{self, Registry, Saga, Sagas, Start, StepAction, StepCall};
use medcover_workflow::{Definition, Outcome as StepOutcome, Retry, Step};
use serde_json::json;
use uuid::Uuid;

const QUEUE: &str = "letters";
const PERSON: Uuid = Uuid::from_u128(77);

/// One form of the contract over a store of its own.
struct Form {
    api: Arc<dyn OperationsApi>,
    call: Call,
    store: Arc<MemoryStore>,
    /// Of the service `mail`.
    sagas: Sagas,
    /// Whether its deliveries arrive.
    arrives: Arc<AtomicBool>,
    _server: Option<TestServer>,
}

/// Two services: `post`, which has queues and a trail, and `mail`, which runs sagas.
struct Services {
    operations: Operations,
    store: Arc<MemoryStore>,
    sagas: Sagas,
    arrives: Arc<AtomicBool>,
}

impl Services {
    fn new(clock: &Arc<dyn Clock>) -> Self {
        let store = Arc::new(MemoryStore::new(Schema::new(), Arc::clone(clock)));
        let arrives = Arc::new(AtomicBool::new(false));
        let mail = MemoryStore::new(saga::schema(Schema::new()), Arc::clone(clock));
        let mail: Arc<dyn Store> = Arc::new(mail);
        let sagas = Sagas::new(
            Arc::clone(&mail),
            Arc::clone(clock),
            Arc::new(SystemRng),
            registry(&arrives),
            ServiceName::from_static("mail"),
            Scopes::none(),
        );
        let post = Part {
            name: "post",
            store: Arc::clone(&store) as _,
            sagas: None,
        };
        let mail = Part {
            name: "mail",
            store: mail,
            sagas: Some(sagas.clone()),
        };
        Self {
            operations: Operations::new(vec![post, mail])
                .with_upstreams(vec![elsewhere(clock)])
                .with_cache(cache(clock))
                .with_traces(times(clock)),
            store,
            sagas,
            arrives,
        }
    }

    fn form(
        self,
        api: Arc<dyn OperationsApi>,
        clock: &dyn Clock,
        server: Option<TestServer>,
    ) -> Form {
        Form {
            api,
            call: Call::operator(Duration::from_mins(1), clock, &SystemRng),
            store: self.store,
            sagas: self.sagas,
            arrives: self.arrives,
            _server: server,
        }
    }
}

/// A service elsewhere that nobody has asked yet.
fn elsewhere(clock: &Arc<dyn Clock>) -> Upstream {
    let addresses: Addresses = "http://127.0.0.1:1".parse().expect("an address");
    let deps = Deps {
        registry: addresses.registry(),
        config: UpstreamConfig::default(),
        clock: Arc::clone(clock),
        rng: Arc::new(SystemRng),
    };
    Upstream::new("hospital-service", deps).expect("settings that work")
}

/// One search that was recorded, with a look into the store.
fn times(clock: &Arc<dyn Clock>) -> Arc<TraceTimes> {
    let config = TraceConfig {
        sample_percent: 100,
        ..TraceConfig::default()
    };
    let (metrics, rng) = (Metrics::default(), Arc::new(SystemRng));
    let traces = Traces::start(&config, vec![Box::new(LogExporter)], &metrics, clock, rng);
    let traces = traces.expect("threads");
    let trace = TraceId::new(&SystemRng);
    let span = traces.tracer().enter(Layer::Server, "search", trace, None);
    let parent = span.parent().expect("it is recorded");
    let mut context = medcover_telemetry::Context {
        place: span.place_or(parent, None),
        ..medcover_telemetry::Context::default()
    };
    context.within(|| Span::child(Layer::Store, "store.load").end(Ended::Done));
    span.end(Ended::Refused);
    traces.times()
}

/// A word that is kept for a while.
struct Word(&'static str);

impl CacheKey for Word {
    type Value = Json<String>;
    const SPACE: &'static str = "words";
    const POLICY: Policy = Policy::of(Duration::from_mins(1));

    fn write(&self, to: &mut KeyText<'_>) {
        to.text(self.0);
    }
}

/// A cache with two words in it.
fn cache(clock: &Arc<dyn Clock>) -> Cache {
    let engine = InProcess::new(1 << 20, Arc::clone(clock));
    let cache = Cache::new(Arc::new(engine), Arc::clone(clock), Arc::new(SystemRng));
    let words = cache.space::<Word>();
    let put = ["one", "two"].map(|word| (Word(word), Json(word.to_owned())));
    let mut set = Box::pin(words.mset(put.into()));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(
        set.as_mut().poll(&mut cx).is_ready(),
        "all is in this process"
    );
    drop(set);
    cache
}

async fn what_is_kept_is_told_and_invalidated(form: &Form) {
    let kept = form.api.cache(&form.call).await.expect("allowed");
    assert_eq!((kept.entries, kept.bytes_limit), (2, 1 << 20));
    assert_eq!(kept.spaces[0].space, "words");
    assert!(kept.invalidations.patterns == 0 && kept.bytes > 0);
    let request = |patterns: &[&str], tags: &[&str]| InvalidateCacheRequest {
        patterns: patterns.iter().map(|it| (*it).to_owned()).collect(),
        tags: tags.iter().map(|it| (*it).to_owned()).collect(),
    };
    let ask = async |patterns: &[&str], tags: &[&str]| {
        let asked = request(patterns, tags);
        form.api.invalidate_cache(&form.call, asked).await
    };
    let flushed = ask(&["words:t*", "words:x"], &["patient:7"]).await;
    assert_eq!(flushed.expect("allowed").flushed, 1);
    let kept = form.api.cache(&form.call).await.expect("allowed");
    assert_eq!((kept.entries, kept.invalidations.tags), (1, 1));
    for (patterns, tags, pointer) in [
        (&["a", ""][..], &[][..], "/patterns/1"),
        (&[], &["patient"], "/tags/0"),
        (&["a"; 101], &[], "/patterns"),
    ] {
        let refused = ask(patterns, tags).await.expect_err("it is none");
        assert_eq!(refused.faults()[0].pointer, pointer);
    }
    let other = of_another_tenant(&form.call);
    let refused = form.api.cache(&other).await.expect_err("it spans tenants");
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
    let all = request(&["*"], &[]);
    let refused = form.api.invalidate_cache(&other, all).await;
    assert_eq!(
        refused.expect_err("it spans tenants").kind(),
        ErrorKind::Forbidden
    );
}

async fn where_time_goes_is_told_to_the_installation_only(form: &Form) {
    let told = form.api.traces(&form.call).await.expect("allowed");
    assert_eq!(told.spans, 2);
    let [search] = &*told.operations else {
        panic!("{told:?}");
    };
    let of = (&*search.operation, &*search.layer, search.count);
    assert_eq!(of, ("search", "server", 1));
    assert!(search.p50_us <= search.max_us);
    let [slow] = &*told.slowest else {
        panic!("{told:?}");
    };
    assert_eq!(
        (&*slow.root.name, &*slow.root.outcome),
        ("search", "refused")
    );
    assert_eq!(slow.spans[0].parent_id.as_ref(), Some(&slow.root.span_id));
    assert_eq!(slow.spans[0].layer, "store");
    let other = of_another_tenant(&form.call);
    let refused = form.api.traces(&other).await.expect_err("it spans tenants");
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
}

async fn traces_are_kept_and_shown_as_trees_to_the_installation_only(form: &Form) {
    let list = async |by| form.api.kept_traces(&form.call, by, Limit::DEFAULT).await;
    for by in [KeptBy::Newest, KeptBy::Slowest] {
        let kept = list(by).await.expect("allowed");
        let [search] = &*kept.traces else {
            panic!("{kept:?}");
        };
        assert_eq!((&*search.root.name, search.spans), ("search", 2));
    }
    let failed = list(KeptBy::Failed).await.expect("allowed");
    assert!(failed.traces.is_empty(), "a refusal is no failure");
    let newest = list(KeptBy::Newest).await.expect("allowed");
    let id = &*newest.traces[0].trace_id;
    let tree = form.api.kept_trace(&form.call, id).await.expect("allowed");
    let told: Vec<_> = tree
        .spans
        .iter()
        .map(|it| (it.depth, &*it.span.name))
        .collect();
    assert_eq!(told, [(0, "search"), (1, "store.load")]);
    let [search, load] = &*tree.spans else {
        panic!("{tree:?}");
    };
    assert_eq!(load.span.parent_id.as_ref(), Some(&search.span.span_id));
    assert_eq!(search.after_us, 0);
    let nowhere = "0af7651916cd43dd8448eb211c80319c";
    let missing = form.api.kept_trace(&form.call, nowhere).await;
    assert_eq!(missing.expect_err("no such").kind(), ErrorKind::NotFound);
    let none = form.api.kept_trace(&form.call, "x").await;
    assert_eq!(none.expect_err("no id").faults()[0].pointer, "/trace_id");
    let other = of_another_tenant(&form.call);
    let refused = [
        form.api
            .kept_traces(&other, KeptBy::Newest, Limit::MAX)
            .await
            .err(),
        form.api.kept_trace(&other, id).await.err(),
    ];
    for refused in refused {
        let refused = refused.expect("it spans tenants");
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
    }
}

async fn services_elsewhere_are_seen_by_the_installation_only(form: &Form) {
    let seen = form.api.upstreams(&form.call).await.expect("allowed");
    let [upstream] = &*seen.upstreams else {
        panic!("{seen:?}");
    };
    assert_eq!(upstream.service, "hospital-service");
    assert_eq!((upstream.requests, upstream.retries_left), (0, 50));
    assert!(
        upstream
            .refused
            .iter()
            .any(|it| it.reason == "circuit-open")
    );
    let other = of_another_tenant(&form.call);
    let refused = form
        .api
        .upstreams(&other)
        .await
        .expect_err("it spans tenants");
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
}

async fn servers_of_state_are_seen_by_the_installation_only(form: &Form) {
    let seen = form.api.databases(&form.call).await.expect("allowed");
    assert_eq!(seen.databases, [], "these keep it in memory");
    let other = of_another_tenant(&form.call);
    let refused = form.api.databases(&other).await;
    let refused = refused.expect_err("it spans tenants");
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
}

/// What both steps of a letter do: the first always, the second only while letters arrive.
struct Deliver(Option<Arc<AtomicBool>>);

#[async_trait]
impl StepAction for Deliver {
    async fn act(&self, _: &StepCall<'_>) -> StepOutcome {
        let arrives = self.0.as_ref();
        if arrives.is_none_or(|arrives| arrives.load(Ordering::SeqCst)) {
            StepOutcome::Done(json!({}))
        } else {
            StepOutcome::Failed("nobody opened".to_owned())
        }
    }
}

fn registry(arrives: &Arc<AtomicBool>) -> Registry {
    let once = Retry::times(1);
    let definition = Definition::named("letter", 1)
        .step(Step::pivot("stamp").retry(once))
        .step(Step::forward("deliver").retry(once))
        .build();
    let saga = Saga::of(definition.expect("sound"))
        .action("stamp", Deliver(None))
        .action("deliver", Deliver(Some(Arc::clone(arrives))))
        .build();
    let registry = Registry::default().with(saga.expect("every step has an action"));
    registry.expect("one saga")
}

fn in_process() -> Form {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let services = Services::new(&clock);
    let api = services.operations.api();
    services.form(api, &*clock, None)
}

async fn over_http() -> Form {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let services = Services::new(&clock);
    let metrics = Arc::new(Metrics::default());
    let config = EdgeConfig::default();
    let edge = Edge::new(config, metrics, Arc::clone(&clock), Arc::new(SystemRng));
    let edge = edge.identified_by(Arc::new(Anyone));
    let server = TestServer::start(edge.router(services.operations.routes())).await;
    let http = HttpClient::new(&format!("http://{}", server.addr), Arc::clone(&clock));
    let api = Arc::new(OperationsClient::new(http.expect("an address")));
    services.form(api, &*clock, Some(server))
}

/// Takes who shows nothing for the operator, and who shows a tenant's id for somebody of that tenant.
struct Anyone;

#[async_trait]
impl Identify for Anyone {
    async fn identify(&self, shown: Shown<'_>, call: &Call) -> Result<Identity> {
        let mut identity = self.unshown(call).await?;
        if let Shown::Bearer(tenant) = shown {
            identity.tenant = tenant.parse().expect("the id of a tenant");
        }
        Ok(identity)
    }

    async fn unshown(&self, _: &Call) -> Result<Identity> {
        Ok(Identity {
            tenant: TenantId::DEFAULT,
            caller: Caller::Operator,
            scopes: Scopes::all(),
            tier: Tier::Enterprise,
            purpose: None,
        })
    }
}

#[tokio::test]
async fn in_this_process() {
    suite(&in_process()).await;
}

#[tokio::test]
async fn in_another_process() {
    suite(&over_http().await).await;
}

async fn suite(form: &Form) {
    letters_are_listed_replayed_and_dropped(form).await;
    another_tenant_sees_nothing(form).await;
    the_trail_is_whole_and_tells_disclosures(form).await;
    a_parked_run_is_seen_resumed_and_over(form).await;
    what_is_not_there_is_not_found(form).await;
    services_elsewhere_are_seen_by_the_installation_only(form).await;
    servers_of_state_are_seen_by_the_installation_only(form).await;
    what_is_kept_is_told_and_invalidated(form).await;
    where_time_goes_is_told_to_the_installation_only(form).await;
    traces_are_kept_and_shown_as_trees_to_the_installation_only(form).await;
}

/// A message that was tried once and set aside.
async fn dead(form: &Form, number: u128) -> MessageId {
    let id = MessageId::from_uuid(Uuid::from_u128(number));
    let context = Context::of(&form.call);
    let message = NewMessage {
        id,
        queue: QUEUE.into(),
        key: None,
        payload: CanonicalJson::of(&json!({ "number": number as u64 })).expect("canonical"),
        not_before: None,
    };
    let sent = Append::new(context.clone()).send(message);
    form.store.commit(sent).await.expect("it is sent");
    let claimed = form.store.claim(claim()).await.expect("a claim");
    let delivery = claimed.iter().find(|it| it.id == id).expect("it is due");
    let reason = "nobody lives there".to_owned();
    let set_aside = Append::new(context).settle(delivery.settled(Outcome::Dead { reason }));
    form.store.commit(set_aside).await.expect("it is set aside");
    id
}

fn claim() -> Claim {
    Claim {
        queue: QUEUE.into(),
        worker: "test".into(),
        lease: Duration::from_mins(1),
        max: 10,
    }
}

async fn letters_are_listed_replayed_and_dropped(form: &Form) {
    let Form {
        api, call, store, ..
    } = form;
    let (first, second) = (dead(form, 1).await, dead(form, 2).await);
    let queues = api.queues(call).await.expect("depths").queues;
    assert_eq!((&*queues[0].service, queues[0].dead), ("post", 2));

    let one = Limit::new(1).expect("in range");
    let page = api.dead_letters(call, "post", QUEUE, 0, one).await;
    let page = page.expect("a page");
    assert_eq!(page.letters[0].message, first.as_uuid());
    assert_eq!(page.letters[0].reason, "nobody lives there");
    assert_eq!(page.letters[0].payload, json!({"number": 1}));
    let after = page.next.expect("one more");
    let rest = api.dead_letters(call, "post", QUEUE, after, one).await;
    assert_eq!(rest.expect("a page").letters[0].message, second.as_uuid());

    let request = ReplayRequest {
        message: Some(first.as_uuid()),
    };
    let replay = || api.replay_dead_letters(call, "post", QUEUE, request.clone());
    assert_eq!(replay().await.expect("done"), Replayed { replayed: 1 });
    let again = replay().await.expect_err("it is set aside no more");
    assert_eq!(again.kind(), ErrorKind::NotFound);
    let due = store.claim(claim()).await.expect("a claim");
    assert_eq!(due.iter().map(|it| it.id).collect::<Vec<_>>(), [first]);

    let drop = || api.discard_dead_letter(call, "post", QUEUE, second);
    drop().await.expect("dropped");
    assert_eq!(drop().await.expect_err("gone").kind(), ErrorKind::NotFound);
    let all = ReplayRequest::default();
    let none = api.replay_dead_letters(call, "post", QUEUE, all).await;
    assert_eq!(none.expect("nothing left"), Replayed { replayed: 0 });
}

async fn another_tenant_sees_nothing(form: &Form) {
    let mine = dead(form, 3).await;
    let call = of_another_tenant(&form.call);
    let api = &form.api;
    let page = api.dead_letters(&call, "post", QUEUE, 0, Limit::MAX).await;
    assert!(page.expect("a page").letters.is_empty());
    let drop = api.discard_dead_letter(&call, "post", QUEUE, mine).await;
    assert_eq!(drop.expect_err("another's").kind(), ErrorKind::NotFound);
    for error in [
        api.queues(&call).await.expect_err("it spans tenants"),
        api.verify_audit(&call).await.expect_err("it spans tenants"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
}

fn of_another_tenant(call: &Call) -> Call {
    let other = TenantId::from_uuid(Uuid::from_u128(9));
    let mut call = call.clone().for_tenant(other);
    call.credential = Some(Credential::Bearer(other.to_string().into()));
    call
}

async fn the_trail_is_whole_and_tells_disclosures(form: &Form) {
    let looked = AuditEntry {
        action: "record.read".into(),
        subject: format!("record/{PERSON}"),
        data_subject: Some(PERSON),
        outcome: AuditOutcome::Done,
        details: CanonicalJson::empty(),
    };
    let physician = form.call.clone().for_purpose(Purpose::Treatment);
    let mut context = Context::of(&physician);
    context.actor = Caller::Service(ServiceName::from_static("post"));
    let append = Append::new(context).audit(looked);
    form.store.commit(append).await.expect("it is kept");

    let verified = form.api.verify_audit(&form.call).await.expect("a report");
    assert!(verified.whole, "{verified:?}");
    assert_eq!(verified.trails[0].service, "post");
    assert!(verified.trails[0].records >= 3, "{verified:?}");
    let told = form
        .api
        .disclosures(&form.call, "post", PERSON, 0, Limit::DEFAULT)
        .await;
    let told = told.expect("a page").disclosures;
    assert_eq!(told.len(), 1);
    let one = &told[0];
    assert_eq!(
        (&*one.action, &*one.purpose, &*one.actor),
        ("record.read", "treatment", "service:post")
    );
}

async fn a_parked_run_is_seen_resumed_and_over(form: &Form) {
    let Form { api, call, .. } = form;
    let worker = form.sagas.worker("test");
    let saga = SagaId::from_uuid(Uuid::from_u128(5));
    let start = Start {
        saga,
        name: "letter".to_owned(),
        input: json!({"to": "maria"}),
        key: Some("maria".to_owned()),
    };
    form.sagas
        .start(Context::of(call), start)
        .await
        .expect("it begins");
    drive(&worker).await;

    let parked = Some("parked".to_owned());
    let page = api.sagas(call, "mail", parked, None, Limit::DEFAULT).await;
    let page = page.expect("a page");
    let one = &page.runs[0];
    assert_eq!(
        (one.saga, &*one.name, one.key.as_deref()),
        (saga.as_uuid(), "letter", Some("maria"))
    );
    let run = api.saga(call, "mail", saga).await.expect("a run");
    assert_eq!((&*run.state, &*run.steps[0].status), ("parked", "done"));
    assert_eq!(run.steps[1].reason.as_deref(), Some("nobody opened"));
    assert_eq!(run.input, json!({"to": "maria"}));

    let note = |text: &str| NoteRequest {
        note: text.to_owned(),
    };
    let short = api.resume_saga(call, "mail", saga, note("x")).await;
    assert_eq!(short.expect_err("no reason").faults()[0].pointer, "/note");
    let cancelled = api.cancel_saga(call, "mail", saga, note("too late")).await;
    assert_eq!(cancelled.expect_err("past the pivot").slug(), "saga-state");
    form.arrives.store(true, Ordering::SeqCst);
    let resumed = api
        .resume_saga(call, "mail", saga, note("she is back"))
        .await;
    assert_eq!(resumed.expect("it goes on").state, "running");
    drive(&worker).await;
    let run = api.saga(call, "mail", saga).await.expect("a run");
    assert_eq!(run.state, "completed");
    let again = api
        .abandon_saga(call, "mail", saga, note("never mind"))
        .await;
    assert_eq!(again.expect_err("it is over").slug(), "saga-state");

    let state = Some("asleep".to_owned());
    let unknown = api.sagas(call, "mail", state, None, Limit::DEFAULT).await;
    assert_eq!(
        unknown.expect_err("no such state").faults()[0].pointer,
        "/state"
    );
    let other = of_another_tenant(call);
    let hidden = api.saga(&other, "mail", saga).await.expect_err("another's");
    assert_eq!(hidden.kind(), ErrorKind::NotFound);
    let seen = api.sagas(&other, "mail", None, None, Limit::DEFAULT).await;
    assert!(seen.expect("a page").runs.is_empty());
}

#[tokio::test]
async fn queues_and_sagas_are_counted() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let Services {
        operations, sagas, ..
    } = Services::new(&clock);
    let metrics = Metrics::default();
    let work = WorkMetrics::new(&metrics);
    let sagas = sagas.observed(work.of("mail"));
    let call = Call::operator(Duration::from_mins(1), &*clock, &SystemRng);
    let saga = SagaId::from_uuid(Uuid::from_u128(6));
    let start = Start {
        saga,
        name: "letter".to_owned(),
        input: json!({"to": "maria"}),
        key: None,
    };
    let context = Context::of(&call);
    sagas
        .start(context.clone(), start)
        .await
        .expect("it begins");
    work.measure(&operations).await.expect("a store in memory");
    let has = |line: &str| {
        let text = metrics.text();
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    };
    has(r#"medcover_queue_depth{service="mail",queue="sagas",state="ready"} 1"#);

    drive(&sagas.worker("test")).await;
    work.measure(&operations).await.expect("a store in memory");
    has(r#"medcover_queue_depth{service="mail",queue="sagas",state="ready"} 0"#);
    has(r#"medcover_dead_letter_queue_depth{service="mail",queue="sagas"} 0"#);
    has(r#"medcover_queue_claimed_total{service="mail",queue="sagas"} 1"#);
    has(r#"medcover_queue_settled_total{service="mail",queue="sagas",outcome="done"} 1"#);
    has(r#"medcover_saga_runs_total{service="mail",saga="letter",outcome="parked"} 1"#);

    let abandoned = sagas.abandon(context, saga, "she moved").await;
    abandoned.expect("it is parked");
    has(r#"medcover_saga_runs_total{service="mail",saga="letter",outcome="abandoned"} 1"#);
}

#[tokio::test]
async fn messages_that_were_set_aside_are_measured() {
    let form = in_process();
    dead(&form, 1).await;
    let metrics = Metrics::default();
    let operations = Operations::new(vec![Part {
        name: "post",
        store: Arc::clone(&form.store) as _,
        sagas: None,
    }]);
    let work = WorkMetrics::new(&metrics);
    work.measure(&operations).await.expect("a store in memory");
    let line = r#"medcover_dead_letter_queue_depth{service="post",queue="letters"} 1"#;
    assert!(metrics.text().contains(line), "{}", metrics.text());
}

/// Lets the worker do all that is due.
async fn drive(worker: &Worker) {
    while worker.tick().await.expect("a store in memory") > 0 {}
}

async fn what_is_not_there_is_not_found(form: &Form) {
    let Form { api, call, .. } = form;
    let kind = |error: medcover_kernel::Error| error.kind();
    let letters = api.dead_letters(call, "nobody", QUEUE, 0, Limit::DEFAULT);
    assert_eq!(letters.await.map_err(kind), Err(ErrorKind::NotFound));
    let saga = SagaId::from_uuid(PERSON);
    let run = api.saga(call, "post", saga).await;
    assert_eq!(run.map_err(kind), Err(ErrorKind::NotFound));
    let note = NoteRequest {
        note: "again".to_owned(),
    };
    let resumed = api.resume_saga(call, "post", saga, note).await;
    assert_eq!(resumed.map_err(kind), Err(ErrorKind::NotFound));
}
