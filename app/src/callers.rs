//! Callers counted in Redis, by all processes together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use medcover_http::{LimitsConfig, LimitsShared, NotCounted, SharedCounts, Traffic};
use medcover_kernel::{Clock, Rng};
use medcover_redis::{RateAsk, RateCounts, RateCountsConfig, Redis, RedisError};
use medcover_resilience::{Cost, RateDecision, SharedLimits};
use medcover_telemetry::Metrics;

use crate::settings::Settings;

/// The counts of all processes.
struct CountedInRedis {
    counts: RateCounts,
    /// Says when a request came. Redis bounds by how much it may be wrong.
    clock: Arc<dyn Clock>,
}

/// What bounds the requests of this process: each caller by the counts of all processes, if the settings say so.
pub(crate) fn traffic(
    settings: &Settings,
    redis: Option<&Redis>,
    metrics: &Metrics,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<Traffic> {
    let (slots, limits) = (&settings.slots, &settings.limits);
    let counts = counts(limits, redis, clock)?;
    let traffic = Traffic::counted_by(counts, slots, limits, metrics, clock, rng)?;
    Ok(traffic)
}

/// Where callers are counted together, if `limits` say so and there is a `redis` to follow.
fn counts(
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
        let told = self.counts.decide(ask).await;
        told.map(|it| it.decision).map_err(|it| not_counted(&it))
    }

    async fn look(&self, caller: &str, limits: &SharedLimits) -> Result<RateDecision, NotCounted> {
        let looked = self.counts.look(caller, limits, self.clock.now()).await;
        looked.map_err(|it| not_counted(&it))
    }
}

fn not_counted(error: &RedisError) -> NotCounted {
    NotCounted(error.to_string())
}

impl std::fmt::Debug for CountedInRedis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CountedInRedis").field(&self.counts).finish()
    }
}
