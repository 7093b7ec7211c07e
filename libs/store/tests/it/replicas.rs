//! Replicas answer readers, and nobody notices but the server that is written.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::ManualClock;
use medcover_store::conformance::Fixture;
use medcover_store::{
    Position, PostgresOptions, PostgresStore, ReplicaStanding, ReplicaStatus, Schema, Store,
    StreamId, Version, conformance_suite, register,
};
use medcover_telemetry::Metrics;
use medcover_testkit::{Fault, FaultProxy, PostgresServer};
use sqlx::Connection as _;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::outages::{LONG, open, status, until};
use crate::postgres::{Postgres, append, counted};

const READER: &str = PostgresServer::READER;

/// A server and those that follow it.
pub(crate) struct Replicated {
    pub(crate) postgres: Postgres,
    replicas: Vec<PostgresServer>,
}

impl Replicated {
    pub(crate) fn new(replicas: usize) -> Self {
        let postgres = Postgres::new();
        let follow = |_| postgres.server.replica().expect("it follows");
        Self {
            replicas: (0..replicas).map(follow).collect(),
            postgres,
        }
    }

    /// As the `instance`th process that opens `schema`.
    pub(crate) fn options(&self, schema: &str, instance: usize) -> PostgresOptions {
        let replicas = self.replicas.iter();
        PostgresOptions {
            replicas: replicas.map(|it| it.url_by(READER, &[it.addr()])).collect(),
            ..self.postgres.options(schema, instance)
        }
    }

    /// Does what `sql` says on the first replica.
    async fn tell_replica(&self, sql: &'static str) {
        let connection = sqlx::PgConnection::connect(&self.replicas[0].url()).await;
        let mut connection = connection.expect("it is there");
        let done = sqlx::raw_sql(sql).execute(&mut connection).await;
        done.expect("it is done");
    }
}

#[async_trait]
impl Fixture for Replicated {
    async fn open(&self, schema: Schema, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        let options = self.options(&self.postgres.next_schema(), 0);
        let store = PostgresStore::open(options, schema, clock).await;
        let store = Arc::new(store.expect("it opens"));
        all_fit(&*store).await;
        store
    }
}

conformance_suite!(by group: Replicated::new(2));

pub(crate) async fn all_fit(store: &dyn Store) {
    until(store, |it| it.replicas.iter().all(ReplicaStatus::is_fit)).await;
}

async fn commit(store: &dyn Store, number: u128) -> Result<(), medcover_store::CommitError> {
    let stream = StreamId::new("item", Uuid::from_u128(number));
    let append = append().write(stream, Version::NONE, [counted(number)]);
    store.commit(append).await.map(drop)
}

