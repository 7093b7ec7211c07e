//! A stream of searches answered from the tables, with a cache before them and without.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use medcover_cache::{Cache, CacheKey, InProcess, Loaded as Kept, Policy};
use medcover_contract_terminology::{SearchRequest, TerminologyApi};
use medcover_kernel::{Call, Clock as _, Error, Rng as _, SeededRng, SystemClock, SystemRng};
use medcover_telemetry::Metrics;
use medcover_terminology::{Deps, Icd10Tables, Sample, Terminology, TerminologyConfig};

use super::{Ratio, Way, times};
use crate::Outcome;
use crate::ask::since;
use crate::measure::{Budget, Times};
use crate::server::Loaded;

/// Searches in the stream for each that is different.
const DRAWN: usize = 10;
/// Words that are typed of a title.
const WORDS: usize = 3;
const MEMORY: u64 = 64 << 20;

/// What was typed.
struct Typed<'a>(&'a str);

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl CacheKey for Typed<'_> {
    type Value = Bytes;
    const SPACE: &'static str = "search";
    const POLICY: Policy = Policy::of(Duration::from_hours(1));
}

pub(crate) async fn measure(
    loaded: &Loaded,
    samples: &[Sample],
    budget: Budget,
    seed: u64,
) -> Outcome<Vec<Ratio>> {
    eprintln!("searches with a cache, and without");
    let clock = SystemClock::new();
    let folder = tempfile::tempdir()?;
    let api = api(loaded, folder.path(), clock).await?;
    let stream = stream(samples, seed);
    let end = clock.elapsed() + budget.span;
    let mut plain = Times::default();
    for text in &stream {
        if clock.elapsed() > end {
            break;
        }
        let began = clock.elapsed();
        search(&*api, text, clock).await?;
        plain.push(since(&clock, began));
    }
    let engine = InProcess::new(MEMORY, Arc::new(clock));
    let cache = Cache::new(Arc::new(engine), Arc::new(clock), Arc::new(SystemRng));
    let space = cache.space::<Typed<'_>>();
    let end = clock.elapsed() + budget.span * 5;
    let mut ours = Times::default();
    for text in &stream {
        if clock.elapsed() > end {
            break;
        }
        let began = clock.elapsed();
        let load = || async { Ok(Kept::value(search(&*api, text, clock).await?)) };
        space.get_or_load(&Typed(text), load).await?;
        ours.push(since(&clock, began));
    }
    let loads: u64 = cache.figures().iter().map(|it| it.loads).sum();
    let (plain, ours) = (plain.timing(), ours.timing());
    let saved = 1.0 - loads as f64 / ours.count.max(1) as f64;
    let different = samples.len();
    let drawn = format!(
        "{} searches by Zipf's law out of {different} different ones, one after the other: {loads} went to the tables",
        ours.count
    );
    Ok(vec![
        Ratio {
            what: "cached ÷ uncached searches",
            stated: "10 ×",
            found: times(plain.mean_ms / ours.mean_ms),
            why: format!(
                "{drawn}, and a search that is kept costs nothing beside one that is not: the mean is that of the misses, by their share"
            ),
            plain: Way::of("each from the tables", plain),
            ours: Way::of("from the cache where it is there", ours),
            parts: Vec::new(),
        },
        Ratio {
            what: "database queries saved by the cache",
            stated: "90 %",
            found: format!("{:.1} %", saved * 100.0),
            why: format!(
                "{drawn}; the share follows from how often people ask the same, and from nothing else"
            ),
            plain: Way::of("each from the tables", plain),
            ours: Way::of("from the cache where it is there", ours),
            parts: Vec::new(),
        },
    ])
}

/// The service as it answers without the file of a release.
async fn api(
    loaded: &Loaded,
    folder: &Path,
    clock: SystemClock,
) -> Outcome<Arc<dyn TerminologyApi>> {
    let clock = Arc::new(clock);
    let terminology = Terminology::new(Deps {
        config: TerminologyConfig::default(),
        data: folder.to_owned(),
        clock: clock.clone(),
        metrics: Arc::new(Metrics::default()),
        store: None,
        tables: Some(Icd10Tables::open(&loaded.options(), clock).await?),
    });
    Ok(terminology.api())
}

/// Beginnings of titles, few of them often.
fn stream(samples: &[Sample], seed: u64) -> Vec<String> {
    let chance = SeededRng::new(seed);
    let count = samples.len().max(1);
    let draw = |_| {
        // A power of an even draw is met by the law of Zipf.
        let place = (count as f64).powf(chance.unit()) as usize - 1;
        let title = samples.get(place).map_or("", |it| &*it.term);
        let words: Vec<_> = title.split_whitespace().take(WORDS).collect();
        words.join(" ")
    };
    (0..samples.len() * DRAWN).map(draw).collect()
}

async fn search(api: &dyn TerminologyApi, text: &str, clock: SystemClock) -> Result<Bytes, Error> {
    let call = Call::operator(Duration::from_mins(1), &clock, &SystemRng);
    let request = SearchRequest {
        q: text.to_owned(),
        ..SearchRequest::default()
    };
    let answer = api.search_icd10(&call, request).await?;
    let answer = serde_json::to_vec(&answer).map_err(Error::internal)?;
    Ok(answer.into())
}
