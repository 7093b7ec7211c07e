//! Sagas as a service runs them: begun, driven, taken over, steered, seen.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Clock as _, Error, ErrorKind, EventId, Rng, SagaId, Scopes, SeededRng, TenantId,
};
use medcover_store::{
    Append, CanonicalJson, CommitError, NewEvent, Row, Select, StreamId, limits, rebuild,
};
use medcover_workflow::saga::{
    RUN_STEPS, RUNS, RUNS_BY_TIME, Registry, RunView, SAGA_STREAM, SagaView, Sagas, Start, Started,
};
use medcover_workflow::{Definition, Outcome, Step};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ground::{Ground, SERVICE, context, context_of};
use crate::transfer::{Bank, Bug, transfer, visit, with_actions};

struct Service {
    ground: Ground,
    bank: Arc<Bank>,
    sagas: Sagas,
}

fn id(number: u128) -> SagaId {
    SagaId::from_uuid(Uuid::from_u128(number))
}

fn start(number: u128, name: &str) -> Start {
    Start {
        saga: id(number),
        name: name.to_owned(),
        input: json!({"amount_minor": 30}),
        key: Some("invoice-7".to_owned()),
    }
}

impl Service {
    fn new() -> Self {
        let bank = Bank::new(Bug::None);
        let registry = Registry::new().with(transfer(&bank));
        let registry = registry.and_then(|it| it.with(visit(&bank)));
        Self::with(bank, registry.expect("two sagas"))
    }

    fn with(bank: Arc<Bank>, registry: Registry) -> Self {
        let ground = Ground::new();
        let sagas = sagas(&ground, registry);
        Self {
            ground,
            bank,
            sagas,
        }
    }

    async fn begin(&self, number: u128, name: &str) {
        let begun = self.sagas.start(context(), start(number, name)).await;
        assert_eq!(begun.expect("it begins"), Started::Now);
    }

    async fn tick(&self) -> usize {
        self.sagas.worker("node-1").tick().await.expect("a tick")
    }

    /// Drives until nothing is due for an hour.
    async fn drive(&self) {
        for _ in 0..200 {
            if self.tick().await == 0 {
                self.ground.pass(Duration::from_secs(20));
            }
        }
    }

    async fn view(&self, number: u128) -> RunView {
        let view = self.sagas.run(TenantId::DEFAULT, id(number)).await;
        view.expect("readable").expect("there")
    }

    async fn state(&self, number: u128) -> &'static str {
        self.view(number).await.state
    }
}

fn sagas(ground: &Ground, registry: Registry) -> Sagas {
    Sagas::new(
        Arc::clone(&ground.store),
        ground.clock(),
        Arc::clone(&ground.rng),
        registry,
        SERVICE,
        Scopes::all(),
    )
}

fn down() -> Outcome {
    Outcome::Failed("the bank is closed".to_owned())
}

#[tokio::test]
async fn a_run_completes_in_one_go_and_is_seen_in_full() {
    let service = Service::new();
    service.begin(1, "transfer").await;
    assert_eq!(service.tick().await, 1);
    let view = service.view(1).await;
    assert_eq!((view.state, view.name.as_str()), ("completed", "transfer"));
    let steps: Vec<_> = view
        .steps
        .iter()
        .map(|step| (step.name, step.status))
        .collect();
    assert_eq!(
        steps,
        ["check", "hold", "reserve", "capture", "tell"].map(|name| (name, "done"))
    );
    assert_eq!(view.correlation, context().correlation);
    assert_eq!(service.bank.balance("payee"), 30);
    let output = view.steps[1].output.clone().expect("it gave something");
    assert!(
        output["key"].is_string(),
        "calls carry the step's id as key"
    );
    let queue = service
        .ground
        .store
        .messages(TenantId::DEFAULT, Sagas::QUEUE, 0, 10)
        .await;
    assert_eq!(queue.expect("messages"), [], "nothing is left to wake");
}

