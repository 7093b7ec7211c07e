//! The engines answer alike, whatever is asked of them.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Call, Caller, CorrelationId, EventId, ManualClock, MessageId, Rng, SeededRng, TenantId,
    Timestamp,
};
use medcover_store::{
    Answer, AnswerScope, Append, AuditEntry, AuditOutcome, CanonicalJson, Change, Claim, Column,
    ColumnKind, Context, DeadLetterChange, Delivery, Event, Listing, MemoryStore, NewEvent,
    NewMessage, Outcome, Position, PostgresOptions, PostgresStore, Projection, RowChange, Schema,
    Select, SqliteOptions, SqliteStore, Store, StreamId, Table, Value, Version, conformance,
};
use medcover_testkit::PostgresServer;
use serde_json::json;
use uuid::Uuid;

const SEEDS: u64 = 12;
const STEPS: usize = 150;

static ITEMS: Table = Table {
    name: "item",
    version: 1,
    key: &[Column::of("id", ColumnKind::Integer)],
    columns: &[
        Column::of("name", ColumnKind::Text),
        Column::of("stock", ColumnKind::Integer),
        Column::maybe("seen_at", ColumnKind::Timestamp),
    ],
};

static BY_NAME: Listing = Listing {
    name: "name",
    table: &ITEMS,
    equal: &[],
    order: "name",
};

/// Chooses what happens next; equal seeds choose alike.
struct Chance {
    rng: SeededRng,
    /// What has been claimed and may be settled, rightly or not.
    held: Vec<Delivery>,
}

impl Chance {
    fn below(&self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    fn id(&self, bound: u64) -> Uuid {
        Uuid::from_u128(u128::from(self.below(bound)) + 1)
    }

    fn tenant(&self) -> TenantId {
        TenantId::from_uuid(self.id(3))
    }

    fn append(&self) -> Append {
        let tenant = self.tenant();
        let mut append = Append::new(Context {
            tenant,
            correlation: CorrelationId::from_uuid(self.id(9)),
            ..Context::of(&Call::for_tests())
        });
        if self.below(2) == 0 {
            let stream = StreamId::new("item", self.id(4));
            let events = (0..=self.below(2)).map(|_| NewEvent {
                id: EventId::from_uuid(self.id(u64::MAX)),
                kind: "item.counted".into(),
                schema: 1,
                occurred_at: Timestamp::from_micros(7),
                payload: CanonicalJson::of(&json!({"text": "Ωé\u{1}\"'", "by": 3})).expect("whole"),
            });
            append = append.write(stream, Version::new(self.below(5)), events);
        }
        for _ in 0..self.below(3) {
            append = append.row(self.row(tenant));
        }
        if self.below(3) == 0 {
            append = append.send(self.message());
        }
        if self.below(6) == 0 {
            append = append.handled("view", EventId::from_uuid(self.id(5)));
        }
        if self.below(6) == 0 {
            let (scope, answer) = self.answer(tenant);
            append = append.answer(scope, answer);
        }
        if self.below(3) == 0 {
            append = append.audit(self.entry());
        }
        if self.below(8) == 0 {
            let id = MessageId::from_uuid(self.id(30));
            append.dead_letters = vec![DeadLetterChange::Replay(id)];
        }
        append
    }

    fn row(&self, tenant: TenantId) -> RowChange {
        let names = ["b", "B", "ä", "", "a b", "李", "🩺", "'--"];
        let change = match self.below(4) {
            0 => Change::Delete,
            1 => Change::Patch {
                set: vec![("seen_at", Timestamp::from_micros(3).into())],
                add: vec![("stock", 2)],
            },
            _ => Change::Put(vec![
                names[self.below(8) as usize].into(),
                Value::Integer(4),
                Value::Null,
            ]),
        };
        RowChange {
            tenant,
            table: &ITEMS,
            key: vec![Value::Integer(self.below(12).cast_signed())],
            change,
        }
    }

    fn message(&self) -> NewMessage {
        NewMessage {
            id: MessageId::from_uuid(self.id(30)),
            queue: ["mail", "fax"][self.below(2) as usize].into(),
            key: (self.below(2) == 0).then(|| self.below(3).to_string()),
            payload: CanonicalJson::empty(),
            not_before: None,
        }
    }

    fn answer(&self, tenant: TenantId) -> (AnswerScope, Answer) {
        let scope = AnswerScope {
            tenant,
            caller: Caller::Operator,
            route: "POST /".into(),
            key: self.below(5).to_string().parse().expect("a key"),
        };
        let answer = Answer {
            fingerprint: [1; 32],
            status: 200,
            body: CanonicalJson::empty(),
        };
        (scope, answer)
    }

    fn entry(&self) -> AuditEntry {
        AuditEntry {
            action: "item.read".into(),
            subject: format!("item/{}", self.below(9)),
            data_subject: (self.below(2) == 0).then(|| self.id(4)),
            outcome: AuditOutcome::Refused,
            details: CanonicalJson::empty(),
        }
    }

    fn settlement(&mut self, now: Timestamp) -> Option<Append> {
        let at = self.below(self.held.len() as u64 + 1) as usize;
        // Some are settled again later, when it is no longer theirs to do.
        let delivery = self.held.get(at)?.clone();
        let at = now.plus(Duration::from_secs(self.below(20)));
        let reason = "failed".to_owned();
        let outcome = match self.below(5) {
            0 => Outcome::Retry { at, reason },
            1 => Outcome::Dead { reason },
            2 => Outcome::Extended { until: at },
            _ => Outcome::Done,
        };
        let append = Append::new(delivery.context.clone());
        Some(append.settle(delivery.settled(outcome)))
    }
}

/// Does and asks the same of a store as of every other with this seed; returns all that it said.
async fn story(store: &dyn Store, clock: &ManualClock, seed: u64) -> Vec<String> {
    use medcover_kernel::Clock as _;
    let mut chance = Chance {
        rng: SeededRng::new(seed),
        held: Vec::new(),
    };
    let mut said = Vec::new();
    for _ in 0..STEPS {
        match chance.below(10) {
            0 => clock.advance(Duration::from_secs(chance.below(40))),
            1 | 2 => {
                let claim = Claim {
                    queue: ["mail", "fax"][chance.below(2) as usize].into(),
                    worker: "w".into(),
                    lease: Duration::from_secs(30),
                    max: 1 + chance.below(5) as usize,
                };
                let claimed = store.claim(claim).await.expect("a claim");
                said.push(format!("{claimed:?}"));
                chance.held.extend(claimed);
            }
            3 => {
                if let Some(append) = chance.settlement(clock.now()) {
                    said.push(format!("{:?}", store.commit(append).await));
                }
            }
            _ => said.push(format!("{:?}", store.commit(chance.append()).await)),
        }
    }
    said.extend(everything(store).await);
    said
}

async fn everything(store: &dyn Store) -> Vec<String> {
    let mut said = vec![
        format!("{:?}", store.read_log(Position::NONE, 1_000).await),
        format!("{:?}", store.queues().await),
    ];
    for tenant in (1..=3).map(|number| TenantId::from_uuid(Uuid::from_u128(number))) {
        for descending in [false, true] {
            let select = Select {
                descending,
                ..Select::first(&BY_NAME, tenant, vec![], 100)
            };
            said.push(format!("{:?}", store.select(&select).await));
        }
        for queue in ["mail", "fax"] {
            said.push(format!("{:?}", store.messages(tenant, queue, 0, 100).await));
            said.push(format!(
                "{:?}",
                store.dead_letters(tenant, queue, 0, 100).await
            ));
        }
        for partition in 0..4 {
            said.push(format!(
                "{:?}",
                store.audit(tenant, partition, 0, 500).await
            ));
        }
        for person in 1..=4 {
            let person = Uuid::from_u128(person);
            said.push(format!(
                "{:?}",
                store.disclosures(tenant, person, 0, 500).await
            ));
        }
    }
    let report = store.verify_audit().await.expect("a report");
    assert_eq!(report.faults, []);
    said.push(format!("{:?}", (report.chains, report.records)));
    said
}

fn schema() -> Schema {
    Schema::new().table(&ITEMS, &[&BY_NAME])
}

/// Says whose rows they are. In this story commits write them without any event.
struct Items;

impl Projection for Items {
    fn name(&self) -> &'static str {
        "items"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&ITEMS];
        &TABLES
    }

    fn apply(&self, _: &Event) -> Vec<RowChange> {
        Vec::new()
    }
}

