//! The coverage services of this process: hospital, insurance, billing, and the journeys across them.

use std::sync::Arc;

use anyhow::Result;
use medcover_billing::{Billing, CashDesk};
use medcover_contract_billing::permissions::PERMISSIONS as BILLING;
use medcover_contract_hospital::permissions::PERMISSIONS as HOSPITAL;
use medcover_contract_insurance::permissions::PERMISSIONS as INSURANCE;
use medcover_contract_journeys::permissions::PERMISSIONS as JOURNEYS;
use medcover_contract_terminology::TerminologyApi;
use medcover_hospital::Hospital;
use medcover_http::{Routes, Stop};
use medcover_insurance::Insurance;
use medcover_journeys::Journeys;
use medcover_kernel::{Clock, PermissionInfo, Rng};
use medcover_operations::{Part, WorkMetrics};
use medcover_store::{MemoryStore, Projection, Schema, Store};
use medcover_workflow::bus::log_of;
use tokio::task::JoinSet;

use crate::messages::Heard;
use crate::peers::Peers;
use crate::roles::{Role, Roles};
use crate::stores::Opening;

/// What these services ask callers for.
pub(crate) const PERMISSIONS: [&[PermissionInfo]; 4] = [HOSPITAL, INSURANCE, BILLING, JOURNEYS];

/// What one of them keeps.
struct Kept {
    role: Role,
    /// Its folder within the data folder, and its name for operators.
    name: &'static str,
    schema: fn() -> Schema,
    projections: fn() -> Vec<&'static dyn Projection>,
}

const KEPT: [Kept; 4] = [
    Kept {
        role: Role::Hospital,
        name: "hospital",
        schema: medcover_hospital::schema,
        projections: medcover_hospital::projections,
    },
    Kept {
        role: Role::Insurance,
        name: "insurance",
        schema: medcover_insurance::schema,
        projections: medcover_insurance::projections,
    },
    Kept {
        role: Role::Billing,
        name: "billing",
        schema: medcover_billing::schema,
        projections: medcover_billing::projections,
    },
    Kept {
        role: Role::Journeys,
        name: "journeys",
        schema: medcover_journeys::schema,
        projections: medcover_journeys::projections,
    },
];

