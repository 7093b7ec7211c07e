use std::time::Duration;

use axum::body::Body;
use medcover_http::Why;
use medcover_mesh::UpstreamConfig;

use crate::house::{Act, House, Scripted, config, good, status, status_of};

const KEY: (&str, &str) = ("idempotency-key", "k");

#[tokio::test]
async fn what_fails_is_asked_of_another_instance_and_gains_no_share_by_failing_fast() {
    let bad = Scripted::always(status(500)).await;
    let slow = Scripted::always(Act::Slow(Duration::from_millis(2))).await;
    let other = Scripted::always(Act::Slow(Duration::from_millis(2))).await;
    let house = House::before(&[&bad, &slow, &other], config());
    for _ in 0..200 {
        assert_eq!(status_of(&house.get().await), 200);
    }
    assert!(bad.read() <= 10, "it answered in no time: {}", bad.read());
    assert!(slow.read() > 50 && other.read() > 50);
}

#[tokio::test]
async fn a_post_without_a_key_is_not_sent_again() {
    let bad = Scripted::always(status(500)).await;
    let house = House::before(&[&bad, &bad], config());
    let answer = house.ask("POST", &[], Body::from("{}")).await;
    assert_eq!((status_of(&answer), bad.read()), (500, 1));
    let answer = house.ask("POST", &[KEY], Body::from("{}")).await;
    assert_eq!((status_of(&answer), bad.read()), (500, 5), "three retries");
    let reasons = house.upstream.status().not_retried;
    assert!(reasons.contains(&("unsafe", 1)), "{reasons:?}");
    assert!(reasons.contains(&("attempts-used", 1)), "{reasons:?}");
}

#[tokio::test]
async fn what_nobody_got_goes_to_another_instance_whatever_it_is() {
    let there = Scripted::always(good()).await;
    let mut gone = Scripted::always(good()).await;
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|it| it.local_addr());
    gone.base = format!("http://{}", free.expect("a free port"));
    let round = UpstreamConfig {
        strategy: "round-robin".to_owned(),
        ..config()
    };
    let house = House::before(&[&gone, &there], round);
    let large = vec![b'x'; 300_000];
    for body in [Body::from("{}"), Body::from(large)] {
        let answer = house.ask("POST", &[], body).await;
        assert_eq!(status_of(&answer), 200);
    }
    assert_eq!(there.read(), 2);
    assert!(house.upstream.status().retries >= 1);
}

#[tokio::test]
async fn a_small_body_is_sent_again_as_it_was_and_a_large_one_is_sent_once() {
    let strict = |length: usize| {
        move |asked: &crate::house::Asked| match asked.number {
            0 => status(503),
            _ if asked.body == vec![b'x'; length] => good(),
            _ => status(418),
        }
    };
    for (length, answered, read) in [(65_536, 200, 2), (65_537, 503, 1)] {
        let instance = Scripted::start(strict(length)).await;
        let house = House::before(&[&instance], config());
        let answer = house.ask("PUT", &[], Body::from(vec![b'x'; length])).await;
        assert_eq!((status_of(&answer), instance.read()), (answered, read));
    }
}

#[tokio::test]
async fn who_asks_for_a_pause_gets_it_unless_there_is_another_to_ask() {
    let script = |asked: &crate::house::Asked| match asked.number {
        0 => Act::Answer(503, "retry-after: 1\r\n", String::new()),
        _ => good(),
    };
    let alone = Scripted::start(script).await;
    let house = House::before(&[&alone], config());
    let began = house.clock.elapsed();
    assert_eq!(status_of(&house.get().await), 200);
    let took = house.clock.elapsed().saturating_sub(began);
    assert!(took >= Duration::from_secs(1), "{took:?}");

    let busy = Scripted::always(Act::Answer(503, "retry-after: 9\r\n", String::new())).await;
    let other = Scripted::always(good()).await;
    let house = House::before(&[&busy, &other], config());
    let began = house.clock.elapsed();
    for _ in 0..10 {
        assert_eq!(status_of(&house.get().await), 200);
    }
    let took = house.clock.elapsed().saturating_sub(began);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn when_all_fail_the_load_grows_by_the_budget_and_no_more() {
    let never_apart = UpstreamConfig {
        failure_threshold: 0,
        failure_percent: 0,
        ..config()
    };
    let (a, b) = (
        Scripted::always(status(500)).await,
        Scripted::always(Act::Reset).await,
    );
    let house = House::before(&[&a, &b], never_apart);
    let requests = 700;
    for _ in 0..requests {
        if let Err(error) = house.get().await {
            assert_eq!(error.why(), Why::Unknown);
        }
    }
    let load = a.read() + b.read();
    assert!(load > requests, "some were tried again");
    assert!(load * 10 <= requests * 12, "{load} for {requests} requests");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again_if_it_is_small() {
    let script = |length: usize| {
        move |asked: &crate::house::Asked| match asked.number {
            0 => Act::HalfBody(length),
            _ => good(),
        }
    };
    let small = Scripted::start(script(1_000)).await;
    let house = House::before(&[&small], config());
    let answer = house.get().await.expect("it was asked again");
    assert_eq!(answer, (200, "good".to_owned()));
    let large = Scripted::start(script(1_000_000)).await;
    let house = House::before(&[&large], config());
    assert!(
        house.get().await.is_err(),
        "whoever reads it sees it break off"
    );
    let status = house.upstream.status();
    assert_eq!((status.instances[0].failed, status.retries), (1, 0));
}

#[tokio::test]
async fn a_keyed_request_whose_first_try_still_runs_gets_the_answer_of_that() {
    let script = |asked: &crate::house::Asked| match asked.number {
        0 => Act::Never,
        1 => Act::Answer(409, "retry-after: 1\r\n", "still running".to_owned()),
        _ => good(),
    };
    let instance = Scripted::start(script).await;
    let quick = UpstreamConfig {
        try_ms: 100,
        ..config()
    };
    let house = House::before(&[&instance], quick);
    let answer = house.ask("POST", &[KEY], Body::from("{}")).await;
    assert_eq!((status_of(&answer), instance.read()), (200, 3));
    let conflict = Scripted::always(Act::Answer(409, "retry-after: 1\r\n", String::new())).await;
    let house = House::before(&[&conflict], config());
    let answer = house.ask("POST", &[KEY], Body::from("{}")).await;
    assert_eq!(
        (status_of(&answer), conflict.read()),
        (409, 1),
        "of the first it is an answer"
    );
}
