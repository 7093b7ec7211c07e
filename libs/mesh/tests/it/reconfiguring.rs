use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use medcover_http::{Why, stop};
use medcover_mesh::{EGRESS_NOT_LISTED, UpstreamConfig};
use medcover_resilience::CircuitState;
use tokio::time::sleep;

use crate::house::{Act, House, Scripted, config, good, status, status_of};

fn by(strategy: &str, failure_threshold: u32) -> UpstreamConfig {
    UpstreamConfig {
        strategy: strategy.to_owned(),
        failure_threshold,
        ..config()
    }
}

/// What the breaker of the only instance says after so many failures.
async fn after_failures(house: &House, failures: u32) -> CircuitState {
    for _ in 0..failures {
        let answer = house.ask("POST", &[], Body::from("{}")).await;
        assert_eq!(status_of(&answer), 500);
    }
    house.upstream.status().instances[0].breaker
}

#[tokio::test]
async fn another_strategy_and_threshold_under_load_fail_no_request() {
    let brief = || Act::Slow(Duration::from_millis(2));
    let instances = [
        Scripted::always(brief()).await,
        Scripted::always(brief()).await,
    ];
    let house = House::before(&[&instances[0], &instances[1]], by("round-robin", 5));
    let house = Arc::new(house);
    let (over, asked) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let askers: Vec<_> = (0..16)
        .map(|_| {
            let (house, over, asked) = (Arc::clone(&house), Arc::clone(&over), Arc::clone(&asked));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    assert_eq!(status_of(&house.get().await), 200);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let strategies = ["weighted", "least-connections", "peak-ewma", "round-robin"];
    for swap in 0..40 {
        let strategy = strategies[swap % strategies.len()];
        let threshold = u32::try_from(swap).expect("small") % 7;
        let swapped = house.upstream.reconfigure(&by(strategy, threshold));
        swapped.expect("settings that work");
        assert_eq!(house.upstream.status().strategy, strategy);
        sleep(Duration::from_millis(5)).await;
    }
    over.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.expect("no request failed");
    }
    assert!(asked.load(Ordering::Relaxed) > 100);
    assert_eq!(house.in_flight(), 0);
    let status = house.upstream.status();
    assert_eq!(status.retries, 0);
    assert!(status.instances.iter().all(|it| it.answered > 0));
}

#[tokio::test]
async fn the_new_threshold_holds_and_an_open_breaker_stays_open() {
    let instance = Scripted::always(status(500)).await;
    let house = House::before(&[&instance], by("peak-ewma", 5));
    assert_eq!(after_failures(&house, 1).await, CircuitState::Closed);
    let two = house.upstream.reconfigure(&by("peak-ewma", 2));
    two.expect("settings that work");
    assert_eq!(after_failures(&house, 1).await, CircuitState::Open);
    let ten = house.upstream.reconfigure(&by("peak-ewma", 10));
    ten.expect("settings that work");
    house.get().await.expect_err("nobody is asked");
    assert_eq!(instance.read(), 2);
}

#[tokio::test]
async fn retries_and_their_budget_hold_from_the_next_request_on() {
    let instances = [
        Scripted::always(status(500)).await,
        Scripted::always(status(500)).await,
    ];
    let house = House::before(&[&instances[0], &instances[1]], by("peak-ewma", 0));
    let without = UpstreamConfig {
        retries: 0,
        failure_percent: 0,
        ..by("peak-ewma", 0)
    };
    let works = house.upstream.reconfigure(&without);
    works.expect("settings that work");
    assert_eq!(status_of(&house.get().await), 500);
    assert_eq!(house.upstream.status().retries, 0);
    let twice = UpstreamConfig {
        retries: 2,
        retries_saved: 1,
        retry_percent: 0,
        ..without
    };
    house
        .upstream
        .reconfigure(&twice)
        .expect("settings that work");
    assert_eq!(status_of(&house.get().await), 500);
    assert_eq!(
        house.upstream.status().retries,
        1,
        "one is all that is saved"
    );
}

#[tokio::test]
async fn settings_that_cannot_work_change_nothing() {
    let instance = Scripted::always(good()).await;
    let house = House::before(&[&instance], by("round-robin", 5));
    let broken = UpstreamConfig {
        recovery_ms: 0,
        ..by("weighted", 5)
    };
    house
        .upstream
        .reconfigure(&broken)
        .expect_err("no time at all");
    assert_eq!(house.upstream.config(), by("round-robin", 5));
    assert_eq!(house.upstream.status().strategy, "round-robin");
    assert_eq!(status_of(&house.get().await), 200);
}

#[tokio::test]
async fn where_nothing_may_be_sent_nothing_leaves() {
    let instance = Scripted::always(good()).await;
    let house = House::before(&[&instance], by("peak-ewma", 5));
    house.upstream.allow(false);
    let (stopper, stop) = stop();
    let running = tokio::spawn(house.upstream.clone().run(stop));
    let refused = house.get().await.expect_err("it may not be sent");
    let Why::Refused(refusal) = refused.why() else {
        panic!("{refused}");
    };
    assert_eq!(refusal.slug, EGRESS_NOT_LISTED);
    assert!(refused.is_unsent());
    // Long enough for several checks.
    sleep(Duration::from_millis(300)).await;
    assert_eq!(instance.read(), 0);
    let counted = (EGRESS_NOT_LISTED, 1);
    assert!(house.upstream.status().refused.contains(&counted));
    house.upstream.allow(true);
    assert_eq!(status_of(&house.get().await), 200);
    stopper.drain();
    running.await.expect("it ends");
}
