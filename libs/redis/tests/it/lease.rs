//! Leases with two who want them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_redis::{Held, Lease, Redis};
use medcover_testkit::RedisServer;

use crate::group::group;
use crate::{PATIENCE, at, ready, under, until};

const TTL: Duration = Duration::from_secs(2);

/// Counts a leader off again, also when its work is dropped.
struct Leads(Arc<AtomicU64>);

impl Drop for Leads {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn lease(redis: &Redis, ttl: Duration) -> Lease {
    Lease::new(redis.clone(), "sweeper", ttl).expect("it takes long enough")
}

/// Waits until it can be had.
async fn taken(lease: &Lease) -> Held {
    let clock = SystemClock::default();
    loop {
        if let Ok(Some(held)) = lease.take().await {
            return held;
        }
        assert!(clock.elapsed() < PATIENCE, "nobody gets it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn one_has_it_at_a_time_and_each_holder_has_a_higher_number() {
    let server = RedisServer::start(&[]).expect("it starts");
    let (one, other) = (ready(&at(&server)).await, ready(&at(&server)).await);
    let (one, other) = (lease(&one, TTL), lease(&other, TTL));
    let clock = SystemClock::default();
    let held = taken(&one).await;
    assert!(
        clock.elapsed() >= TTL,
        "somebody may have had it before Redis began"
    );
    assert!(other.take().await.expect("it answers").is_none());
    let first = held.fence();
    held.release().await;
    let mut held = other.take().await.expect("it answers").expect("it is free");
    assert!(held.fence() > first);
    assert!(held.renew().await.expect("it answers"));
    assert!(held.is_held());
    let second = held.fence();
    // Its holder says nothing any more.
    let after = taken(&one).await;
    assert!(after.fence() > second);
    assert!(!held.is_held(), "it was lost before another had it");
    assert!(!held.renew().await.expect("it answers"));
    held.release().await;
    assert!(after.is_held() && other.take().await.expect("it answers").is_none());
}

#[tokio::test]
async fn who_cannot_renew_in_time_knows_it_before_another_has_it() {
    let server = RedisServer::start(&[]).expect("it starts");
    let (one, other) = (ready(&at(&server)).await, ready(&at(&server)).await);
    let mut held = taken(&lease(&one, TTL)).await;
    let clock = SystemClock::default();
    server.freeze().expect("it stops");
    held.keep().await;
    assert!(
        !held.is_held() && clock.elapsed() < TTL,
        "{:?}",
        clock.elapsed()
    );
    server.thaw().expect("it goes on");
    let after = taken(&lease(&other, TTL)).await;
    assert!(after.fence() > held.fence() && !held.is_held());
}

#[tokio::test]
async fn a_holder_finds_back_after_redis_has_lost_everything() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let ttl = Duration::from_secs(10);
    let (one, other) = (ready(&at(&server)).await, ready(&at(&server)).await);
    let (one, other) = (lease(&one, ttl), lease(&other, ttl));
    let mut held = taken(&one).await;
    let fence = held.fence();
    server.kill();
    server.start_again().expect("it starts");
    // The other asks first, and in vain.
    until("it answers again", async || other.take().await.is_ok()).await;
    until("it finds back", async || {
        held.renew().await.unwrap_or(false)
    })
    .await;
    assert!(held.is_held());
    assert!(other.take().await.expect("it answers").is_none());
    held.release().await;
    assert!(taken(&other).await.fence() > fence);
}

#[tokio::test]
async fn through_a_failover_two_never_lead_at_once() {
    let mut group = group();
    let (leading, most, terms) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(std::sync::Mutex::new(Vec::new())),
    );
    let mut contenders = Vec::new();
    for _ in 0..2 {
        let lease = lease(&ready(&under(&group.sentinels)).await, TTL);
        let (leading, most, terms) = (Arc::clone(&leading), Arc::clone(&most), Arc::clone(&terms));
        contenders.push(tokio::spawn(async move {
            let work = |fence| {
                let (leading, most, terms) = (&leading, &most, &terms);
                async move {
                    let now = leading.fetch_add(1, Ordering::SeqCst) + 1;
                    let _leads = Leads(Arc::clone(leading));
                    most.fetch_max(now, Ordering::SeqCst);
                    terms.lock().expect("no panic").push(fence);
                    std::future::pending::<()>().await;
                }
            };
            lease.lead(std::future::pending(), work).await;
        }));
    }
    let held = |times: usize| {
        let terms = Arc::clone(&terms);
        async move || terms.lock().expect("no panic").len() >= times
    };
    until("somebody leads", held(1)).await;
    group.primary.kill();
    // Either the leader finds back, or the other follows; in both cases somebody leads again and stays.
    let redis = ready(&under(&group.sentinels)).await;
    until("another primary is there", async || {
        redis
            .status()
            .primary
            .is_some_and(|it| it != group.primary.address())
    })
    .await;
    until("somebody leads", async || {
        leading.load(Ordering::SeqCst) == 1
    })
    .await;
    contenders[0].abort();
    contenders[1].abort();
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let terms = terms.lock().expect("no panic").clone();
    assert!(terms.is_sorted_by(|a, b| a < b), "{terms:?}");
}