/// The stores of those that have a role here.
#[derive(Default)]
pub(crate) struct Stores(Vec<(Role, &'static str, Arc<dyn Store>)>);

impl Stores {
    /// Opens them.
    pub(crate) async fn open(roles: &Roles, opening: &mut Opening<'_>) -> Result<Self> {
        let mut stores = Vec::new();
        for kept in KEPT.iter().filter(|kept| roles.has(kept.role)) {
            let (schema, projections) = ((kept.schema)(), (kept.projections)());
            let store = opening.store(kept.name, schema, &projections).await?;
            stores.push((kept.role, kept.name, store));
        }
        Ok(Self(stores))
    }

    /// Keeps nothing beyond this process.
    pub(crate) fn in_memory(roles: &Roles, clock: &Arc<dyn Clock>) -> Self {
        let here = KEPT.iter().filter(|kept| roles.has(kept.role));
        let stores = here.map(|kept| {
            let store = MemoryStore::new((kept.schema)(), Arc::clone(clock));
            (kept.role, kept.name, Arc::new(store) as Arc<dyn Store>)
        });
        Self(stores.collect())
    }

    /// The billing service over its store, where that is here.
    pub(crate) fn billing(&self, clock: &Arc<dyn Clock>, rng: &Arc<dyn Rng>) -> Option<Billing> {
        let store = self.of(Role::Billing)?;
        Some(Billing::new(medcover_billing::Deps {
            store,
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
            processor: Arc::new(CashDesk),
        }))
    }

    fn of(&self, role: Role) -> Option<Arc<dyn Store>> {
        let (_, _, store) = self.0.iter().find(|(of, _, _)| *of == role)?;
        Some(Arc::clone(store))
    }
}

/// The services that have a role here, put together.
pub(crate) struct Coverage {
    pub(crate) hospital: Option<Hospital>,
    pub(crate) insurance: Option<Insurance>,
    pub(crate) billing: Option<Billing>,
    pub(crate) journeys: Option<Journeys>,
    hospital_log: Option<Arc<dyn Store>>,
}

impl Coverage {
    /// Over `stores`, with `terminology` to look codes up and `peers` for those that run elsewhere.
    pub(crate) fn compose(
        stores: &Stores,
        terminology: Option<&Arc<dyn TerminologyApi>>,
        peers: &Peers,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Self {
        let with_codes = |role| stores.of(role).zip(terminology.cloned());
        let hospital = with_codes(Role::Hospital).map(|(store, terminology)| {
            Hospital::new(medcover_hospital::Deps {
                store,
                clock: Arc::clone(clock),
                rng: Arc::clone(rng),
                terminology,
            })
        });
        let insurance = with_codes(Role::Insurance).map(|(store, terminology)| {
            Insurance::new(medcover_insurance::Deps {
                store,
                clock: Arc::clone(clock),
                rng: Arc::clone(rng),
                terminology,
            })
        });
        let billing = stores.billing(clock, rng);
        let insurances = match &insurance {
            Some(insurance) => Some(insurance.api()),
            None => peers.insurance(),
        };
        let billings = match &billing {
            Some(billing) => Some(billing.api()),
            None => peers.billing(),
        };
        let across = hospital.as_ref().zip(insurances).zip(billings);
        let across = across.zip(stores.of(Role::Journeys));
        let journeys = across.map(|(((hospital, insurance), billing), store)| {
            Journeys::new(medcover_journeys::Deps {
                store,
                clock: Arc::clone(clock),
                rng: Arc::clone(rng),
                hospital: hospital.api(),
                insurance,
                billing,
            })
        });
        Self {
            hospital,
            insurance,
            billing,
            journeys,
            hospital_log: stores.of(Role::Hospital),
        }
    }

    /// What programs ask for.
    pub(crate) fn routes(&self) -> Routes {
        let mut routes = Routes::new(());
        if let Some(hospital) = &self.hospital {
            routes = routes.merge(hospital.router());
        }
        if let Some(insurance) = &self.insurance {
            routes = routes.merge(insurance.router());
        }
        if let Some(billing) = &self.billing {
            routes = routes.merge(billing.router());
        }
        if let Some(journeys) = &self.journeys {
            routes = routes.merge(journeys.router());
        }
        routes
    }

    /// Their states, for operators.
    pub(crate) fn parts(&self, stores: &Stores) -> Vec<Part> {
        let parts = stores.0.iter().map(|(role, name, store)| Part {
            name,
            store: Arc::clone(store),
            sagas: match role {
                Role::Journeys => self.journeys.as_ref().map(|it| it.sagas().clone()),
                _ => None,
            },
        });
        parts.collect()
    }

    /// Begins what else runs beside the requests, under the name `name`.
    pub(crate) fn work(
        &self,
        name: String,
        work: &WorkMetrics,
        stop: &Stop,
        workers: &mut JoinSet<()>,
    ) {
        if let Some(insurance) = &self.insurance {
            let (worker, mut stop) = (insurance.worker(name.clone()), stop.clone());
            let worker = worker.observed(work.of("insurance"));
            workers.spawn(async move { worker.run(stop.draining()).await });
        }
        if let Some(journeys) = &self.journeys {
            let sagas = journeys.sagas().clone().observed(work.of("journeys"));
            let (driver, mut stop) = (sagas.worker(name), stop.clone());
            workers.spawn(async move { driver.run(stop.draining()).await });
        }
    }

    /// The logs that are listened to in this process, and who does, under the name `worker`.
    pub(crate) fn heard(&self, worker: &str, work: &WorkMetrics) -> Vec<Heard> {
        let mut heard = Vec::new();
        if let Some(billing) = &self.billing {
            let by = billing.subscriptions(worker.to_owned()).into_iter();
            let by = by.map(|it| it.observed(work.of("billing"))).collect();
            heard.push(Heard { log: "billing", by });
        }
        if let Some((journeys, log)) = self.journeys.as_ref().zip(self.hospital_log.as_ref()) {
            let watch = journeys.watch(log_of(Arc::clone(log)), worker.to_owned());
            let by = vec![watch.observed(work.of("journeys"))];
            let log = "hospital";
            heard.push(Heard { log, by });
        }
        heard
    }
}