/// What memory says to the story with this seed is what `store` says to it, whose time is `clock`.
async fn compare(seed: u64, store: &dyn Store, clock: &ManualClock) {
    let own = conformance::clock();
    let memory = MemoryStore::new(schema(), Arc::clone(&own) as _);
    let expected = story(&memory, &own, seed).await;
    let found = story(store, clock, seed).await;
    assert_eq!(expected.len(), found.len());
    for (at, (expected, found)) in expected.iter().zip(&found).enumerate() {
        assert_eq!(expected, found, "seed {seed}, answer {at}");
    }
}

#[tokio::test]
async fn memory_and_sqlite_say_the_same_to_the_same_story() {
    for seed in 0..SEEDS {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteOptions::new(folder.path().join("s.db"));
        let clock = conformance::clock();
        let sqlite = SqliteStore::open(options, schema(), Arc::clone(&clock) as _).await;
        compare(seed, &sqlite.expect("it opens"), &clock).await;
    }
}

#[tokio::test]
async fn memory_and_postgres_say_the_same_to_the_same_story() {
    let server = PostgresServer::start().expect("it starts");
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..SEEDS {
        // The second time as one of several versions of a program may have its tables.
        for schema in [schema(), schema().projected_by(&[&Items])] {
            let name = format!("s_{seed}_{}", schema.projections.len());
            let anchors = folder.path().join(&name);
            let options = PostgresOptions::new(server.url(), name, anchors);
            let clock = conformance::clock();
            let postgres = PostgresStore::open(options, schema, Arc::clone(&clock) as _).await;
            compare(seed, &postgres.expect("it opens"), &clock).await;
        }
    }
}
