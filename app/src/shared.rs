//! What this process shares with others through Redis, where there is one.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use medcover_cache::{Cache, CacheEngine, InProcess, InRedis, InRedisConfig, Tiered};
use medcover_http::Stop;
use medcover_kernel::{Clock, Rng};
use medcover_redis::{MemoryPressure, MemoryStatus, Redis};
use medcover_telemetry::Metrics;

use crate::settings::Settings;

/// How often the memory of Redis is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// While memory is short, a sweep drops what lives less than that.
const SHORT_LIFE: Duration = Duration::from_mins(1);

/// Redis, and the tier of the cache that is there.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) redis: Redis,
    tier: InRedis,
}

/// The cache of the process, whose figures are among `metrics`, and what of it is shared.
pub(crate) fn cache(
    settings: &Settings,
    metrics: &Metrics,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<(Cache, Option<Shared>)> {
    let config = &settings.cache;
    let slots = config.stamps as usize;
    let near = InProcess::with_slots(config.max_bytes(), slots, Arc::clone(clock));
    let shared = settings.redis.is_set().then(|| {
        let redis = Redis::follow(&settings.redis, Arc::clone(clock), Arc::clone(rng))?;
        medcover_redis::register(metrics, redis.clone());
        let config = InRedisConfig {
            slots,
            ..InRedisConfig::default()
        };
        let tier = InRedis::new(redis.clone(), config, Arc::clone(clock));
        anyhow::Ok(Shared { redis, tier })
    });
    let shared = shared.transpose()?;
    let engine: Arc<dyn CacheEngine> = match &shared {
        Some(shared) => Arc::new(Tiered::new(near, shared.tier.clone(), Arc::clone(clock))),
        None => Arc::new(near),
    };
    let cache = Cache::new(engine, Arc::clone(clock), Arc::clone(rng));
    cache.register(metrics);
    Ok((cache, shared))
}

impl Shared {
    /// Watches the memory of Redis until the process stops: says when it becomes short, has what will soon expire dropped
    /// while it is, and has it put in order where it is fragmented.
    pub(crate) async fn watch_memory(self, mut stop: Stop) {
        let mut pressure = MemoryPressure::Normal;
        let mut in_order = false;
        loop {
            tokio::select! {
                () = stop.draining() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let Some(memory) = self.redis.status().memory else {
                continue;
            };
            self.note(&memory, pressure);
            pressure = memory.pressure();
            if memory.is_fragmented() && !in_order {
                // Asked for once: it goes on by itself, or the server cannot.
                in_order = true;
                self.put_in_order().await;
            }
        }
    }

    fn note(&self, memory: &MemoryStatus, before: MemoryPressure) {
        let (pressure, ratio) = (memory.pressure(), memory.memory_usage_ratio);
        let least = match pressure {
            MemoryPressure::Normal => Duration::ZERO,
            MemoryPressure::Warning | MemoryPressure::Critical => SHORT_LIFE,
        };
        self.tier.drop_what_lives_less_than(least);
        if pressure == before {
            return;
        }
        let told = pressure.as_str();
        match pressure {
            MemoryPressure::Normal => tracing::info!(ratio, pressure = told, "memory of Redis"),
            MemoryPressure::Warning => tracing::warn!(ratio, pressure = told, "memory of Redis"),
            MemoryPressure::Critical => tracing::error!(ratio, pressure = told, "memory of Redis"),
        }
    }

    async fn put_in_order(&self) {
        match self.redis.defragment().await {
            Ok(()) => tracing::info!("Redis puts its memory in order"),
            Err(cause) => tracing::warn!(%cause, "Redis does not put its memory in order"),
        }
    }
}
