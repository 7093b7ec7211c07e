//! Two versions of a program on one schema: each has the rows that it knows, and neither is ever shown less than was
//! acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use medcover_kernel::{EventId, ManualClock, TenantId, Timestamp};
use medcover_store::{
    Append, CanonicalJson, Change, Column, ColumnKind, CommitError, Event, Listing, NewEvent,
    Position, PostgresOptions, PostgresStore, Projection, Recorded, Row, RowChange, Schema, Select,
    Store, StreamId, Table, Value, Version, catch_up, conformance, limits,
};
use uuid::Uuid;

use crate::outages::status;
use crate::postgres::{Postgres, append};
use crate::replicas::{Replicated, all_fit};

const KEY: &[Column] = &[Column::of("id", ColumnKind::Id)];
const TENANT: TenantId = TenantId::DEFAULT;

static OLD_ITEMS: Table = Table {
    name: "item",
    version: 1,
    key: KEY,
    columns: &[Column::of("count", ColumnKind::Integer)],
};
static NEW_ITEMS: Table = Table {
    name: "item",
    version: 2,
    key: KEY,
    columns: &[
        Column::of("count", ColumnKind::Integer),
        Column::of("twice", ColumnKind::Integer),
    ],
};
static SUMS: Table = Table {
    name: "sum",
    version: 1,
    key: &[Column::of("of", ColumnKind::Text)],
    columns: &[Column::of("count", ColumnKind::Integer)],
};
static OLD_BY_COUNT: Listing = Listing {
    name: "count",
    table: &OLD_ITEMS,
    equal: &[],
    order: "count",
};
static NEW_BY_COUNT: Listing = Listing {
    name: "count",
    table: &NEW_ITEMS,
    equal: &[],
    order: "count",
};

/// The rows of items, in the commit: one of the two tables.
struct Items(&'static [&'static Table]);

/// How often was counted at all, beside the log.
struct Sums;

impl Projection for Items {
    fn name(&self) -> &'static str {
        "items"
    }

    fn tables(&self) -> &'static [&'static Table] {
        self.0
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let table = self.0[0];
        let change = if event.version == Version::new(1) {
            Change::Put(vec![Value::Integer(0); table.columns.len()])
        } else {
            let add = [("count", 1), ("twice", 2)];
            Change::Patch {
                set: Vec::new(),
                add: add[..table.columns.len()].to_vec(),
            }
        };
        let key = vec![event.stream.id.into()];
        vec![row_change(table, key, change)]
    }
}

impl Projection for Sums {
    fn name(&self) -> &'static str {
        "sums"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&SUMS];
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let add = i64::from(event.version > Version::new(1));
        let change = Change::Patch {
            set: Vec::new(),
            add: vec![("count", add)],
        };
        vec![row_change(&SUMS, vec!["all".into()], change)]
    }

    fn follows(&self) -> bool {
        true
    }
}

fn row_change(table: &'static Table, key: Vec<Value>, change: Change) -> RowChange {
    RowChange {
        tenant: TENANT,
        table,
        key,
        change,
    }
}

/// What one version of the program knows.
struct Known {
    table: &'static Table,
    listing: &'static Listing,
    items: &'static Items,
}

static OLD: Known = Known {
    table: &OLD_ITEMS,
    listing: &OLD_BY_COUNT,
    items: &Items(&[&OLD_ITEMS]),
};
static NEW: Known = Known {
    table: &NEW_ITEMS,
    listing: &NEW_BY_COUNT,
    items: &Items(&[&NEW_ITEMS]),
};

impl Known {
    /// As a program from before tables stood side by side has it.
    fn alone(&self) -> Schema {
        let schema = Schema::new().table(self.table, &[self.listing]);
        schema.table(&SUMS, &[])
    }

    fn schema(&self) -> Schema {
        self.alone().projected_by(&[self.items, &Sums])
    }
}

/// A process of one version.
struct Program {
    known: &'static Known,
    store: PostgresStore,
    /// Numbers of events, different in each process.
    events: AtomicU64,
}

