//! How long an invalidation takes, and what it leaves to do.

use std::time::Instant;

use medcover_cache::{Pattern, Tag};
use serde::Serialize;

use super::keys::{Key, cache, fill};
use crate::random::Random;
use crate::sample::{Sample, Timing};

/// How many keys are kept, each under two tags.
pub const TAGGED: usize = 100_000;
/// How many tags a batch has.
pub const BATCH: usize = 100;

/// What was measured over [`TAGGED`] keys.
#[derive(Serialize)]
pub struct Invalidation {
    /// A tag that a hundred keys have.
    pub tag: Timing,
    /// A hundred tags at once.
    pub batch: Timing,
    /// A load with two tags that is kept: what has to be paid again.
    pub load: Timing,
    /// All keys flushed by pattern, the memory given back included, in milliseconds.
    pub flush_ms: f64,
    /// How many entries that found.
    pub flushed: u64,
}

pub fn measure(times: usize) -> Invalidation {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let cache = cache();
        let space = cache.space::<Key>();
        fill(&space, TAGGED).await;
        let mut random = Random::new(1);
        let mut tag = Sample::with_capacity(times);
        for _ in 0..times {
            let number = random.below(TAGGED);
            let group = [Tag::new("group", number / 100)];
            let began = Instant::now();
            cache.invalidate_by_tags(&group).await.expect("it answers");
            tag.push(began.elapsed());
            let gone = space.get(&Key::of(number)).await;
            assert!(
                gone.is_miss(),
                "{number} was shown after its tag was invalidated"
            );
        }
        let mut batch = Sample::with_capacity(times);
        for _ in 0..times {
            let tags: Vec<_> = (0..BATCH)
                .map(|_| Tag::new("record", random.below(TAGGED)))
                .collect();
            let began = Instant::now();
            cache.invalidate_by_tags(&tags).await.expect("it answers");
            batch.push(began.elapsed());
        }
        let mut load = Sample::with_capacity(TAGGED);
        let again = cache.space::<Key>();
        cache
            .flush_pattern(&[Pattern::of_space("records")])
            .await
            .expect("it answers");
        for number in 0..TAGGED {
            let key = Key::of(number);
            let began = Instant::now();
            super::keys::load(&again, key).await;
            load.push(began.elapsed());
        }
        let began = Instant::now();
        let flushed = cache.flush_pattern(&[Pattern::of_space("records")]).await;
        Invalidation {
            tag: tag.timing(),
            batch: batch.timing(),
            load: load.timing(),
            flush_ms: began.elapsed().as_secs_f64() * 1_000.0,
            flushed: flushed.expect("it answers"),
        }
    })
}
