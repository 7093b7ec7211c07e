//! Workers: leases, tokens, pauses, dead letters, fairness, stopping.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Caller, Clock, ErrorKind, EventId, MessageId, SeededRng, TenantId};
use medcover_store::{
    Append, CanonicalJson, Claim, CommitError, Context, Delivery, MemoryStore, NewEvent, Outcome,
    Store, StreamId,
};
use medcover_workflow::Retry;
use medcover_workflow::queue::{DeadLetters, Failure, Handled, Handler, Worker, WorkerConfig};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::ground::{
    Ground, SERVICE, TimerClock, applied, config, context, context_of, message, note, schema, send,
};

const QUEUE: &str = "work";

pub(crate) fn effect(delivery: &Delivery) -> Append {
    let context = Context::handling(delivery, Caller::Service(SERVICE));
    Append::new(context).row(note(delivery.tenant(), delivery.id))
}

/// A handler made of a function.
struct Does<F>(F);

#[async_trait]
impl<F, R> Handler for Does<F>
where
    F: Fn(Delivery) -> R + Send + Sync,
    R: Future<Output = Result<Handled, Failure>> + Send,
{
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        self.0(delivery.clone()).await
    }
}

fn worker(ground: &Ground, handler: impl Handler + 'static, config: WorkerConfig) -> Worker {
    let (clock, rng) = (ground.clock(), Arc::clone(&ground.rng));
    Worker::new(
        Arc::clone(&ground.store),
        clock,
        rng,
        Arc::new(handler),
        config,
    )
}

fn applies() -> impl Handler {
    Does(|delivery: Delivery| async move { Ok(effect(&delivery).into()) })
}

#[tokio::test]
async fn a_message_has_its_effect_and_is_gone() {
    let ground = Ground::new();
    send(&*ground.store, context(), vec![message(1, QUEUE)]).await;
    let worker = worker(&ground, applies(), config(QUEUE));
    assert_eq!(worker.tick().await.expect("a tick"), 1);
    assert_eq!(worker.tick().await.expect("a tick"), 0);
    assert_eq!(applied(&*ground.store, TenantId::DEFAULT).await, (1, 1));
    ground.pass(Duration::from_hours(1));
    assert_eq!(worker.tick().await.expect("a tick"), 0);
}

#[tokio::test]
async fn a_late_acknowledgement_is_refused_with_its_effects() {
    let ground = Ground::new();
    send(&*ground.store, context(), vec![message(1, QUEUE)]).await;
    let claim = Claim {
        queue: QUEUE.into(),
        worker: "slow".into(),
        lease: Duration::from_secs(30),
        max: 1,
    };
    let slow = ground.store.claim(claim).await.expect("a claim").remove(0);
    ground.pass(Duration::from_secs(31));
    let quick = worker(&ground, applies(), config(QUEUE));
    assert_eq!(quick.tick().await.expect("a tick"), 1);
    let late = effect(&slow).settle(slow.settled(Outcome::Done));
    let refused = ground.store.commit(late).await;
    assert!(matches!(refused, Err(CommitError::StaleDelivery { .. })));
    assert_eq!(applied(&*ground.store, TenantId::DEFAULT).await, (1, 1));
}

fn fails(seen: &Arc<AtomicUsize>) -> impl Handler + use<> {
    let seen = Arc::clone(seen);
    Does(move |_: Delivery| {
        seen.fetch_add(1, Ordering::SeqCst);
        async { Err(Failure::retry("the printer is out of paper")) }
    })
}

fn three_attempts() -> WorkerConfig {
    WorkerConfig {
        retry: Retry {
            attempts: 3,
            first: Duration::from_secs(1),
            cap: Duration::from_secs(10),
        },
        ..config(QUEUE)
    }
}

