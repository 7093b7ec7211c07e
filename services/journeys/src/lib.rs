#![doc = include_str!("../README.md")]

mod app;
mod http;
mod sagas;
mod store;
mod watch;

use std::sync::Arc;

use medcover_contract_billing::BillingApi;
use medcover_contract_hospital::HospitalApi;
use medcover_contract_insurance::InsuranceApi;
use medcover_contract_journeys::JourneysApi;
use medcover_http::Routes;
use medcover_kernel::{Clock, Rng, ServiceName};
use medcover_store::{Name, Projection, Schema, Store};
use medcover_workflow::bus::{EventSource, Subscription};
use medcover_workflow::queue::Worker;
use medcover_workflow::saga::{SagaView, Sagas};

pub use app::JourneysService;

/// The name of the service, in whose name the steps call.
pub const SERVICE: ServiceName = ServiceName::from_static("journeys");

/// What the service needs from the application.
pub struct Deps {
    /// The runs, in an engine opened with [`schema`].
    pub store: Arc<dyn Store>,
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// Chance for ids and pauses.
    pub rng: Arc<dyn Rng>,
    /// Who knows patients, slots and visits.
    pub hospital: Arc<dyn HospitalApi>,
    /// Who knows cover and claims.
    pub insurance: Arc<dyn InsuranceApi>,
    /// Who knows invoices and money.
    pub billing: Arc<dyn BillingApi>,
}

/// The tables of the service, for the engine that keeps its state.
pub fn schema() -> Schema {
    store::schema()
}

/// What makes the rows of the tables, for rebuilding them from the log.
pub fn projections() -> Vec<&'static dyn Projection> {
    vec![&SagaView, &store::VisitView]
}

/// The log of the hospital in this process, whose store is `hospital`, for [`Journeys::watch`].
pub fn log_of(hospital: Arc<dyn Store>) -> Arc<dyn EventSource> {
    medcover_workflow::bus::log_of(hospital)
}

/// The journeys service, put together.
#[derive(Clone)]
pub struct Journeys {
    service: Arc<JourneysService>,
}

impl Journeys {
    /// The service over its state and its peers.
    pub fn new(deps: Deps) -> Self {
        Self {
            service: Arc::new(JourneysService::new(deps)),
        }
    }

    /// The service, for callers in this process.
    pub fn api(&self) -> Arc<dyn JourneysApi> {
        Arc::clone(&self.service) as _
    }

    /// Its addresses with their handlers, for an edge.
    pub fn router(&self) -> Routes<Arc<JourneysService>> {
        http::router::router(Arc::clone(&self.service))
    }

    /// Its sagas, for operators.
    pub fn sagas(&self) -> &Sagas {
        self.service.sagas()
    }

    /// What drives the runs, under the name `worker`; to be run beside the requests.
    pub fn driver(&self, worker: impl Into<Name>) -> Worker {
        self.sagas().worker(worker)
    }

    /// Wakes runs whose visit the hospital's log, `hospital`, says is coded; to be run beside the requests.
    pub fn watch(&self, hospital: Arc<dyn EventSource>, worker: impl Into<Name>) -> Subscription {
        watch::subscription(&self.service, hospital, worker.into())
    }
}
