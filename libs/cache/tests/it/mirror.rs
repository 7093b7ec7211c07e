//! What a process knows of the stamps in Redis.

use std::sync::Arc;

use medcover_cache::{CacheEngine as _, Dependencies, InRedis, InRedisConfig, Tag};
use medcover_kernel::SystemClock;

use crate::in_redis::OfRedis;
use crate::tiered::put;

async fn engine(redis: &OfRedis) -> InRedis {
    let clock = Arc::new(SystemClock::default());
    InRedis::new(redis.follow().await, InRedisConfig::default(), clock)
}

async fn shows(engine: &InRedis, key: &str) -> bool {
    engine.get(key).await.expect("it answers").is_some()
}

/// Redis may drop a key where its policy is to drop any.
#[tokio::test]
async fn what_was_invalidated_is_not_shown_though_the_list_of_it_is_lost() {
    let redis = OfRedis::start();
    let (one, other) = (engine(&redis).await, engine(&redis).await);
    let all = ["a", "b", "c"];
    for key in all {
        let on = Dependencies::none().tag(&Tag::new("of", key));
        assert_eq!(one.set(put(key, "one", on)).await, Ok(true));
    }
    for key in all {
        assert!(shows(&other, key).await, "{key}");
    }
    let invalidate = async |key| {
        let done = one.invalidate_by_tags(&[Tag::new("of", key)]).await;
        done.expect("it is done");
    };
    invalidate("a").await;
    let keys = redis.server().say("KEYS *:said").expect("it answers");
    let said = keys.lines().find(|line| line.ends_with(":said"));
    let said = said.expect("something was said");
    let forgotten = redis.server().say(&format!("DEL {said}"));
    assert_eq!(forgotten.expect("it answers").trim(), ":1");
    invalidate("b").await;
    assert!(!shows(&other, "a").await);
    assert!(!shows(&other, "b").await);
    assert!(shows(&other, "c").await);
}