/// How much there is in the log.
async fn count(store: &dyn Store) -> usize {
    let log = timeout(LONG, store.read_log(Position::NONE, 1_000)).await;
    log.expect("in time").expect("a log").len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_from_each_replica_in_turn() {
    let house = Replicated::new(2);
    let store = open(house.options("bank", 0)).await;
    commit(&store, 1).await.expect("it is kept");
    let mut asked = 0;
    let fair = |all: &[ReplicaStatus]| all.iter().all(|it| it.reads >= 5);
    while !fair(&status(&store).replicas) {
        assert_eq!(count(&store).await, 1);
        asked += 1;
        assert!(asked < 1_000, "{:?}", status(&store));
    }
    let seen = status(&store);
    let of_replicas: u64 = seen.replicas.iter().map(|it| it.reads).sum();
    assert_eq!(of_replicas + seen.reads, asked, "{seen:?}");
    let metrics = Metrics::default();
    let store = Arc::new(store);
    register(&metrics, vec![("bank", Arc::clone(&store) as _)]);
    let page = metrics.text();
    for line in [
        "medcover_database_breaker_state{store=\"bank\",state=\"closed\"} 1".to_owned(),
        "medcover_database_failures_total{store=\"bank\"} 0".to_owned(),
        format!(
            "medcover_database_reads_total{{store=\"bank\",server=\"primary\"}} {}",
            seen.reads
        ),
        format!(
            "medcover_database_reads_total{{store=\"bank\",server=\"{}\"}} {}",
            seen.replicas[1].address, seen.replicas[1].reads
        ),
        format!(
            "medcover_replica_passed_over_total{{store=\"bank\",replica=\"{}\"}} {}",
            seen.replicas[0].address, seen.replicas[0].passed_over
        ),
    ] {
        assert!(page.contains(&line), "{line}\n{page}");
    }
    assert!(page.contains("medcover_replica_lag_seconds{"));
    // What a decision is made on is not read there.
    let stream = StreamId::new("item", Uuid::from_u128(1));
    let tenant = medcover_kernel::TenantId::DEFAULT;
    store.version(tenant, &stream).await.expect("readable");
    let after = status(&*store);
    assert_eq!(after.reads, seen.reads + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_stands_still_shows_nobody_less_than_was_written() {
    let house = Replicated::new(1);
    let (writes, reads) = (house.options("bank", 1), house.options("bank", 2));
    let (one, other) = (open(writes).await, open(reads).await);
    for store in [&one, &other] {
        all_fit(store).await;
    }
    house.tell_replica("SELECT pg_wal_replay_pause()").await;
    for number in 1..=20 {
        commit(&one, number).await.expect("it is kept");
        // Also in a process that has not written it, and that has not heard of it yet.
        assert_eq!(count(&other).await, number as usize);
        assert_eq!(count(&one).await, number as usize);
    }
    let passed_over = |store| status(store).replicas[0].passed_over;
    assert!(passed_over(&one) + passed_over(&other) > 0);
    until(&other, |it| {
        it.replicas[0].standing == ReplicaStanding::Behind
    })
    .await;
    house.tell_replica("SELECT pg_wal_replay_resume()").await;
    all_fit(&other).await;
    let before = status(&other).replicas[0].reads;
    while status(&other).replicas[0].reads == before {
        assert_eq!(count(&other).await, 20);
        all_fit(&other).await;
    }
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_dies_is_missed_by_nobody() {
    let house = Replicated::new(2);
    let store = open(house.options("bank", 0)).await;
    commit(&store, 1).await.expect("it is kept");
    all_fit(&store).await;
    count(&store).await;
    house.replicas[0].crash().expect("it crashes");
    for _ in 0..20 {
        assert_eq!(count(&store).await, 1);
    }
    let away = |it: &ReplicaStatus| matches!(it.standing, ReplicaStanding::Away(_));
    until(&store, |it| away(&it.replicas[0])).await;
    assert_eq!(status(&store).failures, 0);
    house.replicas[0].start_again().expect("it starts again");
    all_fit(&store).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_falls_silent_keeps_nobody_waiting() {
    let mut house = Replicated::new(1);
    let replica = house.replicas.remove(0);
    let proxy = FaultProxy::start(replica.addr()).await;
    let store = open(PostgresOptions {
        replicas: vec![replica.url_by(READER, &[proxy.addr])],
        ..house.options("bank", 0)
    })
    .await;
    commit(&store, 1).await.expect("it is kept");
    all_fit(&store).await;
    assert_eq!(count(&store).await, 1);
    for fault in [Fault::Silent, Fault::Refuse] {
        proxy.set(fault);
        for _ in 0..5 {
            let counted = timeout(Duration::from_secs(20), count(&store)).await;
            assert_eq!(counted.expect("in time"), 1, "{fault:?}");
        }
        proxy.set(Fault::None);
        all_fit(&store).await;
    }
    store.close().await;
}

/// Commits until it is kept, which takes no longer than `within`.
async fn commit_within(store: &dyn Store, number: u128, within: Duration) {
    let kept = async {
        while commit(store, number).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let kept = timeout(within, kept).await;
    kept.unwrap_or_else(|_| panic!("not within {within:?}: {:?}", status(store)));
}

/// Waits until the replica has all that the store has written.
pub(crate) async fn replicated(store: &dyn Store) {
    let before = status(store).replicas[0].reads;
    while status(store).replicas[0].reads == before {
        all_fit(store).await;
        count(store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_follows_a_promotion_and_never_goes_back() {
    let house = Replicated::new(1);
    let places = [house.postgres.server.addr(), house.replicas[0].addr()];
    let options = |instance| PostgresOptions {
        url: house.replicas[0].url_by(PostgresServer::USER, &places),
        ..house.options("bank", instance)
    };
    let store = open(options(0)).await;
    commit(&store, 1).await.expect("it is kept");
    assert_eq!(status(&store).address, places[0].to_string());
    replicated(&store).await;

    house.postgres.server.crash().expect("it crashes");
    house.replicas[0].promote().expect("it is promoted");
    commit_within(&store, 2, Duration::from_secs(30)).await;
    assert_eq!(status(&store).address, places[1].to_string());

    // The one that was replaced comes back as if nothing had happened.
    let before = &house.postgres.server;
    before.start_again().expect("it starts again");
    let another = open(options(1)).await;
    assert_eq!(status(&another).address, places[1].to_string());
    commit(&another, 3).await.expect("it is kept");
    commit(&store, 4).await.expect("it is kept");
    assert_eq!((count(&another).await, count(&store).await), (4, 4));
    another.close().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_follows_a_promotion_away_from_a_silent_server() {
    let house = Replicated::new(1);
    let proxy = FaultProxy::start(house.postgres.server.addr()).await;
    let places = [proxy.addr, house.replicas[0].addr()];
    let store = open(PostgresOptions {
        url: house.replicas[0].url_by(PostgresServer::USER, &places),
        wait: Duration::from_secs(2),
        ..house.options("bank", 0)
    })
    .await;
    commit(&store, 1).await.expect("it is kept");
    replicated(&store).await;
    proxy.set(Fault::Silent);
    house.replicas[0].promote().expect("it is promoted");
    commit_within(&store, 2, Duration::from_secs(30)).await;
    assert_eq!(status(&store).address, places[1].to_string());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_is_reached_by_a_role_that_can_only_read_or_not_at_all() {
    let house = Replicated::new(1);
    let store = open(PostgresOptions {
        replicas: vec![
            house.replicas[0].url(),
            house
                .postgres
                .server
                .url_by(READER, &[house.postgres.server.addr()]),
        ],
        ..house.options("bank", 0)
    })
    .await;
    let away = |it: &ReplicaStatus, why: &str| match &it.standing {
        ReplicaStanding::Away(told) => told.contains(why),
        _ => false,
    };
    until(&store, |it| {
        away(&it.replicas[0], "its role may write") && away(&it.replicas[1], "no replica")
    })
    .await;
    commit(&store, 1).await.expect("it is kept");
    assert_eq!(count(&store).await, 1);
    store.close().await;
}
