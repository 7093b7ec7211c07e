//! A stream of searches answered from the tables, with a cache before them and without.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use medcover_cache::{Cache, InProcess};
use medcover_contract_terminology::{SearchRequest, TerminologyApi};
use medcover_kernel::{Call, Clock as _, Rng as _, SeededRng, SystemClock, SystemRng};
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

pub(crate) async fn measure(
    loaded: &Loaded,
    samples: &[Sample],
    budget: Budget,
    seed: u64,
) -> Outcome<Vec<Ratio>> {
    eprintln!("searches with a cache, and without");
    let clock = SystemClock::new();
    let folder = tempfile::tempdir()?;
    let stream = stream(samples, seed);
    let uncached = api(loaded, folder.path(), None, clock).await?;
    let plain = ask(&*uncached, &stream, budget.span, clock).await?;
    let engine = InProcess::new(MEMORY, Arc::new(clock));
    let cache = Cache::new(Arc::new(engine), Arc::new(clock), Arc::new(SystemRng));
    let cached = api(loaded, folder.path(), Some(cache.clone()), clock).await?;
    let ours = ask(&*cached, &stream, budget.span * 5, clock).await?;
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
                "{drawn}, and what a search was answered from is kept, which is ranked again each time: the mean is that of the misses, by their share"
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

/// Asks as much of `stream` as can be within `span`, one after the other.
async fn ask(
    api: &dyn TerminologyApi,
    stream: &[String],
    span: Duration,
    clock: SystemClock,
) -> Outcome<Times> {
    let end = clock.elapsed() + span;
    let mut times = Times::default();
    for text in stream {
        if clock.elapsed() > end {
            break;
        }
        let began = clock.elapsed();
        let call = Call::operator(Duration::from_mins(1), &clock, &SystemRng);
        let request = SearchRequest {
            q: text.clone(),
            ..SearchRequest::default()
        };
        black_box(api.search_icd10(&call, request).await?);
        times.push(since(&clock, began));
    }
    Ok(times)
}

/// The service as it answers without the file of a release.
async fn api(
    loaded: &Loaded,
    folder: &Path,
    cache: Option<Cache>,
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
        cache,
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