#[tokio::test]
async fn what_keeps_failing_is_set_aside_with_its_reason_and_can_be_replayed_or_dropped() {
    let ground = Ground::new();
    let messages = vec![message(1, QUEUE), message(2, QUEUE)];
    send(&*ground.store, context(), messages).await;
    let seen = Arc::new(AtomicUsize::new(0));
    let failing = worker(&ground, fails(&seen), three_attempts());
    failing.tick().await.expect("a tick");
    assert_eq!(failing.tick().await.expect("a tick"), 0, "it pauses first");
    for _ in 0..3 {
        ground.pass(Duration::from_secs(11));
        failing.tick().await.expect("a tick");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 6);

    let letters = DeadLetters::new(Arc::clone(&ground.store));
    let tenant = TenantId::DEFAULT;
    let page = letters.list(tenant, QUEUE, 0, 1).await.expect("a page");
    assert_eq!(
        page.letters[0].reason,
        "attempts used up: the printer is out of paper"
    );
    assert_eq!(page.letters[0].message.attempts, 3);
    let rest = letters
        .list(tenant, QUEUE, page.next.expect("more"), 10)
        .await
        .expect("a page");
    assert_eq!((rest.letters.len(), rest.next), (1, None));
    let depth = letters.depths().await.expect("depths").remove(0);
    assert_eq!((depth.ready, depth.waiting, depth.dead), (0, 0, 2));

    let second = rest.letters[0].message.id;
    letters
        .discard(context(), second)
        .await
        .expect("it is there");
    let gone = letters.replay(context(), second).await.expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    assert_eq!(letters.replay_all(context(), QUEUE).await.expect("one"), 1);
    let mended = worker(&ground, applies(), three_attempts());
    assert_eq!(mended.tick().await.expect("a tick"), 1);
    assert_eq!(applied(&*ground.store, tenant).await, (1, 1));
}

#[tokio::test]
async fn pauses_before_the_next_attempt_differ_and_stay_within_bounds() {
    let ground = Ground::new();
    let messages = (1..=200).map(|number| message(number, QUEUE)).collect();
    send(&*ground.store, context(), messages).await;
    let seen = Arc::new(AtomicUsize::new(0));
    let config = WorkerConfig {
        concurrency: 200,
        ..three_attempts()
    };
    worker(&ground, fails(&seen), config)
        .tick()
        .await
        .expect("a tick");
    let queued = ground
        .store
        .messages(TenantId::DEFAULT, QUEUE, 0, 1_000)
        .await;
    let now = ground.clock.now();
    let pauses: Vec<_> = queued
        .expect("messages")
        .iter()
        .map(|message| message.available_at.since(now))
        .collect();
    assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(1)));
    let short = pauses.iter().filter(|p| **p < Duration::from_millis(500));
    assert!((70..130).contains(&short.count()), "drawn evenly");
}

#[tokio::test]
async fn what_can_never_work_is_set_aside_at_once() {
    let ground = Ground::new();
    send(&*ground.store, context(), vec![message(1, QUEUE)]).await;
    let rejecting = Does(|_: Delivery| async { Err(Failure::reject("no such invoice")) });
    worker(&ground, rejecting, config(QUEUE))
        .tick()
        .await
        .expect("a tick");
    let letters = DeadLetters::new(Arc::clone(&ground.store));
    let page = letters.list(TenantId::DEFAULT, QUEUE, 0, 10).await;
    assert_eq!(page.expect("a page").letters[0].reason, "no such invoice");
}

#[tokio::test]
async fn a_message_that_ends_its_workers_is_set_aside_in_the_end() {
    let ground = Ground::new();
    send(&*ground.store, context(), vec![message(1, QUEUE)]).await;
    for _ in 0..3 {
        let claim = Claim {
            queue: QUEUE.into(),
            worker: "mortal".into(),
            lease: Duration::from_secs(30),
            max: 1,
        };
        assert_eq!(ground.store.claim(claim).await.expect("a claim").len(), 1);
        ground.pass(Duration::from_secs(31));
    }
    let seen = Arc::new(AtomicUsize::new(0));
    worker(&ground, fails(&seen), three_attempts())
        .tick()
        .await
        .expect("a tick");
    assert_eq!(seen.load(Ordering::SeqCst), 0, "it is not even tried");
    let letters = DeadLetters::new(Arc::clone(&ground.store));
    let page = letters.list(TenantId::DEFAULT, QUEUE, 0, 10).await;
    assert_eq!(page.expect("a page").letters.len(), 1);
}

