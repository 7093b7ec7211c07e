//! The server of PostgreSQL's is away, silent or slow, and comes back.

use std::time::Duration;

use medcover_kernel::{Error, ErrorKind, TenantId};
use medcover_resilience::CircuitState;
use medcover_store::{
    CommitError, DatabaseStatus, Position, PostgresOptions, PostgresStore, Schema, Store,
    StoreError, StreamId, Version, conformance,
};
use medcover_testkit::{Fault, FaultProxy, PostgresServer};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::postgres::{Postgres, append, counted};

/// Far longer than anything takes here, unless it waits for what does not come.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// A server behind a proxy.
struct House {
    postgres: Postgres,
    proxy: FaultProxy,
}

impl House {
    async fn new() -> Self {
        let postgres = Postgres::new();
        let proxy = FaultProxy::start(postgres.server.addr()).await;
        Self { postgres, proxy }
    }

    fn options(&self) -> PostgresOptions {
        let places = [self.proxy.addr];
        PostgresOptions {
            url: self.postgres.server.url_by(PostgresServer::USER, &places),
            ..self.postgres.options("bank", 0)
        }
    }
}

/// A store whose clock stands still, so that no breaker recovers by time alone.
pub(crate) async fn open(options: PostgresOptions) -> PostgresStore {
    let store = PostgresStore::open(options, Schema::new(), conformance::clock()).await;
    store.expect("it opens")
}

pub(crate) fn status(store: &dyn Store) -> DatabaseStatus {
    store.database().expect("it has a server")
}

/// Waits until what there is to see of the server is as it should be.
pub(crate) async fn until(store: &dyn Store, is: impl Fn(&DatabaseStatus) -> bool) {
    let seen = async {
        while !is(&status(store)) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let seen = timeout(LONG, seen).await;
    seen.unwrap_or_else(|_| panic!("still {:?}", status(store)));
}

async fn commit(store: &dyn Store, number: u128) -> Result<(), CommitError> {
    let stream = StreamId::new("item", Uuid::from_u128(number));
    let append = append().write(stream, Version::NONE, [counted(number)]);
    store.commit(append).await.map(drop)
}

async fn version(store: &dyn Store, number: u128) -> Result<Version, StoreError> {
    let stream = StreamId::new("item", Uuid::from_u128(number));
    store.version(TenantId::DEFAULT, &stream).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_breaker_refuses_at_once_and_closes_when_the_server_is_there_again() {
    let house = House::new().await;
    let store = open(PostgresOptions {
        // Whoever waits for a connection waits long.
        wait: LONG,
        ..house.options()
    })
    .await;
    commit(&store, 1).await.expect("it is kept");
    assert_eq!(status(&store).failures, 0);

    house.proxy.set(Fault::Refuse);
    let refused = commit(&store, 2).await.expect_err("nobody is there");
    assert!(matches!(refused, CommitError::Unavailable(_)), "{refused}");
    until(&store, |it| it.breaker == CircuitState::Open).await;
    let open = status(&store);
    assert!(open.failures >= 3, "{open:?}");
    assert!(open.retries > 0, "{open:?}");
    assert!(open.last_failure.is_some(), "{open:?}");
    let short = Duration::from_secs(10);
    let read = timeout(short, version(&store, 1)).await;
    let read = read.expect("at once").expect_err("it is refused");
    assert!(read.to_string().contains("circuit breaker"), "{read}");
    let error = Error::from(read);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.retry_after().is_some());
    let written = timeout(short, commit(&store, 2)).await;
    written.expect("at once").expect_err("it is refused");
    assert!(status(&store).refused >= 2);

    house.proxy.set(Fault::None);
    until(&store, |it| it.breaker == CircuitState::Closed).await;
    // It was refused before anything was sent, so it may be done now.
    commit(&store, 2).await.expect("it is kept");
    assert_eq!(version(&store, 1).await.expect("read"), Version::new(1));
    store.close().await;
}

#[tokio::test]
async fn what_the_server_answers_is_no_failure_of_it() {
    let house = House::new().await;
    let store = open(house.options()).await;
    commit(&store, 1).await.expect("it is kept");
    for _ in 0..10 {
        let refused = commit(&store, 1).await.expect_err("it is there already");
        assert!(matches!(refused, CommitError::Conflict { .. }), "{refused}");
    }
    let seen = status(&store);
    assert_eq!((seen.failures, seen.breaker_opened), (0, 0), "{seen:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_long_for_a_server_that_fell_silent() {
    let house = House::new().await;
    let store = open(PostgresOptions {
        wait: Duration::from_millis(500),
        // So long an answer is waited for otherwise.
        statement_timeout: LONG * 10,
        ..house.options()
    })
    .await;
    commit(&store, 1).await.expect("it is kept");
    house.proxy.set(Fault::Silent);
    let told = timeout(LONG, commit(&store, 2)).await;
    let told = told.expect("in time").expect_err("nobody answers");
    assert!(matches!(told, CommitError::Unavailable(_)), "{told}");
    until(&store, |it| it.breaker == CircuitState::Open).await;

    house.proxy.set(Fault::None);
    until(&store, |it| it.breaker == CircuitState::Closed).await;
    // Whether it was kept was not known. Done again, it is kept once.
    match commit(&store, 2).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    let log = store.read_log(Position::NONE, 10).await.expect("a log");
    assert_eq!(log.len(), 2);
    store.close().await;
}

#[tokio::test]
async fn what_only_reads_is_asked_again_when_its_connection_breaks() {
    let postgres = Postgres::new();
    let store = open(PostgresOptions {
        // Nobody but the reader finds out.
        pre_ping: false,
        follow: LONG,
        ..postgres.options("bank", 0)
    })
    .await;
    commit(&store, 1).await.expect("it is kept");
    version(&store, 1).await.expect("readable");
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE application_name = 'medcover'";
    postgres.prepare(cut).await;
    assert_eq!(version(&store, 1).await.expect("read"), Version::new(1));
    assert!(status(&store).retries > 0);
    commit(&store, 2)
        .await
        .expect("it is kept, on a new connection");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashed_is_written_again_soon_after_its_return() {
    let postgres = Postgres::new();
    let store = open(postgres.options("bank", 0)).await;
    commit(&store, 1).await.expect("it is kept");
    postgres.server.crash().expect("it crashes");
    until(&store, |it| it.breaker == CircuitState::Open).await;
    postgres.server.start_again().expect("it starts again");
    let kept = async {
        while commit(&store, 2).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let kept = timeout(Duration::from_secs(30), kept).await;
    kept.expect("within thirty seconds of its return");
    assert_eq!(version(&store, 1).await.expect("read"), Version::new(1));
    store.close().await;
}
