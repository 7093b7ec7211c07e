//! How fast a new subscriber catches up with a log, over SQLite.
//!
//! `cargo run --release -p medcover-workflow --example bus_rate -- 20000`
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{
    Call, Caller, Clock, CorrelationId, EventId, ServiceName, SystemClock, SystemRng,
};
use medcover_store::{
    Append, CanonicalJson, Context, NewEvent, Recorded, Schema, SqliteOptions, SqliteStore, Store,
    StreamId, Version,
};
use medcover_workflow::bus::{Subscriber, Subscription};
use medcover_workflow::queue::{Failure, WorkerConfig};
use tokio::sync::watch;
use uuid::Uuid;

const SERVICE: ServiceName = ServiceName::from_static("bus-rate");

/// Counts what it hears; the note that it was handled is its effect.
struct Counting(watch::Sender<u64>);

#[async_trait]
impl Subscriber for Counting {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        self.0.send_modify(|heard| *heard += 1);
        Ok(Append::new(Context::after(event, Caller::Service(SERVICE))))
    }
}

#[tokio::main]
async fn main() {
    let events = std::env::args().nth(1).and_then(|it| it.parse().ok());
    let events: u64 = events.unwrap_or(20_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let options = SqliteOptions::new(folder.path().join("bus.sqlite"));
    let store = SqliteStore::open(options, Schema::new(), Arc::clone(&clock)).await;
    let store: Arc<dyn Store> = Arc::new(store.expect("a new store"));
    let mut publishing = tokio::task::JoinSet::new();
    for number in 0..events {
        let (store, append) = (Arc::clone(&store), published(&*clock, number));
        publishing.spawn(async move { store.commit(append).await.expect("published") });
    }
    while publishing.join_next().await.is_some() {}

    let (heard, mut count) = watch::channel(0);
    let config = WorkerConfig {
        concurrency: 128,
        ..WorkerConfig::new("bus-rate", "worker", SERVICE)
    };
    let subscription = Subscription::of_log(
        store,
        Arc::clone(&clock),
        Arc::new(SystemRng),
        vec!["thing.*".parse().expect("a pattern")],
        Arc::new(Counting(heard)),
        config,
    );
    let begun = clock.elapsed();
    let all = async {
        let all = count.wait_for(|heard| *heard >= events).await;
        all.expect("the subscriber is there");
    };
    subscription.run(all).await;
    let time = clock.elapsed().saturating_sub(begun);
    let rate = events as f64 / time.as_secs_f64();
    println!("{events} events heard in {time:.1?}, {rate:.0} a second");
}

/// A thing of its own undertaking, as requests make them.
fn published(clock: &dyn Clock, number: u64) -> Append {
    let mut context = Context::of(&Call::for_tests());
    context.correlation = CorrelationId::new(clock, &SystemRng);
    let stream = StreamId::new("thing", Uuid::from_u128(u128::from(number)));
    let event = NewEvent {
        id: EventId::new(clock, &SystemRng),
        kind: "thing.made".into(),
        schema: 1,
        occurred_at: clock.now(),
        payload: CanonicalJson::empty(),
    };
    Append::new(context).write(stream, Version::NONE, [event])
}
