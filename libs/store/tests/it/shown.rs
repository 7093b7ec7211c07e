//! While the server that is written is away, a replica answers what is only shown, and the audit of it waits here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use medcover_kernel::TenantId;
use medcover_store::{
    Append, AuditEntry, AuditOutcome, AuditRecord, CanonicalJson, CommitError, PostgresOptions,
    PostgresStore, Recorded, Schema, Showing, SpoolOptions, Store, StoreError, StreamId, Version,
    conformance, spool_files,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::outages::{LONG, status, until};
use crate::postgres::{append, counted};
use crate::replicas::{Replicated, all_fit, replicated};

const PERSON: Uuid = Uuid::from_u128(7);

struct House {
    servers: Replicated,
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        Self {
            servers: Replicated::new(1),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn spool(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    fn options(&self) -> PostgresOptions {
        PostgresOptions {
            shows: true,
            spool: Some(SpoolOptions {
                folder: self.spool(),
                max_bytes: 1 << 20,
            }),
            wait: Duration::from_secs(1),
            ..self.servers.options("bank", 0)
        }
    }

    async fn open(&self) -> PostgresStore {
        self.open_after(Duration::ZERO).await
    }

    /// In a process that begins so much later.
    async fn open_after(&self, time: Duration) -> PostgresStore {
        let clock = conformance::clock();
        clock.advance(time);
        let opened = PostgresStore::open(self.options(), Schema::new(), clock);
        opened.await.expect("it opens")
    }

    /// Stops the server that is written in good order, so that the replica has all of it.
    fn stop(&self) {
        self.servers.postgres.server.stop().expect("it stops");
    }

    fn start_again(&self) {
        let started = self.servers.postgres.server.start_again();
        started.expect("it starts again");
    }
}

fn stream() -> StreamId {
    StreamId::new("item", Uuid::from_u128(1))
}

async fn written(store: &dyn Store) {
    let append = append().write(stream(), Version::NONE, [counted(1)]);
    store.commit(append).await.expect("it is kept");
}

async fn load(store: &dyn Store) -> Result<Vec<Recorded>, StoreError> {
    store
        .load(TenantId::DEFAULT, &stream(), Version::NONE)
        .await
}

fn read(number: i64) -> Append {
    append().audit(AuditEntry {
        action: "item.read".into(),
        subject: format!("item/{number}"),
        data_subject: Some(PERSON),
        outcome: AuditOutcome::Done,
        details: CanonicalJson::empty(),
    })
}

/// What the audit trail says about the person.
async fn disclosed(store: &dyn Store) -> Vec<AuditRecord> {
    let records = store.disclosures(TenantId::DEFAULT, PERSON, 0, 100).await;
    records.expect("a trail")
}

fn waiting(store: &dyn Store) -> u64 {
    status(store).spool.expect("there is a spool").waiting
}

async fn until_relayed(store: &dyn Store, folder: &Path) {
    until(store, |it| {
        it.spool.as_ref().is_some_and(|it| it.waiting == 0)
    })
    .await;
    let removed = async {
        while !spool_files(folder).expect("readable").is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, removed).await.expect("the files are removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_only_shown_is_read_from_a_replica_and_marked_and_nothing_else_is() {
    let house = House::new();
    let store = house.open().await;
    written(&store).await;
    replicated(&store).await;
    let showing = Showing::default();
    assert_eq!(showing.around(load(&store)).await.expect("read").len(), 1);
    assert!(!showing.is_behind());

    house.stop();
    // Whoever decides is refused, and so is whoever has not said what for.
    let refused = load(&store).await.expect_err("nobody can tell what is so");
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    let showing = Showing::default();
    assert_eq!(showing.around(load(&store)).await.expect("read").len(), 1);
    assert!(showing.is_behind());
    let log = Showing::default();
    let list = log.around(store.read_log(medcover_store::Position::NONE, 10));
    assert_eq!(list.await.expect("a log").len(), 1);
    assert!(log.is_behind());
    assert!(status(&store).behind >= 2);

    house.start_again();
    until(&store, |it| it.consecutive_failures == 0).await;
    // What a replica said is not written on, though the server would take it.
    let next = append().write(stream(), Version::new(1), [counted(2)]);
    let refused = showing.around(store.commit(next)).await;
    let refused = refused.expect_err("it may be behind");
    assert!(refused.to_string().contains("may be behind"), "{refused}");
    let fresh = timeout(LONG, async {
        loop {
            let showing = Showing::default();
            let read = showing.around(load(&store)).await;
            if read.is_ok() && !showing.is_behind() {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    });
    fresh.await.expect("the server answers again");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_of_what_was_shown_waits_and_is_in_the_trail_once_as_of_its_moment() {
    let house = House::new();
    let store = house.open().await;
    written(&store).await;
    replicated(&store).await;
    let shown = async |number: i64| {
        let showing = Showing::default();
        showing.around(store.commit(read(number))).await
    };
    shown(1).await.expect("it is in the trail");
    assert_eq!((disclosed(&store).await.len(), waiting(&store)), (1, 0));

    house.stop();
    let (two, three) = tokio::join!(shown(2), shown(3));
    let at = two.expect("it waits").recorded_at;
    three.expect("it waits too");
    assert_eq!(waiting(&store), 2);
    // Of what decides, nothing waits.
    let refused = store.commit(read(4)).await.expect_err("nobody is there");
    assert!(matches!(refused, CommitError::Unavailable(_)), "{refused}");
    let files = spool_files(&house.spool()).expect("readable");
    let [file] = &files[..] else {
        panic!("{files:?}");
    };
    assert_eq!((file.records, &file.fault), (2, &None));
    let path = house.spool().join(&file.name);
    let bytes = std::fs::read(&path).expect("it is there");
    store.close().await;

    house.start_again();
    let store = house.open_after(Duration::from_hours(1)).await;
    until_relayed(&store, &house.spool()).await;
    let records = disclosed(&store).await;
    assert_eq!(records.len(), 3);
    for (number, record) in (1_u64..).zip(&records[1..]) {
        let details: serde_json::Value = record.entry.details.read().expect("JSON");
        assert_eq!(details["spool"]["sequence"], number);
        assert!(
            file.name
                .contains(details["spool"]["id"].as_str().expect("an id"))
        );
        assert_eq!(record.recorded_at, at);
    }
    let whole = store.verify_audit().await.expect("a report");
    assert_eq!(whole.faults, []);
    store.close().await;

    // As if it had been killed after the last commit and before the file was removed.
    std::fs::write(&path, &bytes).expect("it is there again");
    let store = house.open().await;
    until_relayed(&store, &house.spool()).await;
    assert_eq!(disclosed(&store).await, records);
    assert_eq!(store.verify_audit().await.expect("a report").faults, []);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_to_write_it_down_nothing_is_shown() {
    let house = House::new();
    let mut options = house.options();
    options.spool = Some(SpoolOptions {
        folder: house.spool(),
        max_bytes: 100,
    });
    let opened = PostgresStore::open(options, Schema::new(), conformance::clock());
    let store = opened.await.expect("it opens");
    all_fit(&store).await;
    house.stop();
    let refused = Showing::default().around(store.commit(read(1))).await;
    let refused = refused.expect_err("there is no room");
    assert!(matches!(refused, CommitError::Unavailable(_)), "{refused}");
    assert!(refused.to_string().contains("full"), "{refused}");
    assert_eq!(waiting(&store), 0);
    store.close().await;
}
