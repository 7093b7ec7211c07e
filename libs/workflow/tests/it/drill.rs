//! Many messages through one group whose consumers are killed again and again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, SeededRng, TenantId};
use medcover_store::{Delivery, MemoryStore, Store, limits};
use medcover_workflow::queue::{Failure, Handled, Handler, Worker, WorkerConfig};
use uuid::Uuid;

use crate::ground::{TimerClock, applied, config, context_of, message, schema, send};
use crate::queue::effect;

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
