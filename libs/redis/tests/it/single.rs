//! One server.

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_redis::redis::{Script, cmd};
use medcover_redis::{Ask, RedisConfig, RedisError};
use medcover_testkit::RedisServer;

use crate::{at, follow, get, ready, set, until};

#[tokio::test]
async fn keeps_what_it_is_given() {
    let server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&at(&server)).await;
    set(&redis, "key", "wert").await.expect("it is kept");
    let found = get(&redis, Ask::PRIMARY, "key").await.expect("it answers");
    assert_eq!(found.as_deref(), Some("wert"));
    redis.check().await.expect("it writes, reads and deletes");
    let status = redis.status();
    assert_eq!(status.primary, Some(server.address()));
    assert!(status.memory.expect("it was asked").used_memory_bytes > 0);
    assert_eq!((status.failures, status.failovers), (0, 0));
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    let server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&at(&server)).await;
    set(&redis, "key", "text").await.expect("it is kept");
    for _ in 0..10 {
        let pushed = redis.ask::<u64>(Ask::PRIMARY, |_| {
            cmd("LPUSH").arg("key").arg(1).to_owned().into()
        });
        let refused = pushed.await.expect_err("a text is no list");
        assert!(
            matches!(&refused, RedisError::Refused(why) if why.contains("WRONGTYPE")),
            "{refused}"
        );
    }
    assert!(!redis.is_open());
}

#[tokio::test]
async fn without_it_the_breaker_opens_and_with_it_it_closes_at_once() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let config = RedisConfig {
        retries: 0,
        recovery_ms: 3_600_000,
        ..at(&server)
    };
    let redis = ready(&config).await;
    set(&redis, "key", "before").await.expect("it is kept");
    let before = redis.lineage().expect("it is connected");
    server.kill();
    for _ in 0..5 {
        let failed = set(&redis, "key", "during")
            .await
            .expect_err("there is nobody");
        assert!(matches!(failed, RedisError::Unavailable(_)), "{failed}");
    }
    let clock = SystemClock::default();
    let failed = set(&redis, "key", "during")
        .await
        .expect_err("nobody is asked");
    assert!(matches!(failed, RedisError::Open) && clock.elapsed() < Duration::from_millis(100));
    server.start_again().expect("it starts");
    until("it is asked again", async || {
        set(&redis, "key", "after").await.is_ok()
    })
    .await;
    assert_ne!(
        redis.lineage().expect("it is connected"),
        before,
        "it began anew"
    );
}

#[tokio::test]
async fn a_server_that_falls_silent_is_not_waited_for_longer_than_a_request_may_take() {
    let server = RedisServer::start(&[]).expect("it starts");
    let config = RedisConfig {
        timeout_ms: 300,
        ..at(&server)
    };
    let redis = ready(&config).await;
    server.freeze().expect("it stops");
    let clock = SystemClock::default();
    let failed = set(&redis, "key", "value")
        .await
        .expect_err("nobody answers");
    assert!(matches!(failed, RedisError::Unavailable(_)), "{failed}");
    assert!(
        clock.elapsed() < Duration::from_secs(5),
        "{:?}",
        clock.elapsed()
    );
    server.thaw().expect("it goes on");
    until("it is asked again", async || {
        set(&redis, "key", "value").await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_script_is_given_again() {
    let server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&at(&server)).await;
    let double = Script::new("return 2 * tonumber(ARGV[1])");
    let ask = Ask {
        scripts: &[&double],
        ..Ask::PRIMARY
    };
    for round in 0..2 {
        let called = redis.ask::<i64>(ask, |_| {
            let mut call = cmd("EVALSHA");
            call.arg(double.get_hash()).arg(0).arg(21);
            call.into()
        });
        assert_eq!(called.await.expect("it answers"), 42, "round {round}");
        server.say("SCRIPT FLUSH").expect("it forgets");
    }
}

#[tokio::test]
async fn many_requests_share_few_connections() {
    let server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&RedisConfig {
        pool_size: 3,
        ..at(&server)
    })
    .await;
    for round in 0..3 {
        let asking = (0..1_000).map(|number| {
            let redis = redis.clone();
            tokio::spawn(async move { set(&redis, &format!("key{number}"), "value").await })
        });
        for asked in asking.collect::<Vec<_>>() {
            asked.await.expect("no panic").expect("it is kept");
        }
        let open = redis.status().connections;
        assert!((1..=3).contains(&open), "round {round}: {open}");
    }
}

#[tokio::test]
async fn where_there_is_none_nothing_is_followed() {
    let redis = follow(&RedisConfig {
        address: "127.0.0.1:1".into(),
        retries: 0,
        ..RedisConfig::default()
    });
    let failed = set(&redis, "key", "value")
        .await
        .expect_err("there is nobody");
    assert!(matches!(failed, RedisError::Unavailable(_)), "{failed}");
    assert_eq!(redis.status().primary, None);
}
