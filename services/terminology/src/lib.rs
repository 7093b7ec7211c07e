#![doc = include_str!("../README.md")]

mod app;
mod config;
#[cfg(test)]
mod contract;
mod http;
mod json;
pub mod load;
mod releases;
#[cfg(test)]
mod testing;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use medcover_contract_terminology::TerminologyApi;
use medcover_http::Routes;
use medcover_kernel::Clock;
use medcover_telemetry::Metrics;

pub use app::TerminologyService;
pub use config::TerminologyConfig;
pub use releases::{Loaded, OpenRelease, ReleaseProblem, ReleaseSet, Releases, load_release};
pub use worker::Watch;

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
}

/// The terminology service, put together.
#[derive(Clone, Debug)]
pub struct Terminology {
    service: Arc<TerminologyService>,
    releases: Arc<Releases>,
    config: TerminologyConfig,
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
        } = deps;
        let releases = Arc::new(Releases::open(&data, &*clock));
        let service = TerminologyService::new(
            Arc::clone(&releases),
            &data.join("terminology"),
            config.count_searches,
            clock,
            metrics,
        );
        Self {
            service: Arc::new(service),
            releases,
            config,
        }
    }

    /// The service, for callers in this process.
    pub fn api(&self) -> Arc<dyn TerminologyApi> {
        Arc::clone(&self.service) as _
    }

    /// Its addresses with their handlers, for an edge.
    pub fn router(&self) -> Routes<Arc<TerminologyService>> {
        http::router::router(Arc::clone(&self.service))
    }

    /// The open releases.
    pub fn releases(&self) -> &Arc<Releases> {
        &self.releases
    }

    /// What runs beside the requests.
    pub fn workers(&self) -> Vec<Watch> {
        vec![Watch::new(Arc::clone(&self.releases), self.config.watch_ms)]
    }
}
