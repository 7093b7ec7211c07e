#![doc = include_str!("../README.md")]

mod app;
mod domain;
mod events;
mod http;
mod processor;
mod store;

use std::sync::Arc;

use medcover_contract_billing::BillingApi;
use medcover_http::Routes;
use medcover_kernel::{Clock, Rng};
use medcover_store::{Name, Projection, Schema, Store};
use medcover_workflow::bus::Subscription;

pub use app::BillingService;
pub use events::event_catalogue;
pub use processor::{CashDesk, ChargeOrder, PaymentProcessor, Processed, RefundOrder};

/// What the service needs from the application.
pub struct Deps {
    /// Its state, in an engine opened with [`schema`].
    pub store: Arc<dyn Store>,
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// Chance for ids.
    pub rng: Arc<dyn Rng>,
    /// Who takes money and gives it back: the [`CashDesk`], unless there is somebody else.
    pub processor: Arc<dyn PaymentProcessor>,
}

/// The tables of the service, for the engine that keeps its state.
pub fn schema() -> Schema {
    store::schema()
}

/// What makes the rows of the tables, for rebuilding them from the log.
pub fn projections() -> Vec<&'static dyn Projection> {
    vec![&store::Views, &store::LedgerTotals]
}

/// The billing service, put together.
#[derive(Clone, Debug)]
pub struct Billing {
    service: Arc<BillingService>,
}

impl Billing {
    /// The service over its state.
    pub fn new(deps: Deps) -> Self {
        Self {
            service: Arc::new(BillingService::new(deps)),
        }
    }

    /// The service, for callers in this process.
    pub fn api(&self) -> Arc<dyn BillingApi> {
        Arc::clone(&self.service) as _
    }

    /// Its addresses with their handlers, for an edge.
    pub fn router(&self) -> Routes<Arc<BillingService>> {
        http::router::router(Arc::clone(&self.service))
    }

    /// What follows from payments by itself, to be run beside the requests: payments are put against the invoice they are
    /// meant for, commissions follow the money, payments in doubt are asked after. `worker` names the process, as unique
    /// as its start.
    pub fn subscriptions(&self, worker: impl Into<Name>) -> Vec<Subscription> {
        app::subscriptions(&self.service, &worker.into())
    }
}
