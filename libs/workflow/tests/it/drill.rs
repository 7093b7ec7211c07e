//! Many messages and many sagas, whose workers are killed again and again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, SagaId, Scopes, SeededRng, TenantId};
use medcover_store::{Delivery, MemoryStore, Store, limits};
use medcover_workflow::queue::{Failure, Handled, Handler, Worker, WorkerConfig};
use medcover_workflow::saga::{Registry, Sagas, Start};
use uuid::Uuid;

use crate::ground::{
    SERVICE, TimerClock, applied, config, context, context_of, message, schema, send,
};
use crate::queue::effect;
use crate::transfer::{Bank, transfer};

const QUEUE: &str = "drill";
const MESSAGES: u128 = 20_000;
const TENANTS: u128 = 4;

/// Takes up to 20 ms, so that a kill meets messages at every stage.
struct Slow;

#[async_trait]
impl Handler for Slow {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let time = delivery.id.as_uuid().as_u128() * 7 % 20;
        tokio::time::sleep(Duration::from_millis(time as u64)).await;
        Ok(effect(delivery).into())
    }
}

async fn fill(store: &dyn Store) {
    let page = (limits::COMMIT_ITEMS / 2) as u128;
    for first in (0..MESSAGES).step_by(page as usize) {
        let tenant = 1 + first / page % TENANTS;
        let numbers = first..(first + page).min(MESSAGES);
        let messages = numbers.map(|number| message(number + 1, QUEUE)).collect();
        send(store, context_of(tenant), messages).await;
    }
}

async fn is_empty(store: &dyn Store) -> bool {
    let depths = store.queues().await.expect("depths");
    depths.iter().all(|depth| depth.ready + depth.waiting == 0)
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_messages_under_kills_have_their_effect_once() {
    let clock: Arc<dyn Clock> = Arc::new(TimerClock::new());
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(schema(), Arc::clone(&clock)));
    fill(&*store).await;
    let worker = |number: u64| {
        let config = WorkerConfig {
            worker: format!("worker-{number}").into(),
            lease: Duration::from_secs(2),
            concurrency: 64,
            ..config(QUEUE)
        };
        let rng = Arc::new(SeededRng::new(number));
        Worker::new(
            Arc::clone(&store),
            Arc::clone(&clock),
            rng,
            Arc::new(Slow),
            config,
        )
    };
    let (mut started, mut kills) = (0, 0);
    let mut consumers = Vec::new();
    while !is_empty(&*store).await {
        while consumers.len() < 4 {
            started += 1;
            let worker = worker(started);
            consumers.push(tokio::spawn(async move {
                worker.run(std::future::pending()).await;
            }));
        }
        tokio::time::sleep(Duration::from_millis(137)).await;
        consumers.remove(0).abort();
        kills += 1;
    }
    assert!(kills > 5, "{kills} kills");
    let mut total = 0;
    for tenant in 1..=TENANTS {
        let tenant = TenantId::from_uuid(Uuid::from_u128(tenant));
        let (count, most) = applied(&*store, tenant).await;
        assert!(most <= 1, "a message had its effect {most} times");
        total += count;
    }
    assert_eq!(total as u128, MESSAGES);
}

const RUNS: u128 = 200;

fn run_id(number: u128) -> SagaId {
    SagaId::from_uuid(Uuid::from_u128(number))
}

/// How many runs ended in each state; a parked one is let go on.
async fn states(sagas: &Sagas) -> BTreeMap<&'static str, i64> {
    let mut states = BTreeMap::new();
    for number in 1..=RUNS {
        let id = run_id(number);
        let view = sagas.run(TenantId::DEFAULT, id).await;
        let state = view.expect("readable").expect("there").state;
        if state == "parked" {
            sagas.resume(context(), id, "again").await.expect("parked");
        }
        *states.entry(state).or_default() += 1;
    }
    states
}

#[tokio::test(start_paused = true)]
async fn sagas_on_nodes_that_are_killed_end_whole_or_undone() {
    let clock: Arc<dyn Clock> = Arc::new(TimerClock::new());
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(schema(), Arc::clone(&clock)));
    let bank = Bank::flaky(11);
    let node = |number: u64| {
        Sagas::new(
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::new(SeededRng::new(number)),
            Registry::new().with(transfer(&bank)).expect("one saga"),
            SERVICE,
            Scopes::all(),
        )
    };
    let people = node(1);
    for number in 1..=RUNS {
        let start = Start {
            saga: run_id(number),
            name: "transfer".to_owned(),
            input: serde_json::json!({"amount_minor": 1}),
            key: Some(number.to_string()),
        };
        people.start(context(), start).await.expect("it begins");
    }
    let mut nodes = Vec::new();
    let mut kills = 0;
    let mut ended = BTreeMap::new();
    while ended.get("completed").unwrap_or(&0) + ended.get("compensated").unwrap_or(&0)
        < RUNS as i64
    {
        while nodes.len() < 3 {
            let worker = node(100 + kills).worker(format!("node-{kills}"));
            nodes.push(tokio::spawn(async move {
                worker.run(std::future::pending()).await;
            }));
        }
        tokio::time::sleep(Duration::from_millis(733)).await;
        nodes.remove(0).abort();
        kills += 1;
        ended = states(&people).await;
    }
    assert!(kills > 20, "{kills} kills");
    let completed = ended["completed"];
    // How many of each depends on who runs when; both ends must come.
    assert!(completed > 50 && ended["compensated"] > 0, "{ended:?}");
    assert_eq!(bank.balance("payee"), completed);
    assert_eq!(bank.balance("payer"), 100 - completed);
    assert_eq!((bank.balance("held"), bank.balance("promised")), (0, 0));
}
