//! The engine that processes share conforms, on a Redis of its own for each case.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_cache::conformance::Fixture;
use medcover_cache::{CacheEngine, InRedis, InRedisConfig, conformance_suite};
use medcover_kernel::{ManualClock, SystemClock, SystemRng};
use medcover_redis::{Redis, RedisConfig};
use medcover_testkit::RedisServer;

use crate::PATIENCE;

pub(crate) struct OfRedis(RedisServer);

impl OfRedis {
    pub(crate) fn start() -> Self {
        Self(RedisServer::start(&[]).expect("it starts"))
    }

    pub(crate) const fn server(&self) -> &RedisServer {
        &self.0
    }

    pub(crate) const fn server_mut(&mut self) -> &mut RedisServer {
        &mut self.0
    }

    /// How often entries were read.
    pub(crate) fn reads(&self) -> u64 {
        let said = self.0.say("INFO commandstats").expect("it answers");
        let calls = said
            .lines()
            .filter_map(|line| line.strip_prefix("cmdstat_mget:calls="));
        let calls = calls.filter_map(|rest| rest.split(',').next()?.parse::<u64>().ok());
        calls.sum()
    }

    pub(crate) fn forget(&self) {
        self.0.say("FLUSHALL").expect("it forgets");
    }

    pub(crate) async fn follow(&self) -> Redis {
        let config = RedisConfig {
            address: self.0.address(),
            check_ms: 100,
            ..RedisConfig::default()
        };
        let (clock, rng) = (Arc::new(SystemClock::default()), Arc::new(SystemRng));
        let redis = Redis::follow(&config, clock, rng).expect("its settings work");
        assert!(redis.ready(PATIENCE).await);
        redis
    }
}

impl fmt::Debug for OfRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl Fixture for OfRedis {
    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn CacheEngine> {
        // Each has its own, as the suite asks; some cases open several.
        self.forget();
        Arc::new(InRedis::new(
            self.follow().await,
            InRedisConfig::default(),
            clock,
        ))
    }
}

conformance_suite!(OfRedis::start());
