//! Reads of Redis that are asked for at the same time.

use std::sync::Arc;

use medcover_cache::{CacheEngine as _, CacheResult, Dependencies, InRedis, InRedisConfig};
use medcover_kernel::SystemClock;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::PATIENCE;
use crate::in_redis::OfRedis;
use crate::tiered::put;

const KEYS: usize = 50;
const READS: usize = 2_000;

fn key(number: usize) -> String {
    format!("key:{}", number % KEYS)
}

async fn filled(redis: &OfRedis) -> InRedis {
    let clock = Arc::new(SystemClock::default());
    let engine = InRedis::new(redis.follow().await, InRedisConfig::default(), clock);
    for number in 0..KEYS {
        let put = put(&key(number), &key(number), Dependencies::none());
        assert_eq!(engine.set(put).await, Ok(true));
    }
    // It knows the stamps from now on.
    assert_eq!(read(&engine, 0).await.expect("no panic"), Ok(Some(key(0))));
    engine
}

/// What is kept at the key of that number.
fn read(engine: &InRedis, number: usize) -> JoinHandle<CacheResult<Option<String>>> {
    let engine = engine.clone();
    tokio::spawn(async move {
        let found = engine.get(&key(number)).await?;
        let content = found.and_then(|entry| entry.content().cloned());
        Ok(content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    })
}

async fn told(reading: JoinHandle<CacheResult<Option<String>>>) -> CacheResult<Option<String>> {
    let told = timeout(PATIENCE, reading).await;
    told.expect("it is told in time").expect("no panic")
}

#[tokio::test]
async fn many_reads_at_once_are_few_requests_and_each_gets_its_own() {
    let redis = OfRedis::start();
    let engine = filled(&redis).await;
    let before = redis.reads();
    let reading: Vec<_> = (0..READS).map(|number| read(&engine, number)).collect();
    for (number, reading) in reading.into_iter().enumerate() {
        assert_eq!(told(reading).await, Ok(Some(key(number))));
    }
    let requests = redis.reads() - before;
    assert!(requests < READS as u64 / 10, "{requests} requests");
}

#[tokio::test]
async fn who_gives_up_takes_nobody_along() {
    let redis = OfRedis::start();
    let engine = filled(&redis).await;
    redis.server().freeze().expect("it stands still");
    let reading: Vec<_> = (0..100).map(|number| read(&engine, number)).collect();
    // All of them wait.
    tokio::task::yield_now().await;
    for given_up in reading.iter().step_by(2) {
        given_up.abort();
    }
    redis.server().thaw().expect("it goes on");
    for (number, reading) in reading.into_iter().enumerate() {
        if number % 2 == 1 {
            assert_eq!(told(reading).await, Ok(Some(key(number))));
        }
    }
    assert_eq!(told(read(&engine, 3)).await, Ok(Some(key(3))));
}

#[tokio::test]
async fn when_redis_goes_each_is_told_and_when_it_is_back_each_is_answered() {
    let mut redis = OfRedis::start();
    let engine = filled(&redis).await;
    redis.server_mut().kill();
    let reading: Vec<_> = (0..100).map(|number| read(&engine, number)).collect();
    for reading in reading {
        assert!(told(reading).await.is_err());
    }
    redis.server_mut().start_again().expect("it starts");
    let answers = async {
        while told(read(&engine, 1)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, answers).await.expect("it answers again");
    let reading: Vec<_> = (0..100).map(|number| read(&engine, number)).collect();
    for reading in reading {
        assert_eq!(told(reading).await, Ok(None));
    }
}