#[tokio::test]
async fn a_run_begun_twice_under_one_id_begins_once_and_another_input_is_refused() {
    let service = Service::new();
    service.begin(1, "transfer").await;
    let again = service.sagas.start(context(), start(1, "transfer")).await;
    assert_eq!(again.expect("harmless"), Started::Before);
    let other = Start {
        input: json!({"amount_minor": 31}),
        ..start(1, "transfer")
    };
    let refused = service
        .sagas
        .start(context(), other)
        .await
        .expect_err("differs");
    assert_eq!(
        (refused.kind(), refused.slug()),
        (ErrorKind::Conflict, "saga-exists")
    );
    service.drive().await;
    assert_eq!(service.bank.balance("payee"), 30);
}

#[tokio::test]
async fn a_business_key_has_one_living_run_and_is_free_after_it() {
    let service = Service::new();
    service.begin(1, "transfer").await;
    let second = || service.sagas.start(context(), start(2, "transfer"));
    let busy = second().await.expect_err("the first lives");
    assert_eq!(
        (busy.kind(), busy.slug()),
        (ErrorKind::Conflict, "saga-running")
    );
    assert!(busy.message().contains(&id(1).to_string()));
    let elsewhere = service
        .sagas
        .start(context_of(9), start(3, "transfer"))
        .await;
    assert_eq!(elsewhere.expect("another tenant's key"), Started::Now);
    service.drive().await;
    assert_eq!(second().await.expect("the first is over"), Started::Now);
}

#[tokio::test]
async fn of_two_runs_begun_at_once_for_one_key_one_begins() {
    let service = Service::new();
    let begin = |number| {
        let start = start(number, "transfer");
        let sagas = service.sagas.clone();
        async move {
            sagas
                .begin(Append::new(context()), &start)
                .await
                .expect("free")
        }
    };
    let (first, second) = (begin(1).await, begin(2).await);
    let store = &service.ground.store;
    store.commit(first).await.expect("the first has it");
    let refused = store.commit(second).await;
    assert!(matches!(refused, Err(CommitError::Conflict { .. })));
}

#[tokio::test]
async fn unknown_sagas_and_inputs_that_json_cannot_hold_exactly_are_refused() {
    let service = Service::new();
    let unknown = service.sagas.start(context(), start(1, "teleport")).await;
    assert_eq!(unknown.expect_err("unknown").kind(), ErrorKind::NotFound);
    let fraction = Start {
        input: json!({"amount": 0.1}),
        ..start(1, "transfer")
    };
    let refused = service
        .sagas
        .start(context(), fraction)
        .await
        .expect_err("a fraction");
    assert_eq!(refused.faults()[0].pointer, "/input");
}

#[tokio::test]
async fn a_refused_step_turns_the_run_and_what_was_done_is_undone_in_reverse() {
    let service = Service::new();
    let before = service.bank.picture();
    let no = Outcome::Refused("no funds".to_owned());
    service.bank.fail("capture", no);
    service.begin(1, "transfer").await;
    service.drive().await;
    let view = service.view(1).await;
    assert_eq!(view.state, "compensated");
    assert_eq!(view.reason.as_deref(), Some("capture: no funds"));
    assert_eq!(service.bank.picture(), before);
    assert_eq!(
        service.bank.asked(),
        [
            "check",
            "hold",
            "reserve",
            "capture",
            "undo reserve",
            "undo hold"
        ]
    );
}

#[tokio::test]
async fn any_node_takes_a_run_over_from_one_that_died() {
    let service = Service::new();
    service.begin(1, "transfer").await;
    // The node claims the wake-up and writes the intent of a step, and is not heard of again.
    service.bank.fail("reserve", down());
    let store = &service.ground.store;
    let claim = medcover_store::Claim {
        queue: Sagas::QUEUE.into(),
        worker: "dead".into(),
        lease: Duration::from_secs(30),
        max: 1,
    };
    assert_eq!(store.claim(claim).await.expect("a claim").len(), 1);
    assert_eq!(service.tick().await, 0, "it is on lease");
    service.ground.pass(Duration::from_secs(31));
    service.bank.mend();
    let bank = Arc::clone(&service.bank);
    let other = sagas(
        &service.ground,
        Registry::new().with(transfer(&bank)).expect("one"),
    );
    assert_eq!(other.worker("node-2").tick().await.expect("a tick"), 1);
    assert_eq!(service.state(1).await, "completed");
}

