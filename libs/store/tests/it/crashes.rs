//! The memory engine in the hands of a simulation.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Call, EventId, MessageId, TenantId, Timestamp};
use medcover_store::{
    Append, CanonicalJson, Claim, CommitError, Context, MemoryStore, NewEvent, NewMessage,
    Position, Schema, Store, StreamId, Version, conformance,
};
use uuid::Uuid;

fn held() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::held(Schema::new(), conformance::clock()))
}

fn stream(number: u128) -> StreamId {
    StreamId::new("account", Uuid::from_u128(number))
}

fn opened(number: u128) -> Append {
    let event = NewEvent {
        id: EventId::from_uuid(Uuid::from_u128(number)),
        kind: "account.opened".into(),
        schema: 1,
        occurred_at: Timestamp::from_micros(1),
        payload: CanonicalJson::empty(),
    };
    let message = NewMessage {
        id: MessageId::from_uuid(Uuid::from_u128(number)),
        queue: "mail".into(),
        key: None,
        payload: CanonicalJson::empty(),
        not_before: None,
    };
    Append::new(Context::of(&Call::for_tests()))
        .write(stream(number), Version::NONE, [event])
        .send(message)
}

type Commit = tokio::task::JoinHandle<Result<medcover_store::Receipt, CommitError>>;

async fn start(store: &Arc<MemoryStore>, number: u128) -> Commit {
    let waiting = store.waiting();
    let commit = {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.commit(opened(number)).await })
    };
    while store.waiting() == waiting {
        tokio::task::yield_now().await;
    }
    commit
}

async fn kept(store: &MemoryStore, number: u128) -> bool {
    let version = store.version(TenantId::DEFAULT, &stream(number)).await;
    version.expect("readable") == Version::new(1)
}

#[tokio::test]
async fn nothing_is_acknowledged_or_seen_before_it_is_synced() {
    let store = held();
    let commit = start(&store, 1).await;
    assert!(!commit.is_finished());
    assert!(!kept(&store, 1).await);
    assert_eq!(*store.head().borrow(), Position::NONE);
    store.sync();
    commit.await.expect("no panic").expect("it is kept");
    assert!(kept(&store, 1).await);
    assert_eq!(*store.head().borrow(), Position::new(1));
}

#[tokio::test]
async fn a_crash_loses_what_waits_and_nothing_else() {
    let store = held();
    let first = start(&store, 1).await;
    store.sync();
    first.await.expect("no panic").expect("it is kept");
    let lost = start(&store, 2).await;
    store.crash(0);
    let error = lost.await.expect("no panic").expect_err("it is lost");
    assert!(matches!(error, CommitError::Unavailable(_)), "{error}");
    assert!(kept(&store, 1).await);
    assert!(!kept(&store, 2).await);
    // The store goes on after it, without a gap.
    let again = start(&store, 2).await;
    store.sync();
    let receipt = again.await.expect("no panic").expect("it is kept");
    assert_eq!(receipt.position, Position::new(2));
}

#[tokio::test]
async fn a_commit_may_survive_a_crash_without_anyone_being_told() {
    let store = held();
    let (first, second) = (start(&store, 1).await, start(&store, 2).await);
    store.crash(1);
    for commit in [first, second] {
        let error = commit.await.expect("no panic").expect_err("not told");
        assert!(matches!(error, CommitError::Unavailable(_)), "{error}");
    }
    assert!(kept(&store, 1).await);
    assert!(!kept(&store, 2).await);
}

#[tokio::test]
async fn a_claim_that_a_crash_loses_leaves_the_message_to_others() {
    let store = held();
    let commit = start(&store, 1).await;
    store.sync();
    commit.await.expect("no panic").expect("it is kept");
    let claim = |store: &Arc<MemoryStore>| {
        let store = Arc::clone(store);
        let claim = Claim {
            queue: "mail".into(),
            worker: "w".into(),
            lease: Duration::from_secs(30),
            max: 1,
        };
        tokio::spawn(async move { store.claim(claim).await })
    };
    let lost = claim(&store);
    while store.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    store.crash(0);
    lost.await.expect("no panic").expect_err("it is lost");
    let again = claim(&store);
    while store.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    store.sync();
    let claimed = again.await.expect("no panic").expect("claimed");
    assert_eq!(claimed[0].attempt, 1);
}