impl Program {
    async fn open(of: (&Postgres, &str), number: usize, known: &'static Known) -> Self {
        Self::open_at(of, number, known, conformance::clock()).await
    }

    async fn open_at(
        (postgres, schema): (&Postgres, &str),
        number: usize,
        known: &'static Known,
        clock: Arc<ManualClock>,
    ) -> Self {
        Self::with(postgres.options(schema, number), number, known, clock).await
    }

    async fn with(
        options: PostgresOptions,
        number: usize,
        known: &'static Known,
        clock: Arc<ManualClock>,
    ) -> Self {
        let store = PostgresStore::open(options, known.schema(), clock).await;
        Self {
            known,
            store: store.expect("it opens"),
            events: AtomicU64::new(u64::try_from(number).expect("few") << 32),
        }
    }

    fn event(&self) -> NewEvent {
        let number = self.events.fetch_add(1, Ordering::Relaxed);
        NewEvent {
            id: EventId::from_uuid(Uuid::from_u128(u128::from(number))),
            kind: "item.counted".into(),
            schema: 1,
            occurred_at: Timestamp::from_micros(0),
            payload: CanonicalJson::empty(),
        }
    }

    /// Makes an item at its first event, and counts it with every other.
    async fn count(&self, item: u128, times: usize) {
        let stream = stream(item);
        for _ in 0..1_000 {
            let at = self.store.version(TENANT, &stream).await.expect("known");
            let events = (0..times).map(|_| self.event());
            let append = append().write(stream.clone(), at, events);
            match self.store.commit(append.project(self.known.items)).await {
                Ok(_) => return,
                Err(CommitError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        panic!("somebody else was always faster");
    }

    /// The columns of an item, but for its key.
    async fn item(&self, item: u128) -> Vec<i64> {
        let key = [stream(item).id.into()];
        let row = self.store.row(self.known.table, TENANT, &key).await;
        numbers(&row.expect("readable").expect("it is there"))
    }

    /// All items by their ids.
    async fn items(&self) -> BTreeMap<Value, Vec<i64>> {
        let select = Select::first(self.known.listing, TENANT, Vec::new(), limits::PAGE);
        let rows = self.store.select(&select).await.expect("readable");
        let in_order = rows.is_sorted_by_key(|row| row.get("count").clone());
        assert!(in_order, "{rows:?}");
        let rows = rows.iter();
        rows.map(|row| (row.get("id").clone(), numbers(row)))
            .collect()
    }

    /// How often was counted at all.
    async fn sum(&self) -> i64 {
        let projections: [&dyn Projection; 2] = [self.known.items, &Sums];
        catch_up(&self.store, &projections).await.expect("a step");
        let row = self.store.row(&SUMS, TENANT, &["all".into()]).await;
        numbers(&row.expect("readable").expect("it is there"))[0]
    }
}

fn stream(item: u128) -> StreamId {
    StreamId::new("item", Uuid::from_u128(item))
}

fn numbers(row: &Row) -> Vec<i64> {
    let values = row.values.iter().filter_map(Value::as_integer);
    values.copied().collect()
}

async fn log_of(store: &dyn Store) -> Vec<Recorded> {
    let (mut log, mut after) = (Vec::new(), Position::NONE);
    loop {
        let page = store.read_log(after, limits::PAGE).await.expect("readable");
        let Some(last) = page.last() else { return log };
        after = last.position;
        log.extend(page);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_version_shows_at_once_what_the_other_has_written() {
    let postgres = Postgres::new();
    let here = (&postgres, "bank");
    let old = Program::open(here, 1, &OLD).await;
    old.count(1, 4).await;
    let new = Program::open(here, 2, &NEW).await;
    assert_eq!(new.item(1).await, [3, 6]);
    for step in 4..24 {
        let (writes, reads) = if step % 2 == 0 {
            (&old, &new)
        } else {
            (&new, &old)
        };
        writes.count(1, 1).await;
        writes.count(u128::try_from(step).expect("small"), 1).await;
        let all = [step, 2 * step];
        assert_eq!(reads.item(1).await, all[..reads.known.table.columns.len()]);
        assert_eq!(
            reads.items().await.len(),
            usize::try_from(step - 2).expect("small")
        );
        assert_eq!((old.sum().await, new.sum().await), (step, step));
    }
    assert_eq!(
        old.store.incomplete().await.expect("tables"),
        [] as [&Table; 0]
    );
    let refused = old.store.clear(&[&OLD_ITEMS], "items").await;
    assert!(refused.is_err(), "they follow the log by themselves");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_silent_for_long_decides_on_rows_that_know_of_all() {
    let postgres = Postgres::new();
    let here = (&postgres, "bank");
    let (old, new) = (
        Program::open(here, 1, &OLD).await,
        Program::open(here, 2, &NEW).await,
    );
    old.count(1, 1).await;
    let many = limits::CAUGHT_UP + 200;
    new.count(1, many).await;
    old.count(1, 1).await;
    let all = i64::try_from(many).expect("small") + 1;
    assert_eq!(old.item(1).await, [all]);
    assert_eq!(new.item(1).await, [all, 2 * all]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_is_made_while_the_old_one_writes_and_is_as_if_it_had_been_alone() {
    let postgres = Postgres::new();
    let here = (&postgres, "bank");
    let old = Program::open(here, 1, &OLD).await;
    for item in 1..=4 {
        old.count(item, 300).await;
    }
    let made = AtomicBool::new(false);
    let writing = async {
        let mut counted = 0;
        while !made.load(Ordering::Relaxed) {
            old.count(5, 1).await;
            counted += 1;
        }
        counted
    };
    let opening = async {
        let new = Program::open(here, 2, &NEW).await;
        new.store.catch_up().await.expect("it comes up");
        made.store(true, Ordering::Relaxed);
        new
    };
    let (counted, new) = tokio::join!(writing, opening);
    assert!(counted > 0, "nothing was written meanwhile");
    // Now both write to the same things, and to others.
    tokio::join!(busy(&old, 6), busy(&new, 7));
    let log = log_of(&old.store).await;
    let mut expected = BTreeMap::new();
    for recorded in &log {
        let count = expected.entry(recorded.event.stream.id.into());
        *count.or_insert(-1) += 1;
    }
    let of = |columns: usize| {
        let rows = expected.iter();
        let rows = rows.map(|(id, count): (&Value, &i64)| {
            (id.clone(), [*count, 2 * count][..columns].to_vec())
        });
        rows.collect::<BTreeMap<_, _>>()
    };
    assert_eq!(old.items().await, of(1));
    assert_eq!(new.items().await, of(2));
    let fresh = Program::open((&postgres, "fresh"), 3, &NEW).await;
    copy(&log, &fresh).await;
    assert_eq!(fresh.items().await, new.items().await);
    assert_eq!(fresh.sum().await, new.sum().await);
    assert_eq!(old.sum().await, new.sum().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_replicas_know_what_the_other_version_has_written() {
    let house = Replicated::new(1);
    let clock = conformance::clock();
    let old = house.options("bank", 1);
    let old = Program::with(old, 1, &OLD, Arc::clone(&clock)).await;
    let new = Program::with(house.options("bank", 2), 2, &NEW, clock).await;
    all_fit(&old.store).await;
    all_fit(&new.store).await;
    for step in 1..=30 {
        let (writes, reads) = if step % 2 == 0 {
            (&old, &new)
        } else {
            (&new, &old)
        };
        writes.count(step, 1).await;
        let there = usize::try_from(step).expect("small");
        assert_eq!(reads.items().await.len(), there);
        assert_eq!(writes.items().await.len(), there);
    }
    for program in [&old, &new] {
        let seen = status(&program.store);
        assert!(seen.replicas[0].reads > 0, "{seen:?}");
    }
}

async fn busy(program: &Program, own: u128) {
    for _ in 0..30 {
        program.count(1, 1).await;
        program.count(own, 2).await;
        program.item(1).await;
    }
}

/// Commits the events of `log` to another store, stream after stream.
async fn copy(log: &[Recorded], to: &Program) {
    let mut streams: BTreeMap<&StreamId, Vec<NewEvent>> = BTreeMap::new();
    for Recorded { event, .. } in log {
        let copied = NewEvent {
            id: event.id,
            kind: event.kind.clone(),
            schema: event.schema,
            occurred_at: event.occurred_at,
            payload: event.payload.clone(),
        };
        streams.entry(&event.stream).or_default().push(copied);
    }
    for (stream, events) in streams {
        for (at, events) in events.chunks(400).enumerate() {
            let version = Version::new(at as u64 * 400);
            let append: Append = append().write(stream.clone(), version, events.to_vec());
            let kept = to.store.commit(append.project(to.known.items)).await;
            kept.expect("it is kept");
        }
    }
}

/// The names of the tables in a schema that begin so.
async fn tables(postgres: &Postgres, schema: &str, like: &str) -> Vec<String> {
    let names = "SELECT CAST(table_name AS text) FROM information_schema.tables \
        WHERE table_schema = $1 AND table_name LIKE $2 ORDER BY 1";
    let names = sqlx::query_scalar::<_, String>(names)
        .bind(schema)
        .bind(like);
    let names = names.fetch_all(&mut postgres.connection().await).await;
    names.expect("readable")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_uses_goes_after_its_time_and_comes_back_whole() {
    let postgres = Postgres::new();
    let here = (&postgres, "bank");
    let clock = conformance::clock();
    let old = Program::open_at(here, 1, &OLD, Arc::clone(&clock)).await;
    old.count(1, 5).await;
    assert_eq!(old.sum().await, 4);
    let only_old = tables(&postgres, "bank", "item%").await;
    let new = Program::open_at(here, 2, &NEW, Arc::clone(&clock)).await;
    let second = Duration::from_secs(1);
    clock.advance(limits::GENERATION_UNUSED.saturating_sub(second));
    assert_eq!(
        new.store.drop_unused().await.expect("done"),
        [] as [&str; 0]
    );
    assert_eq!(tables(&postgres, "bank", "item%").await.len(), 2);
    clock.advance(second);
    let dropped = new.store.drop_unused().await.expect("done");
    assert_eq!(dropped.len(), 1);
    assert_eq!(only_old, [format!("item_{}", dropped[0])]);
    assert_eq!(tables(&postgres, "bank", "item%").await.len(), 1);
    assert_eq!(tables(&postgres, "bank", "sum%").await.len(), 1);
    // One that was only silent finds its tables gone, and makes them again.
    new.count(1, 1).await;
    assert_eq!(old.item(1).await, [5]);
    assert_eq!(old.items().await.len(), 1);
    assert_eq!(old.sum().await, 5);
    assert_eq!(tables(&postgres, "bank", "item%").await.len(), 2);
    assert_eq!((new.item(1).await, new.sum().await), (vec![5, 10], 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_from_before_there_were_generations_are_made_anew_and_go_in_their_time() {
    let postgres = Postgres::new();
    let here = (&postgres, "bank");
    let clock = conformance::clock();
    let options = postgres.options("bank", 1);
    let before = PostgresStore::open(options, OLD.alone(), Arc::clone(&clock) as _).await;
    let before = Program {
        known: &OLD,
        store: before.expect("it opens"),
        events: AtomicU64::new(1),
    };
    before.count(1, 3).await;
    let new = Program::open_at(here, 2, &NEW, Arc::clone(&clock)).await;
    // It knows nothing of generations, and goes on all the same.
    before.count(1, 2).await;
    assert_eq!(before.item(1).await, [4]);
    assert_eq!(new.item(1).await, [4, 8]);
    clock.advance(limits::GENERATION_UNUSED);
    assert_eq!(new.store.drop_unused().await.expect("done"), ["before"]);
    assert_eq!(tables(&postgres, "bank", "item").await, [] as [&str; 0]);
    assert_eq!(tables(&postgres, "bank", "sum").await, [] as [&str; 0]);
    assert_eq!(new.item(1).await, [4, 8]);
    let again = PostgresStore::open(postgres.options("bank", 3), OLD.alone(), clock).await;
    let again = again.expect("it opens").incomplete().await;
    assert_eq!(
        again.expect("tables").len(),
        2,
        "it makes them anew from the log"
    );
}