#[tokio::test]
async fn a_run_that_cannot_be_undone_is_parked_keeps_its_key_and_goes_on_when_told() {
    let service = Service::new();
    let before = service.bank.picture();
    service
        .bank
        .fail("capture", Outcome::Refused("no".to_owned()));
    service.bank.fail("undo hold", down());
    service.begin(1, "transfer").await;
    service.drive().await;
    assert_eq!(service.state(1).await, "parked");
    let parked = service
        .sagas
        .runs(TenantId::DEFAULT, Some("parked"), None, 10)
        .await;
    let parked = parked.expect("a page").rows;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].get("step").as_text(), Some("hold"));
    let busy = service.sagas.start(context(), start(2, "transfer")).await;
    assert_eq!(busy.expect_err("it keeps the key").slug(), "saga-running");
    service.bank.mend();
    service
        .sagas
        .resume(context(), id(1), "open again")
        .await
        .expect("parked");
    service.drive().await;
    assert_eq!(service.state(1).await, "compensated");
    assert_eq!(service.bank.picture(), before);
}

#[tokio::test]
async fn an_abandoned_run_stays_as_it_is_and_frees_its_key() {
    let service = Service::new();
    service.bank.fail("tell", down());
    service.begin(1, "transfer").await;
    service.drive().await;
    assert_eq!(
        service.state(1).await,
        "parked",
        "past the pivot nothing is undone"
    );
    let kind = |result: Result<(), Error>| result.expect_err("refused").kind();
    let cancelled = service.sagas.cancel(context(), id(1), "no").await;
    assert_eq!(kind(cancelled), ErrorKind::Conflict);
    service
        .sagas
        .abandon(context(), id(1), "told by letter")
        .await
        .expect("parked");
    assert_eq!(service.state(1).await, "abandoned");
    let resumed = service.sagas.resume(context(), id(1), "no").await;
    assert_eq!(kind(resumed), ErrorKind::Conflict);
    service.bank.mend();
    service.begin(2, "transfer").await;
    let nowhere = service.sagas.resume(context(), id(77), "no").await;
    assert_eq!(kind(nowhere), ErrorKind::NotFound);
    let partitions = 0..limits::AUDIT_PARTITIONS;
    let mut actions = Vec::new();
    for partition in partitions {
        let records = service
            .ground
            .store
            .audit(TenantId::DEFAULT, partition, 0, 10)
            .await;
        actions.extend(
            records
                .expect("records")
                .into_iter()
                .map(|it| it.entry.action),
        );
    }
    assert_eq!(actions, ["saga.abandoned"]);
}

#[tokio::test]
async fn a_signal_moves_a_waiting_run_and_timers_pass() {
    let service = Service::new();
    service.begin(1, "visit").await;
    service.tick().await;
    assert_eq!(service.state(1).await, "running");
    assert_eq!(service.tick().await, 0, "it waits");
    let seen = |payload| service.sagas.signal(context(), id(1), "seen", payload);
    seen(json!({"encounter": "e-1"}))
        .await
        .expect("it is awaited");
    seen(json!({"encounter": "e-2"}))
        .await
        .expect("heard before");
    let unknown = service
        .sagas
        .signal(context(), id(1), "sung", Value::Null)
        .await;
    assert_eq!(unknown.expect_err("no step").kind(), ErrorKind::NotFound);
    assert_eq!(service.tick().await, 1);
    let view = service.view(1).await;
    assert_eq!(view.steps[1].output, Some(json!({"encounter": "e-1"})));
    assert_eq!(view.steps[2].status, "delayed", "the pause runs");
    service.ground.pass(Duration::from_mins(10));
    service.tick().await;
    assert_eq!(service.state(1).await, "completed");
}

#[tokio::test]
async fn a_signal_that_does_not_come_in_time_turns_the_run() {
    let service = Service::new();
    service.begin(1, "visit").await;
    service.tick().await;
    service.ground.pass(Duration::from_hours(24));
    service.drive().await;
    let view = service.view(1).await;
    assert_eq!(view.state, "compensated");
    assert_eq!(view.reason.as_deref(), Some("seen: no signal came in time"));
}

