//! The PostgreSQL engine conforms, and several processes may share a schema.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Call, EventId, ManualClock, TenantId, Timestamp};
use medcover_store::conformance::Fixture;
use medcover_store::{
    Append, CanonicalJson, CommitError, Context, NewEvent, OpenError, Position, PostgresOptions,
    PostgresStore, Schema, Store, StreamId, Version, conformance, conformance_suite,
};
use medcover_testkit::PostgresServer;
use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::sync::Barrier;
use uuid::Uuid;

pub(crate) struct Postgres {
    pub(crate) server: PostgresServer,
    folder: TempDir,
    opened: AtomicUsize,
}

impl Postgres {
    pub(crate) fn new() -> Self {
        assert!(
            PostgresServer::is_installed(),
            "needs PostgreSQL: apt-get install postgresql-15"
        );
        Self {
            server: PostgresServer::start().expect("it starts"),
            folder: tempfile::tempdir().expect("a folder"),
            opened: AtomicUsize::new(0),
        }
    }

    /// As the `instance`th process that opens `schema`.
    pub(crate) fn options(&self, schema: &str, instance: usize) -> PostgresOptions {
        let anchors = format!("{schema}.{instance}.anchors");
        let anchors = self.folder.path().join(anchors);
        PostgresOptions::new(self.server.url(), schema, anchors)
    }

    /// Does what `sql` says, as who may do everything.
    pub(crate) async fn prepare(&self, sql: &'static str) {
        let mut connection = self.connection().await;
        let done = sqlx::raw_sql(sql).execute(&mut connection).await;
        done.expect("it is done");
    }

    /// The setting that `show` asks for.
    async fn number(&self, show: &'static str) -> u32 {
        let mut connection = self.connection().await;
        let shown = sqlx::query_scalar::<_, String>(show);
        let shown = shown.fetch_one(&mut connection).await;
        shown.expect("it is known").parse().expect("a number")
    }

    pub(crate) async fn connection(&self) -> sqlx::PgConnection {
        let connection = sqlx::PgConnection::connect(&self.server.url()).await;
        connection.expect("the server is there")
    }

    async fn store(&self, instance: usize) -> Result<PostgresStore, OpenError> {
        let options = self.options("bank", instance);
        PostgresStore::open(options, Schema::new(), conformance::clock()).await
    }

    /// The name of a schema that nobody has used yet.
    pub(crate) fn next_schema(&self) -> String {
        format!("bank_{}", self.opened.fetch_add(1, Ordering::Relaxed))
    }
}

#[async_trait]
impl Fixture for Postgres {
    async fn open(&self, schema: Schema, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        let options = self.options(&self.next_schema(), 0);
        let store = PostgresStore::open(options, schema, clock).await;
        Arc::new(store.expect("it opens"))
    }
}

conformance_suite!(by group: Postgres::new());

pub(crate) fn counted(number: u128) -> NewEvent {
    NewEvent {
        id: EventId::from_uuid(Uuid::from_u128(number)),
        kind: "item.counted".into(),
        schema: 1,
        occurred_at: Timestamp::from_micros(0),
        payload: CanonicalJson::empty(),
    }
}

pub(crate) fn append() -> Append {
    Append::new(Context::of(&Call::for_tests()))
}

