//! Callers counted in Redis, by all processes together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use medcover_http::{LimitsConfig, LimitsShared, NotCounted, SharedCounts};
use medcover_kernel::Clock;
use medcover_redis::{RateAsk, RateCounts, RateCountsConfig, Redis, RedisError};
use medcover_resilience::{Cost, RateDecision, SharedLimits};

/// The counts of all processes.
struct CountedInRedis {
    counts: RateCounts,
    /// Says when a request came. Redis bounds by how much it may be wrong.
    clock: Arc<dyn Clock>,
}

/// Where callers are counted together, if `limits` say so and there is a `redis` to follow.
pub(crate) fn counts(
    limits: &LimitsConfig,
    redis: Option<&Redis>,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<dyn SharedCounts>>> {
    let (LimitsShared::Redis, Some(redis)) = (limits.shared, redis) else {
        return Ok(None);
    };
    let config = RateCountsConfig {
        within: Duration::from_millis(limits.shared_timeout_ms),
        ..RateCountsConfig::default()
    };
    let counts = RateCounts::new(redis.clone(), config)?;
    let clock = Arc::clone(clock);
    Ok(Some(Arc::new(CountedInRedis { counts, clock })))
}

#[async_trait]
impl SharedCounts for CountedInRedis {
    async fn charge(
        &self,
        caller: &str,
        limits: &SharedLimits,
        cost: Cost,
    ) -> Result<RateDecision, NotCounted> {
        let ask = RateAsk {
            name: caller,
            limits,
            cost,
            now: self.clock.now(),
        };
        let told = self.counts.decide(ask).await.map_err(not_counted)?;
        Ok(told.decision)
    }

    async fn look(&self, caller: &str, limits: &SharedLimits) -> Result<RateDecision, NotCounted> {
        let looked = self.counts.look(caller, limits, self.clock.now()).await;
        looked.map_err(not_counted)
    }
}

fn not_counted(error: RedisError) -> NotCounted {
    NotCounted(error.to_string())
}

impl std::fmt::Debug for CountedInRedis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CountedInRedis").field(&self.counts).finish()
    }
}