#[tokio::test]
async fn a_cancelled_run_undoes_what_it_did() {
    let service = Service::new();
    let before = service.bank.picture();
    service.begin(1, "visit").await;
    service.tick().await;
    assert_ne!(service.bank.picture(), before);
    service
        .sagas
        .cancel(context(), id(1), "the patient called")
        .await
        .expect("no pivot");
    service.drive().await;
    assert_eq!(service.state(1).await, "compensated");
    assert_eq!(service.bank.picture(), before);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_does_not_answer_is_cut_off_at_its_limit() {
    struct Silent;

    #[async_trait::async_trait]
    impl medcover_workflow::saga::StepAction for Silent {
        async fn act(&self, _: &medcover_workflow::saga::StepCall<'_>) -> Outcome {
            std::future::pending().await
        }
    }
    let step = Step::without_undo("ask", "it only reads");
    let step = step.retry(medcover_workflow::Retry::NEVER);
    let definition = Definition::named("ask", 1)
        .step(step.attempt_limit(Duration::from_secs(3)))
        .build();
    let saga = medcover_workflow::saga::Saga::of(definition.expect("sound"));
    let saga = saga.action("ask", Silent).build().expect("whole");
    let registry = Registry::new().with(saga).expect("one");
    let service = Service::with(Bank::new(Bug::None), registry);
    service.begin(1, "ask").await;
    service.drive().await;
    let view = service.view(1).await;
    assert_eq!(view.state, "compensated");
    assert_eq!(
        view.reason.as_deref(),
        Some("ask: attempts used up: no answer within 3s")
    );
}

#[tokio::test]
async fn a_run_ends_on_the_version_it_began_with() {
    let service = Service::new();
    service.bank.fail("capture", down());
    service.begin(1, "transfer").await;
    service.tick().await;
    service.bank.mend();
    let shorter = Definition::named("transfer", 2).step(Step::compensated("hold"));
    let shorter = with_actions(&service.bank, shorter.build().expect("sound"));
    let both = Registry::new().with(transfer(&service.bank));
    let both = both.and_then(|it| it.with(shorter)).expect("two versions");
    let upgraded = Service {
        sagas: sagas(&service.ground, both),
        ..service
    };
    upgraded.drive().await;
    let view = upgraded.view(1).await;
    assert_eq!(
        (view.version, view.state, view.steps.len()),
        (1, "completed", 5)
    );
    upgraded.begin(2, "transfer").await;
    assert_eq!(upgraded.view(2).await.version, 2);
}

#[tokio::test]
async fn a_node_that_does_not_know_the_saga_leaves_it_to_one_that_does() {
    let service = Service::new();
    service.begin(1, "transfer").await;
    let stranger = sagas(&service.ground, Registry::new());
    for _ in 0..50 {
        stranger.worker("old").tick().await.expect("a tick");
        service.ground.pass(Duration::from_secs(11));
    }
    service.drive().await;
    assert_eq!(service.state(1).await, "completed");
}

#[tokio::test]
async fn a_node_that_cannot_read_the_log_of_a_run_leaves_it_to_one_that_can() {
    let service = Service::new();
    service.begin(1, "transfer").await;
    let (store, stream) = (
        &service.ground.store,
        StreamId::new(SAGA_STREAM, id(1).as_uuid()),
    );
    let at = store
        .version(TenantId::DEFAULT, &stream)
        .await
        .expect("known");
    let later = |kind: &'static str, schema| NewEvent {
        id: EventId::new(&*service.ground.clock, &*service.ground.rng),
        kind: kind.into(),
        schema,
        occurred_at: service.ground.clock.now(),
        payload: CanonicalJson::empty(),
    };
    for (number, entry) in [later("saga.completed", 2), later("saga.thought-over", 1)]
        .into_iter()
        .enumerate()
    {
        let version = at.plus(number as u64);
        let append = Append::new(context()).write(stream.clone(), version, [entry]);
        store
            .commit(append)
            .await
            .expect("a later version writes it");
        let mut tried = 0;
        for _ in 0..50 {
            tried += service.tick().await;
            service.ground.pass(Duration::from_secs(11));
        }
        assert!(tried > 10, "it is tried again and again: {tried}");
        let queued = store.messages(TenantId::DEFAULT, Sagas::QUEUE, 0, 10).await;
        assert_eq!(queued.expect("readable").len(), 1);
        let dead = store
            .dead_letters(TenantId::DEFAULT, Sagas::QUEUE, 0, 10)
            .await;
        assert_eq!(dead.expect("readable"), []);
    }
}

