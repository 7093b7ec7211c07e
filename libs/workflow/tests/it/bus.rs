//! Events for others: by pattern, once in effect, in the order of their stream.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Caller, Clock, EventId, SeededRng, TenantId};
use medcover_store::{
    Append, CanonicalJson, Context, EventPayload, MemoryStore, NewEvent, Position, Recorded, Store,
    StreamId, Version,
};
use medcover_workflow::Retry;
use medcover_workflow::bus::{Pattern, Subscriber, Subscription};
use medcover_workflow::queue::{DeadLetters, Failure, WorkerConfig};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ground::{
    Ground, SERVICE, TimerClock, config, context, context_of, message, schema, send,
};

#[derive(Serialize, Deserialize)]
struct Paid {
    number: u64,
}

impl EventPayload for Paid {
    const KIND: &'static str = "payment.completed";
    const SCHEMA: u16 = 1;
}

/// Keeps a list of the numbers it heard, as events of its own stream; some numbers it cannot bear.
pub(crate) struct Ledger {
    poison: Option<u64>,
    store: Arc<dyn Store>,
    pub(crate) calls: Mutex<Vec<u64>>,
}

#[async_trait]
impl Subscriber for Ledger {
    async fn on(&self, recorded: &Recorded) -> Result<Append, Failure> {
        let paid: Paid = match recorded.event.read() {
            Some(read) => read.map_err(|error| Failure::reject(error.to_string()))?,
            None => Paid { number: 0 },
        };
        self.calls.lock().expect("no panic").push(paid.number);
        if Some(paid.number) == self.poison {
            return Err(Failure::retry("it cannot be borne"));
        }
        let context = Context::after(recorded, Caller::Service(SERVICE));
        let stream = entries();
        let version = self.store.version(context.tenant, &stream).await?;
        let heard = NewEvent {
            id: EventId::from_uuid(Uuid::new_v5(&recorded.event.id.as_uuid(), b"heard")),
            kind: "entry.added".into(),
            schema: 1,
            occurred_at: recorded.recorded_at,
            payload: CanonicalJson::of(&paid).expect("JSON"),
        };
        Ok(Append::new(context).write(stream, version, [heard]))
    }
}

fn entries() -> StreamId {
    StreamId::new("entries", Uuid::from_u128(1))
}

pub(crate) struct Heard {
    pub(crate) ground: Ground,
    pub(crate) ledger: Arc<Ledger>,
}

impl Heard {
    pub(crate) fn new(poison: Option<u64>) -> Self {
        let ground = Ground::new();
        let ledger = Arc::new(Ledger {
            poison,
            store: Arc::clone(&ground.store),
            calls: Mutex::default(),
        });
        Self { ground, ledger }
    }

    pub(crate) fn subscription(&self, patterns: &[&str]) -> Subscription {
        let patterns = patterns.iter().map(|it| it.parse().expect("a pattern"));
        let config = WorkerConfig {
            retry: Retry {
                attempts: 2,
                first: Duration::from_secs(1),
                cap: Duration::from_secs(1),
            },
            ..config("billing-entries")
        };
        Subscription::of_log(
            Arc::clone(&self.ground.store),
            self.ground.clock(),
            Arc::clone(&self.ground.rng),
            patterns.collect::<Vec<Pattern>>(),
            Arc::clone(&self.ledger) as Arc<dyn Subscriber>,
            config,
        )
    }

    pub(crate) async fn publish(
        &self,
        context: Context,
        stream: u128,
        kind: &'static str,
        numbers: &[u64],
    ) {
        publish(&*self.ground.store, context, stream, kind, numbers).await;
    }

    pub(crate) async fn entries(&self, tenant: TenantId) -> Vec<u64> {
        entries_of(&*self.ground.store, tenant).await
    }

    pub(crate) async fn drain(&self, subscription: &Subscription) {
        for _ in 0..20 {
            subscription.tick().await.expect("a tick");
            self.ground.pass(Duration::from_secs(2));
        }
    }
}

async fn publish(
    store: &dyn Store,
    context: Context,
    stream: u128,
    kind: &'static str,
    numbers: &[u64],
) {
    let stream = StreamId::new("payment", Uuid::from_u128(stream));
    let version = store
        .version(context.tenant, &stream)
        .await
        .expect("a version");
    let events = numbers.iter().map(|number| NewEvent {
        id: EventId::from_uuid(Uuid::new_v5(&stream.id, &number.to_be_bytes())),
        kind: kind.into(),
        schema: 1,
        occurred_at: crate::ground::START,
        payload: CanonicalJson::of(&Paid { number: *number }).expect("JSON"),
    });
    let append = Append::new(context).write(stream.clone(), version, events);
    store.commit(append).await.expect("published");
}

async fn entries_of(store: &dyn Store, tenant: TenantId) -> Vec<u64> {
    let entries = store.load(tenant, &entries(), Version::NONE).await;
    let entries = entries.expect("entries").into_iter();
    let numbers = entries.map(|entry| entry.event.payload.read::<Paid>().expect("JSON").number);
    numbers.collect()
}

