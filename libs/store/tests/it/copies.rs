//! Copies of stores that go on writing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use medcover_kernel::{Call, EventId, TenantId, Timestamp};
use medcover_store::{
    Append, CanonicalJson, Context, NewEvent, Position, Schema, SqliteCopy, SqliteOptions,
    SqliteStore, Store, StoreError, StreamId, Version, conformance,
};
use tokio::sync::watch;
use uuid::Uuid;

async fn open(path: &Path) -> SqliteStore {
    let options = SqliteOptions::new(path);
    let opened = SqliteStore::open(options, Schema::new(), conformance::clock());
    opened.await.expect("it opens")
}

fn noted(number: u64) -> Append {
    let id = Uuid::from_u128(number.into());
    let event = NewEvent {
        id: EventId::from_uuid(id),
        kind: "visit.noted".into(),
        schema: 1,
        occurred_at: Timestamp::from_micros(5),
        payload: CanonicalJson::of(&number.to_string()).expect("text"),
    };
    Append::new(Context::of(&Call::for_tests())).write(
        StreamId::new("visit", id),
        Version::NONE,
        [event],
    )
}

/// Commits to the first store, then to the second, and so on until told to stop: the second never has more than the first.
async fn write_in_turn(stores: [Arc<SqliteStore>; 2], stop: watch::Receiver<bool>) -> u64 {
    let mut number = 0;
    while !*stop.borrow() {
        number += 1;
        for store in &stores {
            store.commit(noted(number)).await.expect("it is kept");
        }
    }
    number
}

async fn begin(stores: &[Arc<SqliteStore>; 2], paths: &[PathBuf; 2], into: &Path) {
    let mut copies = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let copy = SqliteCopy::open(path, &into.join(at.to_string())).await;
        copies.push(copy.expect("it can be copied"));
    }
    let mut held = Vec::new();
    for store in stores {
        held.push(store.hold().await.expect("it stands still"));
    }
    for copy in &mut copies {
        copy.begin().await.expect("it begins");
    }
    assert!(held.iter().all(medcover_store::Held::stands));
    drop(held);
    for copy in copies {
        copy.finish().await.expect("it is written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_stores_that_are_written_show_one_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let stores = [
        Arc::new(open(&paths[0]).await),
        Arc::new(open(&paths[1]).await),
    ];
    let (stop, stopped) = watch::channel(false);
    let writing = tokio::spawn(write_in_turn(stores.clone(), stopped));
    let mut head = stores[0].head();
    for round in 0..5 {
        let before = *head.borrow_and_update();
        head.changed().await.expect("it is written");
        let into = folder.path().join(format!("copy-{round}"));
        std::fs::create_dir(&into).expect("made");
        begin(&stores, &paths, &into).await;
        let mut positions = Vec::new();
        for at in 0..2 {
            let copy = open(&into.join(at.to_string())).await;
            let position = copy.standing().await.expect("it stands").position.get();
            let log = numbers_in(&copy).await;
            assert_eq!(log, (1..=position).collect::<Vec<_>>(), "no gap, no more");
            positions.push(position);
            copy.close().await;
        }
        assert!(positions[0] > before.get(), "what was acknowledged before");
        let ahead = positions[0] - positions[1];
        assert!(ahead <= 1, "{positions:?}");
    }
    stop.send_replace(true);
    let written = writing.await.expect("no panic");
    for store in &stores {
        assert_eq!(store.head().borrow().get(), written);
    }
}

/// The numbers of what is in the log.
async fn numbers_in(store: &SqliteStore) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut after = Position::NONE;
    loop {
        let page = store.read_log(after, 1_000).await.expect("the log");
        let Some(last) = page.last() else {
            return numbers;
        };
        after = last.position;
        numbers.extend(page.iter().map(|it| {
            let text: String = it.event.payload.read().expect("text");
            text.parse::<u64>().expect("a number")
        }));
    }
}

#[tokio::test]
async fn a_copy_has_rows_indexes_versions_and_the_audit_trail_of_its_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, target) = (folder.path().join("s"), folder.path().join("t"));
    let store = open(&path).await;
    for number in 1..=30 {
        store.commit(noted(number)).await.expect("it is kept");
    }
    let mut copy = SqliteCopy::open(&path, &target).await.expect("it opens");
    copy.begin().await.expect("it begins");
    store.commit(noted(31)).await.expect("writing goes on");
    copy.finish().await.expect("it is written");
    assert_eq!(catalogue(&path).await, catalogue(&target).await);
    let copied = open(&target).await;
    assert_eq!(copied.head().borrow().get(), 30);
    let last = StreamId::new("visit", Uuid::from_u128(30));
    let version = copied.version(TenantId::DEFAULT, &last).await;
    assert_eq!(version.expect("it is there"), Version::new(1));
    copied.commit(noted(31)).await.expect("it can be gone on");
    let (one, other) = (store.standing().await, copied.standing().await);
    let one = one.expect("it stands");
    assert_eq!(one.position.get(), 31);
    assert_eq!(one, other.expect("it stands"));
}

async fn catalogue(path: &Path) -> (i64, Vec<String>) {
    use sqlx::ConnectOptions as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.expect("the file");
    let of = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let text = sqlx::query_scalar(of).fetch_all(&mut connection).await;
    let version = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection);
    (version.await.expect("a number"), text.expect("text"))
}

#[tokio::test]
async fn what_is_there_is_not_overwritten_and_what_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, target) = (folder.path().join("s"), folder.path().join("t"));
    let missing = SqliteCopy::open(&path, &target).await;
    assert!(
        matches!(missing, Err(StoreError::Invalid(_))),
        "{missing:?}"
    );
    assert!(!path.exists() && !target.exists());
    open(&path).await.close().await;
    std::fs::write(&target, "somebody's").expect("written");
    let taken = SqliteCopy::open(&path, &target).await;
    assert!(matches!(taken, Err(StoreError::Invalid(_))), "{taken:?}");
}

#[tokio::test]
async fn nobody_holds_a_store_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("s")).await;
    let held = store.hold().await.expect("it stands still");
    assert!(held.stands());
    store.commit(noted(1)).await.expect("in the end it is kept");
    assert!(!held.stands());
}