/// Counts in one stream until it has been heard `times` times; how often somebody else was faster. Both begin on the same
/// version, so one of them meets the other.
async fn count(
    store: &dyn Store,
    stream: &StreamId,
    (by, times): (u128, u128),
    both: &Barrier,
) -> usize {
    let mut conflicts = 0;
    for time in 0..times {
        loop {
            let at = store.version(TenantId::DEFAULT, stream).await;
            if time + conflicts as u128 == 0 {
                both.wait().await;
            }
            let event = counted(by * 1_000 + time);
            let append = append().write(stream.clone(), at.expect("a version"), [event]);
            match store.commit(append).await {
                Ok(_) => break,
                Err(CommitError::Conflict { .. }) => conflicts += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    conflicts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_lose_no_update_and_see_one_log() {
    let postgres = Postgres::new();
    let (one, other) = tokio::join!(postgres.store(1), postgres.store(2));
    let (one, other) = (one.expect("it opens"), other.expect("it opens too"));
    let stream = StreamId::new("item", Uuid::from_u128(1));
    let both = Barrier::new(2);
    let (of_one, of_other) = tokio::join!(
        count(&one, &stream, (1, 40), &both),
        count(&other, &stream, (2, 40), &both)
    );
    assert!(of_one + of_other > 0, "they never met");
    let all = one.load(TenantId::DEFAULT, &stream, Version::NONE).await;
    assert_eq!(all.expect("the stream").len(), 80);
    let logs = [
        one.read_log(Position::NONE, 100).await.expect("a log"),
        other.read_log(Position::NONE, 100).await.expect("a log"),
    ];
    assert_eq!(logs[0], logs[1]);
    let positions: Vec<_> = logs[0].iter().map(|it| it.position.get()).collect();
    assert_eq!(positions, (1..=80).collect::<Vec<_>>());
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_writes_is_announced() {
    let postgres = Postgres::new();
    let one = postgres.store(1).await.expect("it opens");
    let other = postgres.store(2).await.expect("it opens too");
    let mut head = other.head();
    let stream = StreamId::new("item", Uuid::from_u128(1));
    let written = append().write(stream, Version::NONE, [counted(1)]);
    let receipt = one.commit(written).await.expect("it is kept");
    let seen = head.wait_for(|head| *head == receipt.position);
    let seen = tokio::time::timeout(Duration::from_secs(10), seen).await;
    seen.expect("in time").expect("the store is open");
}

#[tokio::test]
async fn credentials_reach_the_schema_that_they_were_given_and_no_other() {
    let postgres = Postgres::new();
    postgres
        .prepare(
            "CREATE ROLE teller LOGIN; CREATE SCHEMA bank; CREATE SCHEMA clinic; \
            GRANT USAGE, CREATE ON SCHEMA bank TO teller",
        )
        .await;
    let open = async |schema| {
        let mut options = postgres.options(schema, 0);
        options.url = options.url.replace("postgres@", "teller@");
        PostgresStore::open(options, Schema::new(), conformance::clock()).await
    };
    let bank = open("bank").await.expect("the schema was given to them");
    let stream = StreamId::new("item", Uuid::from_u128(1));
    let written = append().write(stream, Version::NONE, [counted(1)]);
    bank.commit(written).await.expect("it is kept");
    bank.close().await;
    for not_theirs in ["clinic", "hospital"] {
        let refused = open(not_theirs).await.err().expect("it is not theirs");
        let OpenError::Database { source, .. } = refused else {
            panic!("{refused:?}");
        };
        // Of a schema that they may not use, the server says that there is none.
        let said = source.to_string();
        let known = ["permission denied", "no schema has been selected"];
        assert!(known.iter().any(|known| said.contains(known)), "{said}");
    }
}

#[tokio::test]
async fn the_server_says_how_many_connections_it_has() {
    let postgres = Postgres::new();
    let store = postgres.store(0).await.expect("it opens");
    let shown = postgres.number("SHOW max_connections").await;
    let reserved = postgres.number("SHOW superuser_reserved_connections").await;
    let allowed = store.connections_allowed().await.expect("it answers");
    assert_eq!(allowed, shown - reserved);
    assert!(reserved > 0 && allowed > 0);
    store.close().await;
}

#[tokio::test]
async fn a_schema_needs_a_name_and_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = async |url: &str, schema: &str| {
        let options = PostgresOptions::new(url, schema, folder.path().join("anchors"));
        let opened = PostgresStore::open(options, Schema::new(), conformance::clock()).await;
        opened.err().expect("it is refused").to_string()
    };
    let nobody = "postgres://somebody:secret@127.0.0.1:1/bank";
    let said = open(nobody, "ban'k").await;
    assert!(said.contains("is no name of a schema"), "{said}");
    let said = open(nobody, "bank").await;
    assert!(said.contains("127.0.0.1:1/bank"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
