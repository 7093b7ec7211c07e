//! What this process keeps for a while.

use medcover_cache::{Cache, CacheStats, MAX_PATTERN_BYTES, Pattern, SpaceFigures, Tag};
use medcover_contract_operations::permissions::{InvalidateCache, ReadCache};
use medcover_contract_operations::{
    CacheFigures, CacheInvalidated, CacheInvalidations, CacheSpace, InvalidateCacheRequest,
    MAX_INVALIDATED,
};
use medcover_kernel::{Allowed, Error, Result};

use crate::{Operations, of_the_installation};

pub(crate) async fn figures(
    operations: &Operations,
    allowed: Allowed<'_, ReadCache>,
) -> Result<CacheFigures> {
    of_the_installation(&allowed)?;
    let stats = cache(operations)?.get_stats().await?;
    Ok(view(&stats))
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

fn view(stats: &CacheStats) -> CacheFigures {
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
