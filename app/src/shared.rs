//! What this process shares with others through Redis, where there is one.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use medcover_cache::{Cache, CacheEngine, InProcess, InRedis, InRedisConfig, Tiered};
use medcover_http::Stop;
use medcover_kernel::{Clock, ErrorKind, Rng};
use medcover_mesh::{Instance, LeaseId, RedisRegistry, Registrar as _};
use medcover_redis::{MemoryPressure, MemoryStatus, Redis};
use medcover_telemetry::Metrics;
use tokio::runtime::Handle;

use crate::settings::Settings;

/// How often the memory of Redis is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// While memory is short, a sweep drops what lives less than that.
const SHORT_LIFE: Duration = Duration::from_mins(1);

/// How long a process stays registered without a word from it, and how often it says that it is there.
const REGISTERED_FOR: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Redis, the tier of the cache that is there, and the registry of processes.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) redis: Redis,
    pub(crate) registry: Arc<RedisRegistry>,
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
    // Where nothing runs, as when the API is only described, nobody is followed.
    let runs = Handle::try_current().is_ok();
    let shared = (runs && settings.redis.is_set()).then(|| {
        let redis = Redis::follow(&settings.redis, Arc::clone(clock), Arc::clone(rng))?;
        medcover_redis::register(metrics, redis.clone());
        let config = InRedisConfig {
            slots,
            ..InRedisConfig::default()
        };
        let tier = InRedis::new(redis.clone(), config, Arc::clone(clock));
        let registry = Arc::new(RedisRegistry::new(redis.clone(), Arc::clone(rng)));
        anyhow::Ok(Shared {
            redis,
            registry,
            tier,
        })
    });
    let shared = shared.transpose()?;
    let engine: Arc<dyn CacheEngine> = match &shared {
        Some(shared) => {
            let (far, wait) = (shared.tier.clone(), settings.cache.shared_wait());
            Arc::new(Tiered::new(near, far, wait, Arc::clone(clock)))
        }
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

    /// Says in the registry that `service` is at `address`, until the process stops; then that no new request should come.
    pub(crate) async fn stay_registered(self, service: String, address: String, mut stop: Stop) {
        let mut lease = None;
        while !stop.is_draining() {
            match self.say_here(lease, &service, &address).await {
                Ok(held) => lease = Some(held),
                Err(error) => {
                    lease = None;
                    tracing::warn!(service, %error, "this process is not in the registry");
                }
            }
            tokio::select! {
                () = stop.draining() => {}
                () = tokio::time::sleep(HEARTBEAT) => {}
            }
        }
        if let Some(lease) = lease
            && let Err(error) = self.registry.drain(lease).await
        {
            tracing::debug!(service, %error, "the registration ends by its time");
        }
    }

    async fn say_here(
        &self,
        lease: Option<LeaseId>,
        service: &str,
        address: &str,
    ) -> medcover_kernel::Result<LeaseId> {
        if let Some(lease) = lease {
            match self.registry.heartbeat(lease).await {
                Ok(()) => return Ok(lease),
                // Redis has lost it, or took this process for dead.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let here = Instance::at(address).of_version(env!("CARGO_PKG_VERSION"));
        self.registry.register(service, here, REGISTERED_FOR).await
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
