use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use medcover_resilience::CircuitState;
use tokio::time::{sleep, timeout};

use crate::house::{Act, House, Scripted, config};
use medcover_mesh::UpstreamConfig;

#[tokio::test]
async fn calls_that_are_given_up_leak_nothing() {
    let silent = Scripted::always(Act::Never).await;
    let house = Arc::new(House::before(&[&silent, &silent], config()));
    let calls = (0..100).map(|_| {
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            let _ = house.ask("POST", &[], Body::from("{}")).await;
        })
    });
    let calls: Vec<_> = calls.collect();
    while silent.read() < 50 {
        sleep(Duration::from_millis(5)).await;
    }
    assert!(house.in_flight() >= 50);
    // Some wait for an answer, and some are still on their way.
    for call in calls {
        call.abort();
        assert!(call.await.expect_err("it was given up").is_cancelled());
    }
    let status = house.upstream.status();
    for instance in &status.instances {
        assert_eq!(instance.in_flight, 0);
        assert_eq!(instance.breaker, CircuitState::Closed);
        assert_eq!(
            instance.failed, 0,
            "nobody knows whether it would have answered"
        );
        assert!(instance.cancelled > 0);
    }
}

#[tokio::test]
async fn a_probe_that_is_given_up_is_given_back() {
    let instance = Scripted::start(|asked| match asked.number {
        0..5 => crate::house::status(500),
        5 => Act::Never,
        _ => crate::house::good(),
    })
    .await;
    let quick = UpstreamConfig {
        recovery_ms: 100,
        ..config()
    };
    let house = House::before(&[&instance], quick);
    for _ in 0..5 {
        let _ = house.ask("POST", &[], Body::from("{}")).await;
    }
    sleep(Duration::from_millis(150)).await;
    let probe = house.ask("POST", &[], Body::from("{}"));
    assert!(timeout(Duration::from_millis(50), probe).await.is_err());
    let answer = house.get().await.expect("another probe goes through");
    assert_eq!(answer.0, 200);
}

#[tokio::test]
async fn an_answer_that_nobody_reads_to_its_end_is_given_back() {
    let large = "x".repeat(1_000_000);
    let instance = Scripted::always(Act::Answer(200, "", large)).await;
    let house = House::before(&[&instance], config());
    {
        use medcover_http::Transport as _;
        let request = axum::http::Request::new(Body::empty());
        let within = Duration::from_secs(9);
        let deadline = medcover_kernel::Deadline::after(house.clock.elapsed(), within);
        let path = "/x".parse().expect("a path");
        let answer = house.upstream.exchange(request, path, deadline).await;
        let answer = answer.expect("it begins");
        assert_eq!(house.in_flight(), 1, "it is busy until its answer ends");
        drop(answer);
    }
    assert_eq!(house.in_flight(), 0);
    assert_eq!(house.get().await.expect("it answers").1.len(), 1_000_000);
    let seen = &house.upstream.status().instances[0];
    assert_eq!((seen.in_flight, seen.answered, seen.cancelled), (0, 1, 1));
}
