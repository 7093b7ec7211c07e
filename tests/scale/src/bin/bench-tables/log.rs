//! A search log to ask, brought into its months by the tasks that do so in an installation.

use std::sync::Arc;

use medcover_kernel::SystemClock;
use medcover_mesh::Leading;
use medcover_store::MemoryStore;
use medcover_telemetry::Metrics;
use medcover_terminology::{
    Deps, Icd10Tables, Sample, SharedTask, Terminology, TerminologyConfig, schema,
};

use crate::Outcome;
use crate::server::{Loaded, SCHEMA, run};

/// Searches in the log for each sample.
const SEARCHES: usize = 500;

/// Fills the log with searches of the last 50 days, few words of them often and most seldom, and lets the tasks make the partitions and
/// refresh the views.
pub(crate) async fn fill(loaded: &Loaded, samples: &[Sample]) -> Outcome<()> {
    let searches = samples.len() * SEARCHES;
    let mut session = loaded.session().await?;
    // A power of two of an even draw is met by the law of Zipf; the fraction of multiples of the golden ratio is an even draw.
    let rows = format!(
        "INSERT INTO {SCHEMA}.search_logs_master (id, searched_at, operation, query, words, hits, took_us) \
        SELECT gen_random_uuid(), now() - (n::bigint * 7919 % 4320000) * interval '1 second', \
            CASE n % 3 WHEN 0 THEN 'autocomplete_icd10' ELSE 'search_icd10' END, made.query, made.query, n % 10, 100 + n % 900 \
        FROM (SELECT n, 'words of search ' || floor(power(2, n * 0.6180339887498949 % 1 * 15)) AS query \
            FROM generate_series(1, {searches}) n) made"
    );
    run(&mut session, &rows).await?;
    let clock = Arc::new(SystemClock::new());
    let folder = tempfile::tempdir()?;
    let terminology = Terminology::new(Deps {
        config: TerminologyConfig::default(),
        data: folder.path().to_owned(),
        clock: clock.clone(),
        metrics: Arc::new(Metrics::default()),
        store: Some(Arc::new(MemoryStore::new(schema(), clock.clone()))),
        tables: Some(Icd10Tables::open(&loaded.options(), clock).await?),
        cache: None,
    });
    for task in terminology.shared_tasks() {
        match task {
            SharedTask::Partitions(maker) => maker.run(Leading::ALONE).await?,
            SharedTask::Views(refresher) => refresher.run(Leading::ALONE).await?,
        };
    }
    run(&mut session, "VACUUM ANALYZE").await
}
