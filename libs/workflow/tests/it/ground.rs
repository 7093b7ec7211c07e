//! What the tests stand on: a store in memory, time that is moved by hand or by tokio's paused timer, seeded chance.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Call, Clock, ManualClock, MessageId, Rng, SeededRng, ServiceName, TenantId, Timestamp,
};
use medcover_store::{
    Append, CanonicalJson, Column, ColumnKind, Context, Listing, MemoryStore, NewMessage, Schema,
    Select, Store, Table, Value,
};
use medcover_workflow::queue::WorkerConfig;
use uuid::Uuid;

pub(crate) const SERVICE: ServiceName = ServiceName::from_static("tests");

/// How often each message has had its effect.
pub(crate) static APPLIED: Table = Table {
    name: "applied",
    version: 1,
    key: &[Column::of("message", ColumnKind::Id)],
    columns: &[Column::of("times", ColumnKind::Integer)],
};
pub(crate) static APPLIED_BY_TIMES: Listing = Listing {
    name: "by_times",
    table: &APPLIED,
    equal: &[],
    order: "times",
};

pub(crate) fn schema() -> Schema {
    medcover_workflow::saga::schema(Schema::new()).table(&APPLIED, &[&APPLIED_BY_TIMES])
}

pub(crate) const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// A store, a clock moved by hand, and chance.
pub(crate) struct Ground {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) store: Arc<dyn Store>,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let store = MemoryStore::new(schema(), Arc::clone(&clock) as Arc<dyn Clock>);
        Self {
            clock,
            rng: Arc::new(SeededRng::new(7)),
            store: Arc::new(store),
        }
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

/// A clock that follows tokio's timer, so that under paused time both move together.
pub(crate) struct TimerClock(tokio::time::Instant);

impl TimerClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "under paused time tokio's clock is as repeatable as ours"
    )]
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for TimerClock {
    fn now(&self) -> Timestamp {
        START.plus(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

pub(crate) fn context() -> Context {
    Context::of(&Call::for_tests())
}

pub(crate) fn context_of(tenant: u128) -> Context {
    let tenant = TenantId::from_uuid(Uuid::from_u128(tenant));
    Context::of(&Call::for_tests().for_tenant(tenant))
}

pub(crate) fn message(number: u128, queue: &'static str) -> NewMessage {
    NewMessage {
        id: MessageId::from_uuid(Uuid::from_u128(number)),
        queue: queue.into(),
        key: None,
        payload: CanonicalJson::empty(),
        not_before: None,
    }
}

pub(crate) async fn send(store: &dyn Store, context: Context, messages: Vec<NewMessage>) {
    let mut append = Append::new(context);
    append.outbox = messages;
    store.commit(append).await.expect("a message is sent");
}

pub(crate) fn config(queue: &'static str) -> WorkerConfig {
    WorkerConfig::new(queue, "worker-1", SERVICE)
}

/// How many messages of a tenant had an effect, and the greatest number of times that one had.
pub(crate) async fn applied(store: &dyn Store, tenant: TenantId) -> (usize, i64) {
    let (mut count, mut most) = (0, 0);
    let mut after = None;
    loop {
        let limit = medcover_store::limits::PAGE;
        let select = Select {
            after,
            ..Select::first(&APPLIED_BY_TIMES, tenant, Vec::new(), limit)
        };
        let rows = store.select(&select).await.expect("rows");
        count += rows.len();
        let times = rows.iter().filter_map(|row| row.get("times").as_integer());
        most = times.copied().max().unwrap_or(0).max(most);
        match rows.last() {
            Some(last) if rows.len() == limit => after = Some(last.cursor(&APPLIED_BY_TIMES)),
            _ => return (count, most),
        }
    }
}

/// The row change by which a message notes that it had its effect once more.
pub(crate) fn note(tenant: TenantId, message: MessageId) -> medcover_store::RowChange {
    medcover_store::RowChange {
        tenant,
        table: &APPLIED,
        key: vec![Value::Id(message.as_uuid())],
        change: medcover_store::Change::Patch {
            set: Vec::new(),
            add: vec![("times", 1)],
        },
    }
}
