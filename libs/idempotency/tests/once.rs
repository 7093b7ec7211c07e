//! Requests sent twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use medcover_idempotency::{Keep, Once};
use medcover_kernel::{Call, Caller, Error, ErrorKind, Replay, Result, ServiceName, TenantId};
use medcover_store::{Append, Context, MemoryStore, Store};
use tokio::sync::Notify;

/// A service with one operation, which counts how often it has its effect.
struct Counter {
    store: Arc<MemoryStore>,
    once: Once,
    effects: AtomicU32,
}

impl Counter {
    fn new() -> Self {
        Self::over(Arc::new(MemoryStore::for_tests()))
    }

    fn over(store: Arc<MemoryStore>) -> Self {
        Self {
            once: Once::new(Arc::clone(&store) as _),
            store,
            effects: AtomicU32::new(0),
        }
    }

    async fn add(&self, call: &Call, amount: u32) -> Result<u32> {
        self.once
            .run(call, "add", &amount, async |keep| {
                self.commit(call, &keep, amount).await
            })
            .await
    }

    async fn commit(&self, call: &Call, keep: &Keep, amount: u32) -> Result<u32> {
        let append = keep.answer(Append::new(Context::of(call)), 200, &amount)?;
        self.store.commit(append).await?;
        self.effects.fetch_add(amount, Ordering::SeqCst);
        Ok(amount)
    }

    async fn refuse(&self, call: &Call, kind: ErrorKind) -> Error {
        let work = async |_: Keep| {
            Err::<u32, _>(Error::new(kind, "no", "No.").with_fault("/amount", "is wrong"))
        };
        self.once
            .run(call, "add", &1, work)
            .await
            .expect_err("it is refused")
    }

    fn effects(&self) -> u32 {
        self.effects.load(Ordering::SeqCst)
    }
}

fn call(key: &str) -> Call {
    let mut call = Call::for_tests().with_idempotency(key.parse().expect("a key"));
    call.replay = Some(Replay::default());
    call
}

fn is_replay(call: &Call) -> bool {
    call.replay.as_ref().is_some_and(Replay::is_noted)
}

#[tokio::test]
async fn the_same_request_has_its_effect_once_and_is_answered_as_before() {
    let counter = Counter::new();
    let first = call("k");
    assert_eq!(counter.add(&first, 3).await.expect("done"), 3);
    assert!(!is_replay(&first));
    for _ in 0..3 {
        let again = call("k");
        assert_eq!(counter.add(&again, 3).await.expect("done before"), 3);
        assert!(is_replay(&again));
    }
    assert_eq!(counter.effects(), 3);
    counter
        .add(&call("other"), 3)
        .await
        .expect("another undertaking");
    assert_eq!(counter.effects(), 6);
}

#[tokio::test]
async fn another_request_under_the_key_is_refused() {
    let counter = Counter::new();
    counter.add(&call("k"), 3).await.expect("done");
    let error = counter
        .add(&call("k"), 4)
        .await
        .expect_err("another amount");
    assert_eq!(
        (error.kind(), error.slug()),
        (ErrorKind::Refused, "idempotency-key-reused")
    );
    assert_eq!(counter.effects(), 3);
}

#[tokio::test]
async fn without_a_key_nothing_is_done() {
    let counter = Counter::new();
    let error = counter
        .add(&Call::for_tests(), 3)
        .await
        .expect_err("no key");
    assert_eq!(
        (error.kind(), error.slug()),
        (ErrorKind::Invalid, "idempotency-key-missing")
    );
    assert_eq!(counter.effects(), 0);
}

