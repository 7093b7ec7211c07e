//! A primary with replicas.

use std::time::Duration;

use medcover_redis::{Ask, RedisConfig};
use medcover_testkit::{RedisSentinel, RedisServer};

use crate::{at, get, ready, set, under, until};

/// A primary, its replicas and their sentinels.
pub(crate) struct Group {
    pub(crate) primary: RedisServer,
    pub(crate) replicas: Vec<RedisServer>,
    pub(crate) sentinels: Vec<RedisSentinel>,
}

pub(crate) fn group() -> Group {
    let primary = RedisServer::start(&[]).expect("it starts");
    let replicas = (0..2).map(|_| RedisServer::replica_of(&primary).expect("it starts"));
    let replicas: Vec<_> = replicas.collect();
    let sentinels = RedisSentinel::three(primary.port(), "mymaster", Duration::from_secs(1));
    Group {
        primary,
        replicas,
        sentinels: sentinels.expect("they start"),
    }
}

#[tokio::test]
async fn reads_that_may_be_old_go_round_the_replicas() {
    let mut group = group();
    let redis = ready(&under(&group.sentinels)).await;
    until("both replicas are known", async || {
        redis.status().replicas.len() == 2
    })
    .await;
    set(&redis, "key", "value").await.expect("it is kept");
    until("it has arrived", async || {
        let (one, other) = (
            get(&redis, Ask::REPLICA, "key").await,
            get(&redis, Ask::REPLICA, "key").await,
        );
        [one, other]
            .iter()
            .all(|it| matches!(it, Ok(Some(value)) if value == "value"))
    })
    .await;
    let status = redis.status();
    assert!(
        status.replicas.iter().all(|it| it.requests > 0),
        "{status:?}"
    );
    assert!(status.replica_share > 0.0 && status.replica_share < 1.0);
    assert_eq!(
        (
            status.sentinels.answering,
            status.sentinels.known,
            status.sentinels.quorum
        ),
        (3, 3, 2)
    );
    until("their lag is known", async || {
        redis
            .status()
            .replicas
            .iter()
            .all(|it| it.lag_bytes.is_some())
    })
    .await;

    group.replicas[0].kill();
    for _ in 0..20 {
        let found = get(&redis, Ask::REPLICA, "key")
            .await
            .expect("another answers");
        assert_eq!(found.as_deref(), Some("value"));
    }
    until("it is read from no more", async || {
        redis.status().replicas.len() == 1
    })
    .await;
}

#[tokio::test]
async fn when_no_sentinel_answers_the_configured_address_is_asked() {
    let mut group = group();
    let config = RedisConfig {
        address: group.primary.address(),
        ..under(&group.sentinels)
    };
    for sentinel in &mut group.sentinels {
        sentinel.kill();
    }
    let redis = ready(&config).await;
    set(&redis, "key", "value").await.expect("it is kept");
    let status = redis.status();
    assert_eq!(
        (status.sentinels.configured, status.sentinels.answering),
        (3, 0)
    );
}

#[tokio::test]
async fn a_replica_is_not_taken_for_a_primary() {
    let group = group();
    let redis = crate::follow(&RedisConfig {
        retries: 0,
        ..at(&group.replicas[0])
    });
    let failed = set(&redis, "key", "value").await;
    assert!(failed.is_err());
    assert!(!redis.ready(Duration::from_millis(500)).await);
}
