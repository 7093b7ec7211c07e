#![doc = include_str!("../README.md")]

mod app;
mod domain;
mod events;
mod http;
mod store;

use std::sync::Arc;

use medcover_contract_insurance::InsuranceApi;
use medcover_contract_terminology::TerminologyApi;
use medcover_http::Routes;
use medcover_kernel::{Clock, Rng};
use medcover_store::{Name, Projection, Schema, Store};
use medcover_workflow::queue::Worker;

pub use app::{DAYS_QUEUE, DueDays, InsuranceService};
pub use events::event_catalogue;

/// What the service needs from the application.
pub struct Deps {
    /// Its state, in an engine opened with [`schema`].
    pub store: Arc<dyn Store>,
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// Chance for ids.
    pub rng: Arc<dyn Rng>,
    /// What looks through the codes of claims.
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

/// The insurance service, put together.
#[derive(Clone, Debug)]
pub struct Insurance {
    service: Arc<InsuranceService>,
}

impl Insurance {
    /// The service over its state.
    pub fn new(deps: Deps) -> Self {
        Self {
            service: Arc::new(InsuranceService::new(deps)),
        }
    }

    /// The service, for callers in this process.
    pub fn api(&self) -> Arc<dyn InsuranceApi> {
        Arc::clone(&self.service) as _
    }

    /// Its addresses with their handlers, for an edge.
    pub fn router(&self) -> Routes<Arc<InsuranceService>> {
        http::router::router(Arc::clone(&self.service))
    }

    /// What lets premiums fall due, policies begin and end, and authorisations expire when their day has come.
    pub fn due_days(&self) -> DueDays {
        DueDays(Arc::clone(&self.service))
    }

    /// The worker that does so; to be run beside the requests. `name` is unique per start of a process.
    pub fn worker(&self, name: impl Into<Name>) -> Worker {
        self.service.worker(Arc::new(self.due_days()), name.into())
    }
}