#[tokio::test]
async fn rows_say_what_the_log_says_and_follow_from_it_alone() {
    let service = Service::new();
    service
        .bank
        .fail("capture", Outcome::Refused("no".to_owned()));
    service.begin(1, "transfer").await;
    service.drive().await;
    let store = &service.ground.store;
    let key = [medcover_store::Value::Id(id(1).as_uuid())];
    let row = store
        .row(&RUNS, TenantId::DEFAULT, &key)
        .await
        .expect("readable");
    let row = row.expect("a row");
    assert_eq!(row.get("state").as_text(), Some("compensated"));
    assert_eq!(row.get("reason").as_text(), Some("capture: no"));
    let step = ["hold".into(), "backward".into()];
    let key: Vec<_> = key.into_iter().chain(step).collect();
    let row = store
        .row(&RUN_STEPS, TenantId::DEFAULT, &key)
        .await
        .expect("readable");
    assert_eq!(row.expect("a row").get("status").as_text(), Some("done"));
    let live = rows(&service).await;
    assert_eq!(live.len(), 7, "the run, four steps taken and two undone");
    rebuild(&**store, &SagaView).await.expect("rebuilt");
    assert_eq!(rows(&service).await, live);
}

/// Every row about the first run.
async fn rows(service: &Service) -> Vec<Row> {
    let (store, tenant) = (&service.ground.store, TenantId::DEFAULT);
    let runs = Select::first(&RUNS_BY_TIME, tenant, Vec::new(), limits::PAGE);
    let mut rows = store.select(&runs).await.expect("rows");
    for step in ["check", "hold", "reserve", "capture", "tell"] {
        for way in ["forward", "backward"] {
            let key = [id(1).as_uuid().into(), step.into(), way.into()];
            let row = store.row(&RUN_STEPS, tenant, &key).await;
            rows.extend(row.expect("readable"));
        }
    }
    rows
}

#[tokio::test]
async fn runs_are_listed_the_latest_first_in_pages() {
    let service = Service::new();
    for number in 1..=5 {
        let start = Start {
            key: None,
            ..start(number, "visit")
        };
        service
            .sagas
            .start(context(), start)
            .await
            .expect("it begins");
        service.ground.pass(Duration::from_secs(1));
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = service.sagas.runs(TenantId::DEFAULT, None, after, 2).await;
        let page = page.expect("a page");
        let ids = page.rows.iter().filter_map(|row| row.get("saga").as_id());
        seen.extend(ids.map(Uuid::as_u128));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let nobodys = service.sagas.run(context_of(9).tenant, id(1)).await;
    assert_eq!(
        nobodys.expect("readable"),
        None,
        "another tenant sees nothing"
    );
}

#[tokio::test]
async fn two_nodes_at_once_drive_a_run_to_one_end() {
    for seed in 0..20 {
        let service = Service::new();
        service.begin(1, "transfer").await;
        service.bank.fail("reserve", down());
        service.tick().await;
        service.bank.mend();
        // A wake-up from outside beside the timer's own: two messages for one run.
        let chance = SeededRng::new(seed);
        let wake = medcover_store::NewMessage {
            id: medcover_kernel::MessageId::new(&*service.ground.clock, &chance),
            queue: Sagas::QUEUE.into(),
            key: None,
            payload: CanonicalJson::of(&json!({"saga": id(1)})).expect("JSON"),
            not_before: None,
        };
        let append = Append::new(context()).send(wake);
        service.ground.store.commit(append).await.expect("sent");
        service
            .ground
            .pass(Duration::from_millis(chance.below(400)));
        let (one, other) = (service.sagas.worker("one"), service.sagas.worker("two"));
        let (one, other) = tokio::join!(one.tick(), other.tick());
        one.and(other).expect("two ticks");
        service.drive().await;
        assert_eq!(service.state(1).await, "completed");
        assert_eq!(service.bank.balance("payee"), 30);
    }
}
