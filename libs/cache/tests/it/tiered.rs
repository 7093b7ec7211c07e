//! Two processes that share a Redis, each with a tier of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use medcover_cache::conformance::Fixture;
use medcover_cache::{
    Cache, CacheEngine, CacheError, CacheKey, Dependencies, InProcess, InRedis, InRedisConfig,
    KeyText, Loaded, Lookup, Origin, Policy, Put, Tag, Tiered, conformance_suite,
};
use medcover_kernel::{Clock, ManualClock, SystemClock, SystemRng};
use tokio::time::timeout;

use crate::PATIENCE;
use crate::in_redis::OfRedis;

async fn tiered(of: &OfRedis, wait: Duration, clock: Arc<dyn Clock>) -> Tiered {
    let far = InRedis::new(
        of.follow().await,
        InRedisConfig::default(),
        Arc::clone(&clock),
    );
    let near = InProcess::new(1 << 20, Arc::clone(&clock));
    Tiered::new(near, far, wait, clock)
}

/// One that already hears.
async fn hearing(of: &OfRedis) -> Tiered {
    let tiered = tiered(of, PATIENCE, Arc::new(SystemClock::default())).await;
    timeout(PATIENCE, tiered.is_heard())
        .await
        .expect("it hears");
    tiered
}

struct OfTiers(OfRedis);

#[async_trait]
impl Fixture for OfTiers {
    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn CacheEngine> {
        self.0.forget();
        let tiered = tiered(&self.0, PATIENCE, clock).await;
        timeout(PATIENCE, tiered.is_heard())
            .await
            .expect("it hears");
        Arc::new(tiered)
    }
}

conformance_suite!(OfTiers(OfRedis::start()));

pub(crate) fn put(key: &str, value: &str, dependencies: Dependencies) -> Put {
    Put {
        key: key.into(),
        content: Some(Bytes::copy_from_slice(value.as_bytes())),
        live: None,
        content_weight: value.len(),
        dependencies,
        origin: Origin::Given,
        fresh_for: Duration::from_hours(1),
        stale_for: Duration::ZERO,
        cost: Duration::ZERO,
    }
}