#[tokio::test]
async fn a_delayed_message_waits_for_its_time() {
    let ground = Ground::new();
    let at = ground.clock.now().plus(Duration::from_mins(5));
    let mut delayed = message(1, QUEUE);
    delayed.not_before = Some(at);
    send(&*ground.store, context(), vec![delayed]).await;
    let worker = worker(&ground, applies(), config(QUEUE));
    assert_eq!(worker.tick().await.expect("a tick"), 0);
    ground.pass(Duration::from_mins(5));
    assert_eq!(worker.tick().await.expect("a tick"), 1);
}

#[tokio::test]
async fn a_tenant_with_many_messages_does_not_keep_another_waiting() {
    let ground = Ground::new();
    for part in 0..5 {
        let many = (1..=100)
            .map(|n| message(part * 1_000 + n, QUEUE))
            .collect();
        send(&*ground.store, context_of(1), many).await;
    }
    let few = (9_001..=9_003).map(|n| message(n, QUEUE)).collect();
    send(&*ground.store, context_of(2), few).await;
    let worker = worker(&ground, applies(), config(QUEUE));
    worker.tick().await.expect("one tick of sixteen messages");
    let tenant = TenantId::from_uuid(Uuid::from_u128(2));
    assert_eq!(applied(&*ground.store, tenant).await, (3, 1));
}

#[tokio::test]
async fn a_conflict_has_the_handler_decide_again() {
    let ground = Ground::new();
    send(&*ground.store, context(), vec![message(1, QUEUE)]).await;
    let store = Arc::clone(&ground.store);
    let seen = Arc::new(AtomicUsize::new(0));
    let (counter, clock) = (Arc::clone(&seen), ground.clock());
    let deciding = Does(move |delivery: Delivery| {
        let (store, before) = (Arc::clone(&store), counter.fetch_add(1, Ordering::SeqCst));
        let event = |number| NewEvent {
            id: EventId::from_uuid(Uuid::from_u128(number)),
            kind: "counter.raised".into(),
            schema: 1,
            occurred_at: clock.now(),
            payload: CanonicalJson::empty(),
        };
        let (own, others) = (event(before as u128 + 1), event(100));
        async move {
            let stream = StreamId::new("counter", Uuid::from_u128(1));
            let version = store.version(delivery.tenant(), &stream).await?;
            if before == 0 {
                let other = Append::new(context()).write(stream.clone(), version, [others]);
                store.commit(other).await.expect("nobody was quicker");
            }
            Ok(effect(&delivery).write(stream, version, [own]).into())
        }
    });
    worker(&ground, deciding, config(QUEUE))
        .tick()
        .await
        .expect("a tick");
    assert_eq!(seen.load(Ordering::SeqCst), 2);
    assert_eq!(applied(&*ground.store, TenantId::DEFAULT).await, (1, 1));
}

/// Workers under tokio's paused time.
struct Timed {
    store: Arc<MemoryStore>,
    clock: Arc<dyn Clock>,
}

impl Timed {
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TimerClock::new());
        let store = Arc::new(MemoryStore::new(schema(), Arc::clone(&clock)));
        Self { store, clock }
    }

    fn worker(&self, handler: impl Handler + 'static, config: WorkerConfig) -> Worker {
        let store = Arc::clone(&self.store) as Arc<dyn Store>;
        let rng = Arc::new(SeededRng::new(3));
        Worker::new(
            store,
            Arc::clone(&self.clock),
            rng,
            Arc::new(handler),
            config,
        )
    }

    async fn attempts(&self) -> u32 {
        let queued = self.store.messages(TenantId::DEFAULT, QUEUE, 0, 10).await;
        let queued = queued.expect("messages");
        queued
            .iter()
            .map(|message| message.attempts)
            .max()
            .unwrap_or(0)
    }
}

