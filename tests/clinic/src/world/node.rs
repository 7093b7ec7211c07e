//! Nodes: all services and their workers, which can be struck down at any await.

use std::sync::Arc;

use medcover_billing::{Billing, CashDesk};
use medcover_contract_terminology::TerminologyApi;
use medcover_hospital::Hospital;
use medcover_insurance::Insurance;
use medcover_journeys::Journeys;
use medcover_kernel::{Clock, Rng};
use medcover_simulation::stage::{Disk, Fate, Meddling, Trace};
use medcover_store::{Projection, Schema, Store};
use medcover_workflow::bus::log_of;
use tokio::task::JoinSet;

use crate::commands::Apis;
use crate::model::Service;
use crate::terminology::Terminology;

/// Of so many of a thousand commits nobody hears that they were kept.
const LOST_PER_MILLE: u64 = 8;

/// What all nodes share.
pub(super) struct Ground {
    pub(super) hospital: Arc<Disk>,
    pub(super) insurance: Arc<Disk>,
    pub(super) billing: Arc<Disk>,
    pub(super) journeys: Arc<Disk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    terminology: Arc<dyn TerminologyApi>,
}

/// A running node.
pub(super) struct Node {
    pub(super) apis: Apis,
    pub(super) sagas: Journeys,
    /// Its workers and the requests that it answers.
    pub(super) tasks: JoinSet<()>,
}

impl Ground {
    pub(super) fn new(
        clock: &Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        fate: &Arc<Fate>,
        trace: &Arc<Trace>,
        meddling: Option<Meddling>,
    ) -> Self {
        let disk = |service| {
            let disk = Disk::new(
                super::views::with_listings(service),
                Arc::clone(clock),
                Arc::clone(fate),
                Arc::clone(trace),
                meddling,
            );
            Arc::new(disk.losing(LOST_PER_MILLE))
        };
        Self {
            hospital: disk(Service::Hospital),
            insurance: disk(Service::Insurance),
            billing: disk(Service::Billing),
            journeys: disk(Service::Journeys),
            clock: Arc::clone(clock),
            rng,
            terminology: Arc::new(Terminology),
        }
    }

    /// The disk of a service.
    pub(super) const fn disk(&self, service: Service) -> &Arc<Disk> {
        match service {
            Service::Hospital => &self.hospital,
            Service::Insurance => &self.insurance,
            Service::Billing => &self.billing,
            Service::Journeys => &self.journeys,
        }
    }

    fn store(&self, service: Service) -> Arc<dyn Store> {
        Arc::clone(self.disk(service)) as _
    }

    /// Starts the node called `name`.
    pub(super) fn start(&self, name: &str) -> Node {
        let (clock, rng) = (|| Arc::clone(&self.clock), || Arc::clone(&self.rng));
        let hospital = Hospital::new(medcover_hospital::Deps {
            store: self.store(Service::Hospital),
            clock: clock(),
            rng: rng(),
            terminology: Arc::clone(&self.terminology),
        });
        let insurance = Insurance::new(medcover_insurance::Deps {
            store: self.store(Service::Insurance),
            clock: clock(),
            rng: rng(),
            terminology: Arc::clone(&self.terminology),
        });
        let billing = Billing::new(medcover_billing::Deps {
            store: self.store(Service::Billing),
            clock: clock(),
            rng: rng(),
            processor: Arc::new(CashDesk),
        });
        let journeys = Journeys::new(medcover_journeys::Deps {
            store: self.store(Service::Journeys),
            clock: clock(),
            rng: rng(),
            hospital: hospital.api(),
            insurance: insurance.api(),
            billing: billing.api(),
        });
        let apis = Apis {
            hospital: hospital.api(),
            insurance: insurance.api(),
            billing: billing.api(),
            journeys: journeys.api(),
        };
        let mut tasks = JoinSet::new();
        for worker in [
            insurance.worker(format!("{name}-days")),
            journeys.driver(format!("{name}-sagas")),
        ] {
            tasks.spawn(async move { worker.run(std::future::pending()).await });
        }
        let heard = journeys.watch(
            log_of(self.store(Service::Hospital)),
            format!("{name}-visits"),
        );
        let subscriptions = billing.subscriptions(name.to_owned());
        for subscription in subscriptions.into_iter().chain([heard]) {
            tasks.spawn(async move { subscription.run(std::future::pending()).await });
        }
        Node {
            apis,
            sagas: journeys,
            tasks,
        }
    }
}

/// What makes the views of a service.
pub(super) fn projections(service: Service) -> Vec<&'static dyn Projection> {
    match service {
        Service::Hospital => medcover_hospital::projections(),
        Service::Insurance => medcover_insurance::projections(),
        Service::Billing => medcover_billing::projections(),
        Service::Journeys => medcover_journeys::projections(),
    }
}

/// The tables of a service with their listings.
pub(super) fn schema(service: Service) -> Schema {
    match service {
        Service::Hospital => medcover_hospital::schema(),
        Service::Insurance => medcover_insurance::schema(),
        Service::Billing => medcover_billing::schema(),
        Service::Journeys => medcover_journeys::schema(),
    }
}