async fn at(engine: &Tiered, key: &str) -> Option<String> {
    let entry = engine.get(key).await.expect("it answers")?;
    let content = entry.content().expect("there is a value");
    Some(String::from_utf8_lossy(content).into_owned())
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let tried = timeout(PATIENCE, async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(tried.await.is_ok(), "in vain: {what}");
}

#[tokio::test]
async fn what_one_process_keeps_another_finds_and_then_has_near() {
    let redis = OfRedis::start();
    let (one, other) = (hearing(&redis).await, hearing(&redis).await);
    assert!(
        one.set(put("a:1", "one", Dependencies::none()))
            .await
            .expect("it answers")
    );
    assert_eq!(at(&other, "a:1").await.as_deref(), Some("one"));
    until("it is read without asking Redis", async || {
        let before = redis.reads();
        at(&other, "a:1").await.as_deref() == Some("one") && redis.reads() == before
    })
    .await;
}

#[tokio::test]
async fn an_invalidation_in_one_process_is_seen_in_another() {
    let redis = OfRedis::start();
    let (one, other) = (hearing(&redis).await, hearing(&redis).await);
    let tag = Tag::new("patient", 1);
    for way in 0..3 {
        let on = Dependencies::none().tag(&tag);
        assert!(one.set(put("a:1", "one", on)).await.expect("it answers"));
        until("it is near", async || at(&other, "a:1").await.is_some()).await;
        match way {
            0 => drop(
                one.invalidate_by_tags(std::slice::from_ref(&tag))
                    .await
                    .expect("it answers"),
            ),
            1 => drop(one.delete(&["a:1"]).await.expect("it answers")),
            _ => drop(
                one.flush_pattern(&["a:*".parse().expect("a pattern")])
                    .await
                    .expect("it answers"),
            ),
        }
        assert_eq!(at(&one, "a:1").await, None, "way {way}");
        until("it is gone elsewhere", async || {
            at(&other, "a:1").await.is_none()
        })
        .await;
    }
}

#[tokio::test]
async fn what_has_a_strict_tag_is_gone_everywhere_at_once() {
    let redis = OfRedis::start();
    let (one, other) = (hearing(&redis).await, hearing(&redis).await);
    let tag = Tag::new("session", 1).strict();
    for round in 0..200 {
        let key = format!("a:{round}");
        let on = Dependencies::none().tag(&tag);
        assert!(one.set(put(&key, "one", on)).await.expect("it answers"));
        assert!(at(&other, &key).await.is_some());
        one.invalidate_by_tags(std::slice::from_ref(&tag))
            .await
            .expect("it answers");
        assert_eq!(at(&other, &key).await, None, "round {round}");
    }
}

#[tokio::test]
async fn who_hears_nothing_shows_nothing_of_its_own_after_the_lease() {
    let redis = OfRedis::start();
    let one = hearing(&redis).await;
    assert!(
        one.set(put("a:1", "one", Dependencies::none()))
            .await
            .expect("it answers")
    );
    assert!(at(&one, "a:1").await.is_some());
    redis.server().freeze().expect("it stops");
    until("it is asked for afar, in vain", async || {
        matches!(one.get("a:1").await, Err(CacheError::Unavailable(_)))
    })
    .await;
    redis.server().thaw().expect("it goes on");
    until("it is found again", async || {
        matches!(one.get("a:1").await, Ok(Some(_)))
    })
    .await;
}

#[tokio::test]
async fn a_redis_that_lost_everything_shows_nothing_of_before() {
    let mut redis = OfRedis::start();
    let one = hearing(&redis).await;
    let mark = one.mark().await.expect("it answers");
    assert!(
        one.set(put("a:1", "one", Dependencies::none()))
            .await
            .expect("it answers")
    );
    assert!(at(&one, "a:1").await.is_some());
    redis.server_mut().kill();
    redis.server_mut().start_again().expect("it starts");
    until("it answers", async || one.get("a:1").await.is_ok()).await;
    until("it is heard to have begun anew", async || {
        matches!(one.get("a:1").await, Ok(None))
    })
    .await;
    // Its invalidations are lost with the rest, so that what began to load before is not kept.
    let late = Put {
        origin: Origin::Loaded(mark),
        ..put("a:1", "old", Dependencies::none())
    };
    assert!(!one.set(late).await.expect("it answers"));
    assert_eq!(at(&one, "a:1").await, None);
    timeout(PATIENCE, one.is_heard())
        .await
        .expect("it hears again");
    assert!(one.times_lost() > 0);
}

struct Number(u32);

impl CacheKey for Number {
    type Value = Bytes;
    const SPACE: &'static str = "number";
    const POLICY: Policy = Policy::of(Duration::from_mins(1));

    fn write(&self, to: &mut KeyText<'_>) {
        to.number(self.0.into());
    }
}

#[tokio::test]
async fn without_redis_the_source_answers() {
    let mut redis = OfRedis::start();
    let engine = Arc::new(hearing(&redis).await);
    let cache = Cache::new(
        engine,
        Arc::new(SystemClock::default()),
        Arc::new(SystemRng),
    );
    let space = cache.space::<Number>();
    redis.server_mut().kill();
    for number in 0..20 {
        let load = async || Ok(Loaded::value(Bytes::from_static(b"from the source")));
        let found = space.get_or_load(&Number(number), load).await;
        assert!(found.expect("it is slower, not wrong").is_some());
        assert!(matches!(space.get(&Number(number)).await, Lookup::Miss));
    }
}

#[tokio::test]
async fn short_lived_keys_go_while_memory_is_short() {
    let redis = OfRedis::start();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let engine = InRedis::new(redis.follow().await, InRedisConfig::default(), clock);
    let short = Put {
        fresh_for: Duration::from_secs(30),
        ..put("a:short", "one", Dependencies::none())
    };
    assert!(engine.set(short).await.expect("it answers"));
    assert!(
        engine
            .set(put("a:long", "one", Dependencies::none()))
            .await
            .expect("it answers")
    );
    assert_eq!(engine.sweep().await, Ok(0));
    engine.drop_what_lives_less_than(Duration::from_mins(1));
    assert_eq!(engine.sweep().await, Ok(1));
    assert_eq!(engine.exists("a:short").await, Ok(false));
    assert_eq!(engine.exists("a:long").await, Ok(true));
}

#[tokio::test]
async fn large_content_is_compressed() {
    let redis = OfRedis::start();
    let one = hearing(&redis).await;
    let large = "fever and cough ".repeat(10_000);
    assert!(
        one.set(put("a:1", &large, Dependencies::none()))
            .await
            .expect("it answers")
    );
    assert_eq!(at(&one, "a:1").await, Some(large.clone()));
    let keys = redis.server().say("KEYS *k:a:1").expect("it answers");
    let key = keys.lines().last().expect("a key");
    let said = redis
        .server()
        .say(&format!("STRLEN {key}"))
        .expect("it answers");
    let kept: usize = said
        .trim()
        .trim_start_matches(':')
        .parse()
        .expect("a number");
    assert!(kept < large.len() / 10, "{kept}");
}

#[tokio::test]
async fn who_reads_does_not_wait_for_a_redis_that_hangs() {
    let of = OfRedis::start();
    let clock = SystemClock::default();
    let wait = Duration::from_millis(50);
    let tiered = tiered(&of, wait, Arc::new(clock)).await;
    timeout(PATIENCE, tiered.is_heard())
        .await
        .expect("it hears");
    of.server().freeze().expect("it is frozen");
    let began = clock.elapsed();
    for number in 0..20 {
        let found = tiered.get(&format!("key-{number}")).await;
        assert!(
            matches!(found, Err(CacheError::Unavailable(_))),
            "{found:?}"
        );
    }
    // One has waited in vain, and the others have not waited at all: each would by itself, for two seconds, as often.
    assert!(clock.elapsed().saturating_sub(began) < Duration::from_secs(1));
    of.server().thaw().expect("it goes on");
    let again = async {
        while tiered.get("key").await.is_err() {
            tokio::time::sleep(wait).await;
        }
    };
    timeout(PATIENCE, again).await.expect("it is asked again");
}