async fn for_ever() {
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_while_the_handler_runs() {
    let timed = Timed::new();
    send(&*timed.store, context(), vec![message(1, QUEUE)]).await;
    let seen = Arc::new(AtomicUsize::new(0));
    let slow = |seen: Arc<AtomicUsize>| {
        Does(move |delivery: Delivery| {
            seen.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::time::sleep(Duration::from_mins(5)).await;
                Ok(effect(&delivery).into())
            }
        })
    };
    let one = timed.worker(slow(Arc::clone(&seen)), config(QUEUE));
    let other = timed.worker(slow(Arc::clone(&seen)), config(QUEUE));
    let time = tokio::time::sleep(Duration::from_mins(6));
    tokio::select! {
        () = one.run(for_ever()) => {}
        () = other.run(for_ever()) => {}
        () = time => {}
    }
    assert_eq!(seen.load(Ordering::SeqCst), 1, "nobody else ever had it");
    assert_eq!(applied(&*timed.store, TenantId::DEFAULT).await, (1, 1));
}

#[tokio::test(start_paused = true)]
async fn while_a_dependency_is_away_no_attempt_is_spent_and_nothing_else_is_taken() {
    let timed = Timed::new();
    send(&*timed.store, context(), vec![message(1, QUEUE)]).await;
    let (down, is_down) = watch::channel(true);
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    let depending = Does(move |delivery: Delivery| {
        counted.fetch_add(1, Ordering::SeqCst);
        let down = *is_down.borrow();
        async move {
            if down {
                return Err(Failure::DependencyDown {
                    reason: "the bank".to_owned(),
                    after: None,
                });
            }
            Ok(effect(&delivery).into())
        }
    });
    let worker = timed.worker(depending, config(QUEUE));
    let outage = async {
        tokio::time::sleep(Duration::from_mins(1)).await;
        send(&*timed.store, context(), vec![message(2, QUEUE)]).await;
        tokio::time::sleep(Duration::from_hours(2)).await;
        assert_eq!(timed.attempts().await, 1);
        let tried = seen.load(Ordering::SeqCst);
        assert!(tried > 10, "it was looked for: {tried} times");
        down.send_replace(false);
        tokio::time::sleep(Duration::from_mins(1)).await;
    };
    tokio::select! {
        () = worker.run(for_ever()) => {}
        () = outage => {}
    }
    assert_eq!(applied(&*timed.store, TenantId::DEFAULT).await, (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_shut_gate_keeps_the_worker_from_claiming() {
    let timed = Timed::new();
    send(&*timed.store, context(), vec![message(1, QUEUE)]).await;
    let (gate, is_open) = watch::channel(false);
    let worker = timed.worker(applies(), config(QUEUE)).gated(is_open);
    let opening = async {
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert_eq!(timed.attempts().await, 0);
        gate.send_replace(true);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(
            applied(&*timed.store, TenantId::DEFAULT).await,
            (1, 1),
            "it is taken the moment the gate opens"
        );
    };
    tokio::select! {
        () = worker.run(for_ever()) => {}
        () = opening => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_worker_ends_what_it_has_and_takes_nothing_more() {
    let timed = Timed::new();
    let (begun, mut begins) = mpsc::unbounded_channel::<MessageId>();
    let slow = Does(move |delivery: Delivery| {
        begun.send(delivery.id).expect("somebody listens");
        async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(effect(&delivery).into())
        }
    });
    let config = WorkerConfig {
        concurrency: 2,
        ..config(QUEUE)
    };
    let worker = timed.worker(slow, config);
    let messages = (1..=3).map(|number| message(number, QUEUE)).collect();
    send(&*timed.store, context(), messages).await;
    let stop = async {
        begins.recv().await.expect("the first begins");
    };
    worker.run(stop).await;
    assert_eq!(applied(&*timed.store, TenantId::DEFAULT).await, (2, 1));
    assert_eq!(
        begins.try_recv().ok(),
        Some(MessageId::from_uuid(Uuid::from_u128(2)))
    );
    assert!(begins.try_recv().is_err(), "the third was not begun");
}

#[tokio::test(start_paused = true)]
async fn no_more_messages_are_handled_at_once_than_told() {
    let timed = Timed::new();
    let messages = (1..=100).map(|number| message(number, QUEUE)).collect();
    send(&*timed.store, context(), messages).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (here, peak) = (Arc::clone(&now), Arc::clone(&most));
    let counting = Does(move |delivery: Delivery| {
        let (here, peak) = (Arc::clone(&here), Arc::clone(&peak));
        async move {
            peak.fetch_max(here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let time = 1 + delivery.id.as_uuid().as_u128() as u64 % 7;
            tokio::time::sleep(Duration::from_millis(time)).await;
            here.fetch_sub(1, Ordering::SeqCst);
            Ok(effect(&delivery).into())
        }
    });
    let config = WorkerConfig {
        concurrency: 8,
        ..config(QUEUE)
    };
    let worker = timed.worker(counting, config);
    worker
        .run(tokio::time::sleep(Duration::from_secs(10)))
        .await;
    assert_eq!(most.load(Ordering::SeqCst), 8);
    assert_eq!(applied(&*timed.store, TenantId::DEFAULT).await, (100, 1));
}

#[tokio::test(start_paused = true)]
async fn a_panicking_handler_harms_no_other_message() {
    let timed = Timed::new();
    let messages = (1..=3).map(|number| message(number, QUEUE)).collect();
    send(&*timed.store, context(), messages).await;
    let panicking = Does(move |delivery: Delivery| async move {
        assert!(delivery.id.as_uuid().as_u128() != 2, "two is too much");
        Ok(effect(&delivery).into())
    });
    let config = WorkerConfig {
        retry: Retry::times(2),
        ..config(QUEUE)
    };
    let worker = timed.worker(panicking, config);
    worker.run(tokio::time::sleep(Duration::from_mins(5))).await;
    assert_eq!(applied(&*timed.store, TenantId::DEFAULT).await, (2, 1));
    let store = Arc::clone(&timed.store) as Arc<dyn Store>;
    let page = DeadLetters::new(store)
        .list(TenantId::DEFAULT, QUEUE, 0, 10)
        .await;
    assert_eq!(page.expect("a page").letters.len(), 1);
}

#[tokio::test]
async fn what_one_version_does_not_know_is_left_to_another_for_a_day() {
    let ground = Ground::new();
    let messages = vec![message(1, QUEUE), message(2, QUEUE)];
    send(&*ground.store, context(), messages).await;
    let unknown = || {
        Does(move |_: Delivery| {
            let failure = Failure::from(medcover_store::later_version("it is of schema 2"));
            async { Err(failure) }
        })
    };
    let older = worker(&ground, unknown(), three_attempts());
    for _ in 0..20 {
        assert_eq!(older.tick().await.expect("a tick"), 2);
        assert_eq!(
            older.tick().await.expect("a tick"),
            0,
            "others have a while"
        );
        ground.pass(Duration::from_secs(10));
    }
    let queued = ground.store.messages(TenantId::DEFAULT, QUEUE, 0, 10).await;
    let queued = queued.expect("readable");
    assert_eq!((queued.len(), queued[0].attempts), (2, 0));
    let failure = queued[0].failure.as_deref().unwrap_or_default();
    assert!(failure.contains("it is of schema 2"), "{failure}");
    let newer = worker(&ground, applies(), config(QUEUE));
    let claim = Claim {
        queue: QUEUE.into(),
        worker: "newer".into(),
        lease: Duration::from_secs(30),
        max: 1,
    };
    let first = ground.store.claim(claim).await.expect("a claim").remove(0);
    let done = effect(&first).settle(first.settled(Outcome::Done));
    ground.store.commit(done).await.expect("it is kept");
    ground.pass(Duration::from_hours(24));
    assert_eq!(older.tick().await.expect("a tick"), 1);
    let dead = ground
        .store
        .dead_letters(TenantId::DEFAULT, QUEUE, 0, 10)
        .await;
    let dead = dead.expect("readable");
    assert_eq!(dead.len(), 1);
    assert!(
        dead[0].reason.starts_with("no process knows"),
        "{}",
        dead[0].reason
    );
    assert_eq!(newer.tick().await.expect("a tick"), 0);
    assert_eq!(applied(&*ground.store, TenantId::DEFAULT).await, (1, 1));
}
