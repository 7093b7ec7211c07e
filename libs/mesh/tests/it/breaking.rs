use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::body::Body;
use medcover_http::{Why, stop};
use medcover_mesh::{CIRCUIT_OPEN, UpstreamConfig};
use medcover_resilience::CircuitState;
use tokio::time::sleep;

use crate::house::{Act, House, Scripted, config, status_of};

/// An instance whose answers a test can change.
async fn told(status: u16) -> (Scripted, Arc<AtomicU16>) {
    let says = Arc::new(AtomicU16::new(status));
    let script = Arc::clone(&says);
    let act = move |_: &_| Act::Answer(script.load(Ordering::SeqCst), "", String::new());
    (Scripted::start(act).await, says)
}

fn recovering_in(millis: u64) -> UpstreamConfig {
    UpstreamConfig {
        recovery_ms: millis,
        ..config()
    }
}

async fn post(house: &House) -> u16 {
    status_of(&house.ask("POST", &[], Body::from("{}")).await)
}

fn breaker(house: &House) -> CircuitState {
    house.upstream.status().instances[0].breaker
}

#[tokio::test]
async fn five_failures_open_the_breaker_and_then_nobody_is_asked() {
    let (instance, _) = told(500).await;
    let house = House::before(&[&instance], recovering_in(60_000));
    for _ in 0..4 {
        assert_eq!(post(&house).await, 500);
        assert_eq!(breaker(&house), CircuitState::Closed);
    }
    assert_eq!(post(&house).await, 500);
    assert_eq!(breaker(&house), CircuitState::Open);
    let refused = house.get().await.expect_err("nobody is asked");
    let Why::Refused(refusal) = refused.why() else {
        panic!("{refused}");
    };
    assert_eq!(refusal.slug, CIRCUIT_OPEN);
    assert!(refusal.retry_after > Duration::from_secs(50));
    assert_eq!(instance.read(), 5);
    let status = house.upstream.status();
    assert!(status.refused.contains(&(CIRCUIT_OPEN, 1)));
    let seen = &status.instances[0];
    assert_eq!((seen.consecutive_failures, seen.breaker_opened), (5, 1));
    assert!(seen.last_failure.is_some());
}

#[tokio::test]
async fn a_probe_that_succeeds_closes_it() {
    let (instance, says) = told(500).await;
    let house = House::before(&[&instance], recovering_in(200));
    for _ in 0..5 {
        post(&house).await;
    }
    assert_eq!(breaker(&house), CircuitState::Open);
    says.store(200, Ordering::SeqCst);
    sleep(Duration::from_millis(250)).await;
    assert_eq!(post(&house).await, 200);
    assert_eq!(breaker(&house), CircuitState::Closed);
}

#[tokio::test]
async fn what_was_away_is_asked_again_as_soon_as_it_is_ready() {
    let (instance, says) = told(503).await;
    let house = House::before(&[&instance], recovering_in(60_000));
    let (stopper, stop) = stop();
    let running = tokio::spawn(house.upstream.clone().run(stop));
    let healthy = || {
        house
            .upstream
            .status()
            .instances
            .first()
            .map(|it| it.healthy)
    };
    while healthy() != Some(false) {
        sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..5 {
        post(&house).await;
    }
    assert_eq!(breaker(&house), CircuitState::Open);
    says.store(200, Ordering::SeqCst);
    while healthy() != Some(true) {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(breaker(&house), CircuitState::Closed);
    assert_eq!(post(&house).await, 200);
    stopper.drain();
    running.await.expect("it ends");
}

#[tokio::test]
async fn a_caller_who_asks_too_much_opens_nothing() {
    let (instance, _) = told(429).await;
    let house = House::before(&[&instance], config());
    for _ in 0..50 {
        assert_eq!(post(&house).await, 429);
    }
    assert_eq!(breaker(&house), CircuitState::Closed);
    assert_eq!(instance.read(), 50);
}
