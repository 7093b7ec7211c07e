//! Opening, closing and the life of a file.

use std::sync::Arc;

use medcover_kernel::{Call, EventId, TenantId};
use medcover_store::{
    Append, CanonicalJson, Change, Column, ColumnKind, CommitError, Context, Event, Listing,
    NewEvent, OpenError, Position, Projection, RowChange, Schema, Select, SqliteOptions,
    SqliteStore, Store, StreamId, Table, Value, Version, conformance, rebuild_incomplete,
};
use tempfile::TempDir;
use uuid::Uuid;

static FIRST: Table = Table {
    name: "visit",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[Column::of("note", ColumnKind::Text)],
};

static SECOND: Table = Table {
    name: "visit",
    version: 2,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("note", ColumnKind::Text),
        Column::of("length", ColumnKind::Integer),
    ],
};

static BY_LENGTH: Listing = Listing {
    name: "length",
    table: &SECOND,
    equal: &[],
    order: "length",
};

struct Visits(&'static [&'static Table]);

impl Projection for Visits {
    fn name(&self) -> &'static str {
        "visits"
    }

    fn tables(&self) -> &'static [&'static Table] {
        self.0
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let note: String = event.payload.read().expect("text");
        let length = Value::Integer(i64::try_from(note.len()).expect("short"));
        let table = self.0[0];
        let mut row = vec![note.into(), length];
        row.truncate(table.columns.len());
        vec![RowChange {
            tenant: event.tenant,
            table,
            key: vec![event.stream.id.into()],
            change: Change::Put(row),
        }]
    }
}

static OLD: [&Table; 1] = [&FIRST];
static NEW: [&Table; 1] = [&SECOND];

fn visit(number: u128) -> Append {
    let event = NewEvent {
        id: EventId::from_uuid(Uuid::from_u128(number)),
        kind: "visit.noted".into(),
        schema: 1,
        occurred_at: medcover_kernel::Timestamp::from_micros(5),
        payload: CanonicalJson::of(&"x".repeat(number as usize)).expect("text"),
    };
    let stream = StreamId::new("visit", Uuid::from_u128(number));
    Append::new(Context::of(&Call::for_tests())).write(stream, Version::NONE, [event])
}

async fn open(folder: &TempDir, schema: Schema) -> Result<SqliteStore, OpenError> {
    let options = SqliteOptions::new(folder.path().join("s.db"));
    SqliteStore::open(options, schema, conformance::clock()).await
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder, Schema::new()).await.expect("it opens");
    for number in 1..=20 {
        store.commit(visit(number)).await.expect("it is kept");
    }
    store.close().await;
    let store = open(&folder, Schema::new()).await.expect("it opens");
    assert_eq!(*store.head().borrow(), Position::new(20));
    let log = store.read_log(Position::NONE, 100).await.expect("the log");
    assert_eq!(log.len(), 20);
    let again = store.commit(visit(20)).await;
    assert!(again.expect_err("it is there").is_conflict());
    let receipt = store.commit(visit(21)).await.expect("it is kept");
    assert_eq!(receipt.position, Position::new(21));
}

#[tokio::test]
async fn one_process_opens_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder, Schema::new()).await.expect("it opens");
    let second = open(&folder, Schema::new())
        .await
        .err()
        .expect("it is taken");
    let ours = format!("process {}", std::process::id());
    assert!(matches!(&second, OpenError::Locked { .. }), "{second}");
    assert!(second.to_string().contains(&ours), "{second}");
    store.close().await;
    open(&folder, Schema::new())
        .await
        .expect("it is free again");
}

#[tokio::test]
async fn a_file_of_a_later_program_is_refused_with_advice() {
    let folder = tempfile::tempdir().expect("a folder");
    open(&folder, Schema::new())
        .await
        .expect("it opens")
        .close()
        .await;
    let path = folder.path().join("s.db");
    let mut connection = {
        use sqlx::ConnectOptions as _;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        options.connect().await.expect("the file")
    };
    sqlx::query("PRAGMA user_version = 9")
        .execute(&mut connection)
        .await
        .expect("set");
    let refused = open(&folder, Schema::new())
        .await
        .err()
        .expect("it is newer");
    assert!(
        matches!(refused, OpenError::Newer { found: 9, .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn a_table_of_another_version_is_rebuilt_from_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = Schema::new().table(&FIRST, &[]);
    let store = open(&folder, schema).await.expect("it opens");
    for number in 1..=30 {
        let append = visit(number).project(&Visits(&OLD));
        store.commit(append).await.expect("it is kept");
    }
    store.close().await;
    let schema = || Schema::new().table(&SECOND, &[&BY_LENGTH]);
    let store = open(&folder, schema()).await.expect("it opens");
    assert_eq!(store.incomplete().await.expect("tables"), [&SECOND]);
    // Interrupted before it was rebuilt, it is still known to be incomplete.
    store.close().await;
    let store = open(&folder, schema()).await.expect("it opens");
    let rebuilt = rebuild_incomplete(&store, &[&Visits(&NEW)]).await;
    assert_eq!(rebuilt.expect("rebuilt"), ["visits"]);
    let select = Select {
        from: Some(Value::Integer(29)),
        ..Select::first(&BY_LENGTH, TenantId::DEFAULT, vec![], 10)
    };
    let rows = store.select(&select).await.expect("a page");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].get("length").as_integer(), Some(&30));
    store.close().await;
    let store = open(&folder, schema()).await.expect("it opens");
    assert!(store.incomplete().await.expect("tables").is_empty());
}

#[tokio::test]
async fn a_schema_that_contradicts_itself_is_not_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    for schema in [
        Schema::new().table(&FIRST, &[]).table(&SECOND, &[]),
        Schema::new().table(&FIRST, &[&BY_LENGTH]),
    ] {
        let refused = open(&folder, schema).await.err().expect("it is wrong");
        assert!(matches!(refused, OpenError::Database { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_commit_that_cannot_be_written_does_not_take_its_neighbours_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = Schema::new().table(&FIRST, &[]);
    let store = Arc::new(open(&folder, schema).await.expect("it opens"));
    let foreign = RowChange {
        tenant: TenantId::DEFAULT,
        // A table that this store was not opened with.
        table: &UNKNOWN,
        key: vec![Uuid::nil().into()],
        change: Change::Delete,
    };
    let tasks: Vec<_> = (1..=40)
        .map(|number| {
            let mut append = visit(number);
            if number % 10 == 0 {
                append = append.row(foreign.clone());
            }
            let store = Arc::clone(&store);
            tokio::spawn(async move { (number, store.commit(append).await) })
        })
        .collect();
    for task in tasks {
        let (number, outcome) = task.await.expect("no panic");
        assert_eq!(outcome.is_ok(), number % 10 != 0, "{number}: {outcome:?}");
    }
    let log = store.read_log(Position::NONE, 100).await.expect("the log");
    assert_eq!(log.len(), 36);
}

static UNKNOWN: Table = Table {
    name: "unknown",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[],
};

#[tokio::test]
async fn a_store_that_is_dropped_still_writes_what_it_was_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder, Schema::new()).await.expect("it opens");
    let store = Arc::new(store);
    let commits: Vec<_> = (1..=10)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(visit(number)).await })
        })
        .collect();
    drop(store);
    for commit in commits {
        let kept: Result<_, CommitError> = commit.await.expect("no panic");
        kept.expect("it is kept");
    }
}
