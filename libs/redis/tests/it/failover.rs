//! Another server becomes the primary.

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_redis::{Ask, RedisError};
use medcover_testkit::RedisServer;

use crate::group::group;
use crate::{PATIENCE, at, get, ready, set, under, until};

#[tokio::test]
async fn a_killed_primary_is_replaced_and_its_history_ends() {
    let mut group = group();
    let redis = ready(&under(&group.sentinels)).await;
    until("both replicas are known", async || {
        redis.status().replicas.len() == 2
    })
    .await;
    set(&redis, "key", "before").await.expect("it is kept");
    let before = redis.lineage().expect("it is connected");
    let old = group.primary.address();
    group.primary.kill();
    let clock = SystemClock::default();
    until("another takes writes", async || {
        set(&redis, "key", "after").await.is_ok()
    })
    .await;
    assert!(clock.elapsed() < PATIENCE);
    let status = redis.status();
    assert_ne!(status.primary, Some(old.clone()));
    assert!(status.failovers >= 1);
    assert_ne!(redis.lineage().expect("it is connected"), before);

    // Sentinel makes the one that returns a replica; until then it says that it is a primary.
    group.primary.start_again().expect("it starts");
    for number in 0..50 {
        let value = number.to_string();
        set(&redis, "key", &value).await.expect("it is kept");
        assert_eq!(
            get(&redis, Ask::PRIMARY, "key").await.expect("it answers"),
            Some(value)
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until("the old one follows", async || {
        redis.status().replicas.iter().any(|it| it.address == old)
    })
    .await;
    // Sentinels of a busy machine may have changed their mind once more; nobody else may.
    let status = redis.status();
    assert!(status.failovers <= status.sentinels.epoch, "{status:?}");
}

#[tokio::test]
async fn a_failover_by_an_operator_is_followed() {
    let group = group();
    let redis = ready(&under(&group.sentinels)).await;
    until("both replicas are known", async || {
        redis.status().replicas.len() == 2
    })
    .await;
    set(&redis, "key", "0").await.expect("it is kept");
    let said = group.sentinels[0]
        .server()
        .say("SENTINEL FAILOVER mymaster");
    assert!(said.expect("it answers").contains("OK"));
    let old = group.primary.address();
    until("another is the primary", async || {
        // A write now and then fails on the way; none is answered by a server that then loses it for the new primary.
        let _on_the_way = set(&redis, "key", "1").await;
        redis.status().primary.is_some_and(|it| it != old)
    })
    .await;
    set(&redis, "key", "2").await.expect("it is kept");
    assert_eq!(
        get(&redis, Ask::PRIMARY, "key")
            .await
            .expect("it answers")
            .as_deref(),
        Some("2")
    );
}

#[tokio::test]
async fn a_server_that_is_demoted_under_a_live_connection_is_not_written_to() {
    let (server, other) = (RedisServer::start(&[]), RedisServer::start(&[]));
    let (server, other) = (server.expect("it starts"), other.expect("it starts"));
    let redis = ready(&at(&server)).await;
    set(&redis, "key", "0").await.expect("it is kept");
    let before = redis.lineage().expect("it is connected");
    // Without Sentinel, which would break the connections.
    let port = other.port();
    let said = server.say(&format!("REPLICAOF 127.0.0.1 {port}"));
    assert!(said.expect("it answers").contains("OK"));
    let failed = set(&redis, "key", "1")
        .await
        .expect_err("it takes no writes");
    assert!(matches!(failed, RedisError::Unavailable(_)), "{failed}");
    let said = server.say("REPLICAOF NO ONE");
    assert!(said.expect("it answers").contains("OK"));
    until("it is written to", async || {
        set(&redis, "key", "2").await.is_ok()
    })
    .await;
    assert_ne!(redis.lineage().expect("it is connected"), before);
}