#[tokio::test]
async fn tenants_callers_and_operations_do_not_meet() {
    let counter = Counter::new();
    counter.add(&call("k"), 1).await.expect("done");
    let tenant = call("k").for_tenant(TenantId::from_uuid(uuid(9)));
    counter.add(&tenant, 2).await.expect("another tenant's");
    let mut caller = call("k");
    caller.caller = Caller::Service(ServiceName::from_static("billing"));
    counter.add(&caller, 3).await.expect("another caller's");
    let subtract = async |_: Keep| Ok(4_u32);
    let other = counter.once.run(&call("k"), "subtract", &4, subtract).await;
    assert_eq!(other.expect("another operation"), 4);
    assert_eq!(counter.effects(), 6);
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

#[tokio::test]
async fn while_the_first_runs_the_second_is_told_to_wait() {
    let counter = Arc::new(Counter::new());
    let (go, here) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let running = tokio::spawn({
        let (counter, go, here) = (Arc::clone(&counter), Arc::clone(&go), Arc::clone(&here));
        async move {
            let call = call("k");
            let work = async |keep: Keep| {
                here.notify_one();
                go.notified().await;
                counter.commit(&call, &keep, 3).await
            };
            counter.once.run(&call, "add", &3_u32, work).await
        }
    });
    here.notified().await;
    let error = counter.add(&call("k"), 3).await.expect_err("it still runs");
    assert_eq!(
        (error.kind(), error.slug()),
        (ErrorKind::Conflict, "still-running")
    );
    assert!(error.retry_after().is_some());
    go.notify_one();
    running.await.expect("no panic").expect("done");
    assert_eq!(counter.add(&call("k"), 3).await.expect("done before"), 3);
    assert_eq!(counter.effects(), 3);
}

#[tokio::test]
async fn a_request_given_up_half_way_may_be_sent_again() {
    let counter = Counter::new();
    {
        let call = call("k");
        let never = counter.once.run(&call, "add", &3_u32, async |_: Keep| {
            std::future::pending::<Result<u32>>().await
        });
        let within = std::time::Duration::from_millis(10);
        assert!(tokio::time::timeout(within, never).await.is_err());
    }
    assert_eq!(counter.add(&call("k"), 3).await.expect("done now"), 3);
}

#[tokio::test]
async fn two_processes_meet_at_the_commit() {
    let store = Arc::new(MemoryStore::for_tests());
    let (one, other) = (Counter::over(Arc::clone(&store)), Counter::over(store));
    let slow = call("k");
    let work = async |keep: Keep| {
        // Between the question for an answer and the commit, the other process does it all.
        other.add(&call("k"), 3).await?;
        one.commit(&slow, &keep, 3).await
    };
    let answer = one.once.run(&slow, "add", &3_u32, work).await;
    assert_eq!(answer.expect("the other's answer"), 3);
    assert!(is_replay(&slow));
    assert_eq!((one.effects(), other.effects()), (0, 3));
}

#[tokio::test]
async fn a_refusal_by_a_rule_is_kept_with_all_it_says() {
    for kind in [
        ErrorKind::NotFound,
        ErrorKind::Conflict,
        ErrorKind::PreconditionFailed,
        ErrorKind::Refused,
    ] {
        let counter = Counter::new();
        counter.refuse(&call("k"), kind).await;
        let again = call("k");
        let error = counter.add(&again, 1).await.expect_err("as before");
        assert_eq!(
            (error.kind(), error.slug(), error.message()),
            (kind, "no", "No.")
        );
        assert_eq!(error.faults()[0].pointer, "/amount");
        assert!(is_replay(&again));
        assert_eq!(counter.effects(), 0);
    }
}

#[tokio::test]
async fn what_says_nothing_about_the_request_is_not_kept() {
    for kind in [
        ErrorKind::Invalid,
        ErrorKind::Unauthenticated,
        ErrorKind::Forbidden,
        ErrorKind::TooLarge,
        ErrorKind::Limited,
        ErrorKind::Unavailable,
        ErrorKind::DeadlineExceeded,
        ErrorKind::Internal,
    ] {
        let counter = Counter::new();
        counter.refuse(&call("k"), kind).await;
        assert_eq!(
            counter.add(&call("k"), 1).await.expect("corrected"),
            1,
            "{kind:?}"
        );
    }
}
