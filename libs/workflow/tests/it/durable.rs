//! What has to outlast the process, over SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, ManualClock, SagaId, Scopes, SeededRng, TenantId};
use medcover_store::{Delivery, SqliteOptions, SqliteStore, Store, limits};
use medcover_workflow::Outcome;
use medcover_workflow::queue::{Failure, Handled, Handler, Worker, WorkerConfig};
use medcover_workflow::saga::{Registry, Sagas, Start};
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::ground::{SERVICE, START, applied, config, context, context_of, message, schema, send};
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
