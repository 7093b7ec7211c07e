//! The client on real servers.

mod failover;
mod group;
mod lease;
mod rate;
mod single;

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{SystemClock, SystemRng};
use medcover_redis::redis::cmd;
use medcover_redis::{Ask, Redis, RedisConfig, RedisError};
use medcover_testkit::{RedisSentinel, RedisServer};

/// How long a test waits for what must come, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn follow(config: &RedisConfig) -> Redis {
    let followed = Redis::follow(
        config,
        Arc::new(SystemClock::default()),
        Arc::new(SystemRng),
    );
    followed.expect("its settings work")
}

pub(crate) fn at(server: &RedisServer) -> RedisConfig {
    RedisConfig {
        address: server.address(),
        check_ms: 100,
        timeout_ms: 1_000,
        ..RedisConfig::default()
    }
}

pub(crate) fn under(sentinels: &[RedisSentinel]) -> RedisConfig {
    RedisConfig {
        sentinels: sentinels.iter().map(|it| it.server().address()).collect(),
        check_ms: 100,
        timeout_ms: 1_000,
        ..RedisConfig::default()
    }
}

pub(crate) async fn ready(config: &RedisConfig) -> Redis {
    let redis = follow(config);
    assert!(redis.ready(PATIENCE).await, "a primary is found");
    redis
}

pub(crate) async fn set(redis: &Redis, key: &str, value: &str) -> Result<(), RedisError> {
    let write = |_: &_| cmd("SET").arg(key).arg(value).to_owned().into();
    redis.ask(Ask::PRIMARY, write).await
}

pub(crate) async fn get(
    redis: &Redis,
    ask: Ask<'_>,
    key: &str,
) -> Result<Option<String>, RedisError> {
    redis
        .ask(ask, |_| cmd("GET").arg(key).to_owned().into())
        .await
}

/// Tries until it is so.
pub(crate) async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let tried = tokio::time::timeout(PATIENCE, async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(tried.await.is_ok(), "in vain: {what}");
}
