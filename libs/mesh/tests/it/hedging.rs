use std::time::Duration;

use axum::body::Body;
use medcover_mesh::UpstreamConfig;

use crate::house::{Act, House, Scripted, config, good, status_of};

fn hedged() -> UpstreamConfig {
    UpstreamConfig {
        hedge_ms: 50,
        strategy: "round-robin".to_owned(),
        ..config()
    }
}

#[tokio::test]
async fn a_question_that_takes_long_is_asked_of_a_second_instance() {
    let silent = Scripted::always(Act::Never).await;
    let other = Scripted::always(good()).await;
    let house = House::before(&[&silent, &other], hedged());
    let began = house.clock.elapsed();
    for _ in 0..4 {
        assert_eq!(status_of(&house.get().await), 200);
    }
    let took = house.clock.elapsed().saturating_sub(began);
    assert!(
        took < Duration::from_secs(4),
        "no try was waited out: {took:?}"
    );
    let status = house.upstream.status();
    // The second takes its turn, so that the first is the silent one each time.
    assert_eq!((status.hedges, status.retries), (4, 0));
    assert_eq!(house.in_flight(), 0, "who lost was given back");
}

#[tokio::test]
async fn what_changes_something_is_never_asked_of_two() {
    let slow = Scripted::always(Act::Slow(Duration::from_millis(200))).await;
    let other = Scripted::always(Act::Slow(Duration::from_millis(200))).await;
    let house = House::before(&[&slow, &other], hedged());
    for method in ["POST", "PUT", "DELETE"] {
        let key = ("idempotency-key", "k");
        let answer = house.ask(method, &[key], Body::from("{}")).await;
        assert_eq!(status_of(&answer), 200);
    }
    assert_eq!(slow.read() + other.read(), 3);
}

#[tokio::test]
async fn nothing_is_hedged_unless_asked_for() {
    let slow = Scripted::always(Act::Slow(Duration::from_millis(200))).await;
    let house = House::before(&[&slow, &slow], config());
    assert_eq!(status_of(&house.get().await), 200);
    assert_eq!((slow.read(), house.upstream.status().hedges), (1, 0));
}
