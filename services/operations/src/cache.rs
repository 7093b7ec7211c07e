//! What this process keeps for a while, and where it shares it.

use medcover_cache::{Cache, CacheStats, MAX_PATTERN_BYTES, Pattern, SpaceFigures, Tag};
use medcover_contract_operations::permissions::{InvalidateCache, ReadCache};
use medcover_contract_operations::{
    CacheFigures, CacheInvalidated, CacheInvalidations, CacheSpace, InvalidateCacheRequest,
    MAX_INVALIDATED, RedisFigures, RedisMemory, RedisReplica,
};
use medcover_kernel::{Allowed, Error, Result};
use medcover_redis::{MemoryStatus, Redis, RedisStatus, ReplicaStatus};

use crate::upstreams::breaker;
use crate::{Operations, of_the_installation};

pub(crate) async fn figures(
    operations: &Operations,
    allowed: Allowed<'_, ReadCache>,
) -> Result<CacheFigures> {
    of_the_installation(&allowed)?;
    let stats = cache(operations)?.get_stats().await?;
    let redis = operations.redis.as_ref().map(Redis::status);
    Ok(view(&stats, redis.as_ref()))
}

pub(crate) async fn invalidate(
    operations: &Operations,
    allowed: Allowed<'_, InvalidateCache>,
    request: &InvalidateCacheRequest,
) -> Result<CacheInvalidated> {
    of_the_installation(&allowed)?;
    let patterns = parsed("patterns", &request.patterns, |text| {
        text.parse::<Pattern>().ok()
    })?;
    let tags = parsed("tags", &request.tags, tag)?;
    let cache = cache(operations)?;
    if !tags.is_empty() {
        cache.invalidate_by_tags(&tags).await?;
    }
    let flushed = if patterns.is_empty() {
        0
    } else {
        cache.flush_pattern(&patterns).await?
    };
    let (caller, tags) = (&allowed.call().caller, tags.len());
    tracing::info!(%caller, patterns = patterns.len(), tags, flushed, "an operator invalidated");
    Ok(CacheInvalidated { flushed })
}

fn cache(operations: &Operations) -> Result<&Cache> {
    let cache = operations.cache.as_ref();
    cache.ok_or_else(|| Error::not_found("This process keeps nothing for a while."))
}

fn parsed<T>(
    field: &'static str,
    texts: &[String],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>> {
    if texts.len() > MAX_INVALIDATED {
        let detail = format!("may name {MAX_INVALIDATED}");
        return Err(Error::invalid(format!("/{field}"), detail));
    }
    let each = texts.iter().enumerate().map(|(place, text)| {
        let wrong = || Error::invalid(format!("/{field}/{place}"), "is none");
        parse(text).ok_or_else(wrong)
    });
    each.collect()
}

/// `kind:id`.
fn tag(text: &str) -> Option<Tag> {
    let (kind, id) = text.split_once(':')?;
    let good = !kind.is_empty() && !id.is_empty() && text.len() <= MAX_PATTERN_BYTES;
    good.then(|| Tag::new(kind, id))
}

fn view(stats: &CacheStats, shared: Option<&RedisStatus>) -> CacheFigures {
    let (engine, invalidations) = (stats.engine, stats.invalidations);
    CacheFigures {
        entries: engine.entries,
        bytes: engine.bytes,
        bytes_limit: engine.bytes_limit,
        evicted: engine.evicted,
        swept: engine.swept,
        refused: engine.refused,
        invalidations: CacheInvalidations {
            tags: invalidations.tags,
            keys: invalidations.keys,
            patterns: invalidations.patterns,
            flushed: invalidations.flushed,
        },
        spaces: stats.spaces.iter().map(space).collect(),
        redis: shared.map(redis),
    }
}

fn redis(it: &RedisStatus) -> RedisFigures {
    RedisFigures {
        primary: it.primary.clone(),
        replicas: it.replicas.iter().map(replica).collect(),
        replica_share: it.replica_share,
        sentinels: it.sentinels.configured as u64,
        sentinels_answering: it.sentinels.answering as u64,
        quorum: it.sentinels.quorum,
        failovers: it.failovers,
        connections: it.connections as u64,
        pool_size: it.pool_size.into(),
        requests: it.requests,
        failures: it.failures,
        retries: it.retries,
        mean_ms: it.answer_micros as f64 / 1_000.0 / it.requests.max(1) as f64,
        breaker: breaker(it.breaker),
        failures_in_a_row: it.failures_in_a_row,
        memory: it.memory.as_ref().map(memory),
    }
}

fn replica(it: &ReplicaStatus) -> RedisReplica {
    RedisReplica {
        address: it.address.clone(),
        lag_bytes: it.lag_bytes,
        requests: it.requests,
    }
}

fn memory(it: &MemoryStatus) -> RedisMemory {
    RedisMemory {
        used_memory_bytes: it.used_memory_bytes,
        limit_bytes: it.limit_bytes,
        memory_usage_ratio: it.memory_usage_ratio,
        fragmentation_ratio: it.fragmentation_ratio,
        status: it.pressure().as_str().to_owned(),
        eviction_policy: it.eviction_policy.clone(),
        evicted_keys: it.evicted_keys,
    }
}

fn space(it: &SpaceFigures) -> CacheSpace {
    CacheSpace {
        space: it.space.to_owned(),
        hits: it.hits,
        absent: it.absent,
        misses: it.misses,
        hit_rate_percent: (it.hit_rate * 100.0).round() as u8,
        stale: it.stale,
        loads: it.loads,
        failed_loads: it.failed_loads,
        joined: it.joined,
        early: it.early,
    }
}
