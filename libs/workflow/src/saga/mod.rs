//! Sagas that run: their steps, their log in the store, who drives them, and how people see and steer them.

mod control;
mod driver;
mod events;
mod log;
mod registry;
mod rows;
mod spans;
mod start;
mod step;
mod view;

pub use events::catalogue;
pub use log::{SAGA_STREAM, event_of};
pub use registry::{Registry, RegistryError, Saga, SagaBuilder};
pub use rows::{RUN_STEPS, RUNS, RUNS_BY_STATE, RUNS_BY_TIME, SagaView, schema};
pub use start::{Start, Started};
pub use step::{StepAction, StepCall};
pub use view::{RunView, Runs, StepView};

use std::sync::{Arc, Weak};
use std::time::Duration;

use medcover_kernel::{Clock, Rng, Scopes, ServiceName};
use medcover_saga::Retry;
use medcover_store::{Name, Store};

use crate::observe::{self, Observer, RunEnd};
use crate::queue::{Worker, WorkerConfig};

/// The sagas of one service: started, driven, steered and seen through this.
///
/// A run is a stream of events. Whoever has its wake-up message drives it: writes the intent, makes the attempt, writes
/// the outcome, until there is nothing to do but wait. Nothing about a run is kept in memory, so a node that dies is
/// replaced by any other once the lease of the message and the limit of the attempt have passed.
#[derive(Clone)]
pub struct Sagas {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    registry: Arc<Registry>,
    service: ServiceName,
    scopes: Scopes,
    observer: Arc<dyn Observer>,
}

/// Sagas as a step of one of them holds them: it keeps none of them alive.
pub struct OwnSagas {
    registry: Weak<Registry>,
    /// The rest of them, over a registry with nothing in it.
    rest: Sagas,
}

impl OwnSagas {
    /// The sagas, for as long as somebody else has them: whoever runs a step does.
    pub fn get(&self) -> Option<Sagas> {
        let registry = self.registry.upgrade()?;
        Some(Sagas {
            registry,
            ..self.rest.clone()
        })
    }
}

impl Sagas {
    /// These sagas for a step of their own, which would otherwise hold itself for ever.
    pub fn own(&self) -> OwnSagas {
        OwnSagas {
            registry: Arc::downgrade(&self.registry),
            rest: Self {
                registry: Arc::default(),
                ..self.clone()
            },
        }
    }

    /// The queue of wake-up messages.
    pub const QUEUE: &'static str = "sagas";

    /// The sagas in `registry`, run by `service`, whose calls to other services have the permissions `scopes`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        registry: Registry,
        service: ServiceName,
        scopes: Scopes,
    ) -> Self {
        let registry = Arc::new(registry);
        Self {
            store,
            clock,
            rng,
            registry,
            service,
            scopes,
            observer: observe::nobody(),
        }
    }

    /// The same sagas, which tell `observer` how runs end; their workers tell it what they do.
    #[must_use]
    pub fn observed(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Tells the observer of the ends among `events`, which were kept.
    fn note_ends(&self, saga: &str, events: &[medcover_saga::Event]) {
        for end in events.iter().filter_map(RunEnd::of) {
            self.observer.run_ended(saga, end);
        }
    }

    /// What sagas there are.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A worker that drives runs, named `worker`.
    pub fn worker(&self, worker: impl Into<Name>) -> Worker {
        let config = WorkerConfig {
            // A run counts its own attempts and parks; its wake-up must never be lost to the dead letters.
            retry: Retry {
                attempts: u32::MAX,
                first: Duration::from_millis(100),
                cap: Duration::from_secs(10),
            },
            ..WorkerConfig::new(Self::QUEUE, worker, self.service.clone())
        };
        Worker::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            Arc::clone(&self.rng),
            Arc::new(self.clone()),
            config,
        )
        .observed(Arc::clone(&self.observer))
    }
}