#[tokio::test]
async fn a_subscriber_hears_what_its_patterns_mean_in_order_and_once() {
    let heard = Heard::new(None);
    let subscription = heard.subscription(&["payment.*"]);
    heard
        .publish(context(), 1, "payment.completed", &[1, 2])
        .await;
    heard.publish(context(), 2, "invoice.issued", &[3]).await;
    heard.publish(context(), 1, "payment.failed", &[4]).await;
    heard.drain(&subscription).await;
    heard.drain(&subscription).await;
    // Its own entries are in the same log, and are not meant.
    assert_eq!(heard.entries(TenantId::DEFAULT).await, [1, 2, 0]);
    let log = heard
        .ground
        .store
        .read_log(Position::NONE, 100)
        .await
        .expect("log");
    let caused = log.iter().filter(|it| it.event.kind == "entry.added");
    for (entry, cause) in caused.zip([1, 2, 4]) {
        let cause = Uuid::new_v5(&Uuid::from_u128(1), &u64::to_be_bytes(cause));
        assert_eq!(entry.event.causation, Some(EventId::from_uuid(cause)));
        assert_eq!(entry.event.correlation, context().correlation);
    }
}

#[tokio::test]
async fn a_poison_event_is_set_aside_holding_up_its_own_stream_only() {
    let heard = Heard::new(Some(2));
    let subscription = heard.subscription(&["payment.completed"]);
    heard
        .publish(context(), 1, "payment.completed", &[1, 2, 3])
        .await;
    heard
        .publish(context(), 5, "payment.completed", &[10, 11])
        .await;
    subscription.tick().await.expect("a tick");
    subscription.tick().await.expect("a tick");
    subscription.tick().await.expect("a tick");
    let mut soon = heard.entries(TenantId::DEFAULT).await;
    soon.sort_unstable();
    assert_eq!(soon, [1, 10, 11], "others go on at once");
    heard.drain(&subscription).await;
    let mut late = heard.entries(TenantId::DEFAULT).await;
    late.sort_unstable();
    assert_eq!(late, [1, 3, 10, 11], "and its own stream afterwards");
    let letters = DeadLetters::new(Arc::clone(&heard.ground.store));
    let page = letters
        .list(TenantId::DEFAULT, "billing-entries", 0, 10)
        .await;
    let page = page.expect("a page");
    assert_eq!(page.letters.len(), 1);
    assert_eq!(
        page.letters[0].reason,
        "attempts used up: it cannot be borne"
    );
}

#[tokio::test]
async fn two_nodes_relay_and_handle_each_event_once_in_effect() {
    let heard = Heard::new(None);
    for number in 1..=20 {
        let stream = 1 + u128::from(number % 3);
        heard
            .publish(context_of(stream), stream, "payment.completed", &[number])
            .await;
    }
    let node = || heard.subscription(&["payment.*"]);
    let (one, other) = (node(), node());
    for _ in 0..30 {
        let (one, other) = tokio::join!(one.tick(), other.tick());
        one.and(other).expect("two ticks");
    }
    let mut all = Vec::new();
    for tenant in 1..=3 {
        let tenant = TenantId::from_uuid(Uuid::from_u128(tenant));
        let numbers = heard.entries(tenant).await;
        assert!(numbers.is_sorted(), "the order of the stream: {numbers:?}");
        all.extend(numbers);
    }
    all.sort_unstable();
    assert_eq!(all, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_event_that_is_relayed_again_has_its_effect_once() {
    let heard = Heard::new(None);
    let subscription = heard.subscription(&["payment.*"]);
    heard.publish(context(), 1, "payment.completed", &[1]).await;
    heard.drain(&subscription).await;
    let mut again = message(77, "billing-entries");
    let pointer = serde_json::json!({"position": 1, "kind": "payment.completed"});
    again.payload = CanonicalJson::of(&pointer).expect("JSON");
    send(&*heard.ground.store, context(), vec![again]).await;
    heard.drain(&subscription).await;
    let calls = heard.ledger.calls.lock().expect("no panic").clone();
    assert_eq!(calls, [1, 1], "it was heard twice");
    assert_eq!(heard.entries(TenantId::DEFAULT).await, [1]);
    let depths = heard.ground.store.queues().await.expect("depths");
    assert!(depths.iter().all(|it| it.ready + it.waiting + it.dead == 0));
}

#[tokio::test]
async fn a_new_subscriber_hears_the_log_from_its_start() {
    let heard = Heard::new(None);
    let numbers: Vec<u64> = (1..=50).collect();
    heard
        .publish(context(), 1, "payment.completed", &numbers)
        .await;
    let subscription = heard.subscription(&["*.completed"]);
    for _ in 0..60 {
        subscription.tick().await.expect("a tick");
    }
    assert_eq!(heard.entries(TenantId::DEFAULT).await, numbers);
    assert_eq!(heard.ledger.calls.lock().expect("no panic").len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_running_subscription_hears_at_once_and_stops_when_told() {
    let clock: Arc<dyn Clock> = Arc::new(TimerClock::new());
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(schema(), Arc::clone(&clock)));
    let ledger = Arc::new(Ledger {
        poison: None,
        store: Arc::clone(&store),
        calls: Mutex::default(),
    });
    let subscription = Subscription::of_log(
        Arc::clone(&store),
        Arc::clone(&clock),
        Arc::new(SeededRng::new(1)),
        vec!["payment.*".parse().expect("a pattern")],
        ledger,
        config("running"),
    );
    let publishing = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        publish(&*store, context(), 1, "payment.completed", &[1]).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(entries_of(&*store, TenantId::DEFAULT).await, [1]);
    };
    subscription.run(publishing).await;
    assert!(
        clock.elapsed() < Duration::from_secs(1),
        "it waits for nothing"
    );
}
