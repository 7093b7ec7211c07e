//! What has to outlast the process, over SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{
    Caller, Clock, CorrelationId, EventId, ManualClock, MessageId, SagaId, Scopes, SeededRng,
    TenantId,
};
use medcover_store::{
    Append, CanonicalJson, Context, Delivery, NewEvent, Recorded, SqliteOptions, SqliteStore,
    Store, StreamId, Version, limits,
};
use medcover_workflow::Outcome;
use medcover_workflow::bus::{Subscriber, Subscription};
use medcover_workflow::queue::{Failure, Handled, Handler, Worker, WorkerConfig};
use medcover_workflow::saga::{Registry, Sagas, Start};
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::ground::{
    SERVICE, START, applied, config, context, context_of, message, note, schema, send,
};
use crate::queue::effect;
use crate::transfer::{Bank, Bug, transfer};

async fn open(folder: &Path, clock: &Arc<ManualClock>) -> SqliteStore {
    let options = SqliteOptions::new(folder.join("store.sqlite"));
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let store = SqliteStore::open(options, schema(), clock).await;
    store.expect("a store in an empty folder")
}

async fn close(store: Arc<SqliteStore>) {
    let store = Arc::into_inner(store).expect("nobody else has it");
    store.close().await;
}

fn sagas(store: &Arc<SqliteStore>, clock: &Arc<ManualClock>, bank: &Arc<Bank>) -> Sagas {
    Sagas::new(
        Arc::clone(store) as Arc<dyn Store>,
        Arc::clone(clock) as Arc<dyn Clock>,
        Arc::new(SeededRng::new(5)),
        Registry::new().with(transfer(bank)).expect("one saga"),
        SERVICE,
        Scopes::all(),
    )
}

#[tokio::test]
async fn a_run_goes_on_where_it_stood_when_the_process_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(START));
    let bank = Bank::new(Bug::None);
    bank.fail("capture", Outcome::Failed("the bank is closed".to_owned()));
    let saga = SagaId::from_uuid(Uuid::from_u128(1));
    let start = Start {
        saga,
        name: "transfer".to_owned(),
        input: json!({"amount_minor": 30}),
        key: None,
    };

    let store = Arc::new(open(folder.path(), &clock).await);
    let first = sagas(&store, &clock, &bank);
    first.start(context(), start).await.expect("it begins");
    first.worker("first").tick().await.expect("a tick");
    drop(first);
    close(store).await;

    bank.mend();
    clock.advance(Duration::from_mins(1));
    let store = Arc::new(open(folder.path(), &clock).await);
    let second = sagas(&store, &clock, &bank);
    assert_eq!(second.worker("second").tick().await.expect("a tick"), 1);
    let view = second.run(TenantId::DEFAULT, saga).await;
    assert_eq!(view.expect("readable").expect("there").state, "completed");
    assert_eq!(bank.balance("payee"), 30);
    assert_eq!(
        bank.asked(),
        ["check", "hold", "reserve", "capture", "capture", "tell"]
    );
}

const QUEUE: &str = "durable";
const MESSAGES: u128 = 4_000;
const LEASE: Duration = Duration::from_secs(30);

/// Counts the attempts, and hands them to whoever wants to know.
struct Counting(watch::Sender<u32>);

#[async_trait]
impl Handler for Counting {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        self.0.send_modify(|attempts| *attempts += 1);
        tokio::task::yield_now().await;
        Ok(effect(delivery).into())
    }
}

