#![doc = include_str!("../README.md")]

mod app;
mod domain;
mod events;
mod http;
mod store;

use std::sync::Arc;

use medcover_contract_hospital::HospitalApi;
use medcover_contract_terminology::TerminologyApi;
use medcover_http::Routes;
use medcover_kernel::{Clock, Rng};
use medcover_store::{Projection, Schema, Store};

pub use app::HospitalService;
pub use events::event_catalogue;

/// What the service needs from the application.
pub struct Deps {
    /// Its state, in an engine opened with [`schema`].
    pub store: Arc<dyn Store>,
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// Chance for ids.
    pub rng: Arc<dyn Rng>,
    /// Who knows which codes there are.
    pub terminology: Arc<dyn TerminologyApi>,
}

/// The tables of the service, for the engine that keeps its state.
pub fn schema() -> Schema {
    store::schema()
}

/// What makes the rows of the tables, for rebuilding them from the log.
pub fn projections() -> Vec<&'static dyn Projection> {
    vec![&store::Views]
}

/// The hospital service, put together.
#[derive(Clone, Debug)]
pub struct Hospital {
    service: Arc<HospitalService>,
}

impl Hospital {
    /// The service over its state. It has no workers: holds expire by the clock.
    pub fn new(deps: Deps) -> Self {
        Self {
            service: Arc::new(HospitalService::new(deps)),
        }
    }

    /// The service, for callers in this process.
    pub fn api(&self) -> Arc<dyn HospitalApi> {
        Arc::clone(&self.service) as _
    }

    /// Its addresses with their handlers, for an edge.
    pub fn router(&self) -> Routes<Arc<HospitalService>> {
        http::router::router(Arc::clone(&self.service))
    }
}
