#![doc = include_str!("../README.md")]

mod app;
mod config;
#[cfg(test)]
mod contract;
mod http;
mod json;
pub mod load;
mod releases;
mod search_log;
mod tables;
#[cfg(test)]
mod testing;
mod worker;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use medcover_cache::Cache;
use medcover_contract_terminology::TerminologyApi;
use medcover_http::Routes;
use medcover_kernel::{Clock, SystemRng};
use medcover_store::Store;
use medcover_telemetry::Metrics;

use app::{Popularity, Standby};
use search_log::{Kept, MonthlyLog, SearchLog};

pub use app::TerminologyService;
pub use config::TerminologyConfig;
pub use releases::{
    Bytes, KindReading, Loaded, NotRead, NoteReading, OpenRelease, ReleaseProblem, ReleaseSet,
    Releases, WhyNot, load_release,
};
pub use search_log::{PartitionMaker, SearchLogKeeper, ViewRefresher, schema};
pub use tables::{
    Icd10Tables, IndexReport, IndexUsage, IndexedQuery, RowsLoaded, Sample, TableLoad,
    index_reports,
};
pub use worker::{SharedTask, Watch, Worker};

/// What the service needs from the application.
#[derive(Clone)]
pub struct Deps {
    /// Its section of the configuration.
    pub config: TerminologyConfig,
    /// The data folder, in which `terminology/` and `sources/` lie.
    pub data: PathBuf,
    /// The clock of the process, made when it started.
    pub clock: Arc<dyn Clock>,
    /// The metrics of the process.
    pub metrics: Arc<Metrics>,
    /// Where the search log is written, unless there are tables; without, there is none.
    pub store: Option<Arc<dyn Store>>,
    /// Who answers when the file of the current release of ICD-10-CM cannot be opened; without, nobody does.
    pub tables: Option<Icd10Tables>,
    /// Where searches are kept that the tables have answered; without, they are asked each time.
    pub cache: Option<Cache>,
}

/// The terminology service, put together.
#[derive(Clone)]
pub struct Terminology {
    service: Arc<TerminologyService>,
    releases: Arc<Releases>,
    config: TerminologyConfig,
    clock: Arc<dyn Clock>,
    /// What the search log is kept from, until its keeper is made.
    searches: Arc<Mutex<Option<search_log::Source>>>,
    /// The search log on a server.
    months: Option<MonthlyLog>,
    data: PathBuf,
}

impl Terminology {
    /// Opens what the data folder holds. It never fails: without a release every answer says what to run, and what could
    /// not be opened is told by health.
    pub fn new(deps: Deps) -> Self {
        let Deps {
            config,
            data,
            clock,
            metrics,
            store,
            tables,
            cache,
        } = deps;
        let releases = Arc::new(Releases::open(&data, &*clock));
        let months = tables.as_ref().map(Icd10Tables::search_log);
        let months = months.filter(|_| store.is_some());
        let kept = store.map(|store| match &months {
            Some(months) => Kept::Months(months.clone()),
            None => Kept::Store(store),
        });
        let (log, searches) = kept.map(|kept| SearchLog::new(kept, &metrics)).unzip();
        let service = TerminologyService::new(
            Arc::clone(&releases),
            &data.join("terminology"),
            config.count_searches.then(Popularity::default),
            (log, months.clone()),
            tables.map(|tables| Standby::new(tables, cache.as_ref(), &metrics)),
            Arc::clone(&clock),
            metrics,
        );
        Self {
            service: Arc::new(service),
            releases,
            config,
            clock,
            searches: Arc::new(Mutex::new(searches)),
            months,
            data,
        }
    }

    /// The service, for callers in this process.
    pub fn api(&self) -> Arc<dyn TerminologyApi> {
        Arc::clone(&self.service) as _
    }

    #[cfg(test)]
    pub(crate) fn service(&self) -> Arc<TerminologyService> {
        Arc::clone(&self.service)
    }

    /// Its addresses with their handlers, for an edge.
    pub fn router(&self) -> Routes<Arc<TerminologyService>> {
        http::router::router(Arc::clone(&self.service))
    }

    /// The open releases.
    pub fn releases(&self) -> &Arc<Releases> {
        &self.releases
    }

    /// Whether the tables answer for the current release of ICD-10-CM, because its file cannot be opened.
    pub async fn is_covered(&self) -> bool {
        self.service.is_covered().await
    }

    /// What runs beside the requests. The keeper of the search log is among them the first time they are asked for.
    pub fn workers(&self) -> Vec<Worker> {
        let watch = Watch::new(Arc::clone(&self.releases), self.config.watch_ms);
        let searches = self
            .searches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let keeper = searches.map(|source| {
            SearchLogKeeper::new(
                source,
                Arc::clone(&self.service),
                self.config.keep_searches(),
                Arc::clone(&self.clock),
                Arc::new(SystemRng),
            )
        });
        let mut workers = vec![Worker::Watch(watch)];
        workers.extend(keeper.map(Worker::SearchLog));
        workers
    }

    /// What one process of the installation does for all of them.
    pub fn shared_tasks(&self) -> Vec<SharedTask> {
        let Some(log) = &self.months else {
            return Vec::new();
        };
        let (kept_for, archive) = (self.config.keep_searches(), self.config.archive(&self.data));
        let clock = || Arc::clone(&self.clock);
        let every = Duration::from_secs(self.config.refresh_views_s);
        vec![
            SharedTask::Partitions(PartitionMaker::new(log.clone(), kept_for, archive, clock())),
            SharedTask::Views(ViewRefresher::new(log.clone(), every, clock())),
        ]
    }
}

impl std::fmt::Debug for Terminology {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminology")
            .field("releases", &self.releases)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
