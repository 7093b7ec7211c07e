use std::time::Duration;

use axum::body::Body;
use medcover_http::Why;
use medcover_mesh::{NO_INSTANCE, UpstreamConfig};

use crate::house::{Act, House, Scripted, config, good, status_of};

fn quick() -> UpstreamConfig {
    UpstreamConfig {
        try_ms: 100,
        strategy: "round-robin".to_owned(),
        ..config()
    }
}

#[tokio::test]
async fn a_try_that_takes_too_long_is_given_up_for_another() {
    let silent = Scripted::always(Act::Never).await;
    let good = Scripted::always(good()).await;
    let house = House::before(&[&silent, &good], quick());
    for _ in 0..4 {
        assert_eq!(status_of(&house.get().await), 200);
    }
    let status = house.upstream.status();
    assert!(status.instances[0].failed >= 1, "{status:?}");
    assert_eq!(house.in_flight(), 0);
}

#[tokio::test]
async fn a_try_is_not_given_up_for_nothing() {
    let slow = Scripted::always(Act::Slow(Duration::from_millis(400))).await;
    let house = House::before(&[&slow], quick());
    let answer = house.ask("POST", &[], Body::from("{}")).await;
    assert_eq!((status_of(&answer), slow.read()), (200, 1));
}

#[tokio::test]
async fn nothing_goes_on_beyond_the_deadline() {
    let silent = Scripted::always(Act::Never).await;
    let house = House::before(&[&silent], quick());
    let within = Duration::from_millis(350);
    let began = house.clock.elapsed();
    let late = house.ask_within("GET", &[], Body::empty(), within).await;
    assert_eq!(late.expect_err("nobody answers").why(), Why::Late);
    let took = house.clock.elapsed().saturating_sub(began);
    assert!(took < within + Duration::from_secs(5), "{took:?}");
    let status = house.upstream.status();
    assert!(status.instances[0].failed >= 1, "a time-out is a failure");
    assert_eq!(house.in_flight(), 0);
    let none = Duration::from_millis(1);
    let read = silent.read();
    let late = house.ask_within("GET", &[], Body::empty(), none).await;
    assert_eq!(late.expect_err("no time is left").why(), Why::Late);
    assert_eq!(silent.read(), read, "nobody was asked");
}

#[tokio::test]
async fn each_try_is_told_what_is_left() {
    let left = |head: &str| {
        let line = head
            .lines()
            .find_map(|it| it.strip_prefix("x-timeout-ms: "));
        line.and_then(|it| it.parse::<u64>().ok())
            .expect("it is told")
    };
    let script = move |asked: &crate::house::Asked| {
        let in_time = if asked.number == 0 {
            9_000..=10_000
        } else {
            1..=9_901
        };
        if !in_time.contains(&left(&asked.head)) {
            return crate::house::status(418);
        }
        if asked.number == 0 {
            Act::Never
        } else {
            good()
        }
    };
    let instance = Scripted::start(script).await;
    let house = House::before(&[&instance], quick());
    let within = Duration::from_secs(10);
    let answer = house.ask_within("GET", &[], Body::empty(), within).await;
    assert_eq!(status_of(&answer), 200);
}

#[tokio::test]
async fn where_nobody_is_known_the_wait_is_short_and_the_reason_told() {
    let nobody = medcover_mesh::LeasedRegistry::new(std::sync::Arc::new(
        medcover_kernel::SystemClock::new(),
    ));
    let house = House::of(std::sync::Arc::new(nobody), quick());
    let refused = house.get().await.expect_err("nobody is there");
    let Why::Refused(refusal) = refused.why() else {
        panic!("{refused}");
    };
    assert_eq!(refusal.slug, NO_INSTANCE);
    assert!(refused.is_unsent());
    assert!(house.upstream.status().refused.contains(&(NO_INSTANCE, 1)));
}