#[tokio::test]
async fn messages_of_killed_workers_have_their_effect_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(START));
    let store: Arc<dyn Store> = Arc::new(open(folder.path(), &clock).await);
    for first in (0..MESSAGES).step_by(limits::COMMIT_ITEMS / 2) {
        let last = first + limits::COMMIT_ITEMS as u128 / 2;
        let messages = (first..last).map(|number| message(number + 1, QUEUE));
        send(&*store, context_of(1), messages.collect()).await;
    }
    let (attempts, mut made) = watch::channel(0);
    let handler = Arc::new(Counting(attempts));
    let worker = |number: u64| {
        let config = WorkerConfig {
            worker: format!("worker-{number}").into(),
            lease: LEASE,
            concurrency: 64,
            look_every: Duration::from_millis(20),
            ..config(QUEUE)
        };
        Worker::new(
            Arc::clone(&store),
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::new(SeededRng::new(number)),
            Arc::clone(&handler) as Arc<dyn Handler>,
            config,
        )
    };
    let mut kills = 0;
    let tenant = context_of(1).tenant;
    while applied(&*store, tenant).await.0 < MESSAGES as usize {
        let (doomed, other) = (worker(kills), worker(1_000 + kills));
        let doomed = tokio::spawn(async move { doomed.run(std::future::pending()).await });
        let enough = *made.borrow_and_update() + 300;
        let some = async {
            // Near the end there may be fewer left; a look at the rows then decides.
            let wait = made.wait_for(|made| *made >= enough);
            let _ = tokio::time::timeout(Duration::from_millis(300), wait).await;
        };
        other.run(some).await;
        doomed.abort();
        kills += 1;
        // What the killed one held is free again; what others hold is, too, and they are told when they come late.
        clock.advance(LEASE + Duration::from_secs(1));
    }
    assert!(kills > 5, "{kills} kills");
    assert_eq!(applied(&*store, tenant).await, (MESSAGES as usize, 1));
}

/// Notes each event it hears, by its id.
struct Noting(watch::Sender<u64>);

#[async_trait]
impl Subscriber for Noting {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        self.0.send_modify(|heard| *heard += 1);
        let id = MessageId::from_uuid(event.event.id.as_uuid());
        let context = Context::after(event, Caller::Service(SERVICE));
        Ok(Append::new(context).row(note(event.event.tenant, id)))
    }
}

#[tokio::test]
async fn events_relayed_by_two_nodes_at_once_have_their_effect_once() {
    const EVENTS: u64 = 1_000;
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(START));
    let store: Arc<dyn Store> = Arc::new(open(folder.path(), &clock).await);
    let rng = Arc::new(SeededRng::new(4));
    for number in 0..EVENTS {
        let mut context = context_of(1 + u128::from(number / 7 % 3));
        context.correlation = CorrelationId::new(&*clock, &*rng);
        let event = NewEvent {
            id: EventId::new(&*clock, &*rng),
            kind: "payment.completed".into(),
            schema: 1,
            occurred_at: START,
            payload: CanonicalJson::empty(),
        };
        let stream = StreamId::new("payment", Uuid::from_u128(u128::from(number)));
        let append = Append::new(context).write(stream, Version::NONE, [event]);
        store.commit(append).await.expect("published");
    }
    let (heard, mut count) = watch::channel(0);
    let subscriber = Arc::new(Noting(heard));
    let node = |number: u64| {
        let config = WorkerConfig {
            worker: format!("node-{number}").into(),
            look_every: Duration::from_millis(20),
            ..config("noting")
        };
        Subscription::of_log(
            Arc::clone(&store),
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::new(SeededRng::new(number)),
            vec!["payment.*".parse().expect("a pattern")],
            Arc::clone(&subscriber) as Arc<dyn Subscriber>,
            config,
        )
    };
    let (one, other) = (node(1), node(2));
    let mut also = count.clone();
    tokio::join!(
        one.run(async {
            count
                .wait_for(|heard| *heard >= EVENTS)
                .await
                .expect("it hears");
        }),
        other.run(async {
            also.wait_for(|heard| *heard >= EVENTS)
                .await
                .expect("it hears");
        }),
    );
    let mut total = 0;
    for tenant in 1..=3 {
        let (count, most) = applied(&*store, context_of(tenant).tenant).await;
        assert_eq!(most, 1);
        total += count as u64;
    }
    assert_eq!(total, EVENTS);
}
