//! The edge: what all requests of a process share, and the gates that they pass.

mod access;
mod compress;
mod gate;
mod guard;
mod headers;
mod ids;
mod passage;
mod trace;
mod watch;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use medcover_kernel::{Clock, Rng};
use medcover_resilience::{Cost, Priority};
use medcover_telemetry::{Layer, Metrics, Tracer};

use crate::config::EdgeConfig;
use crate::endpoint::{Method, Spec};
use crate::identify::{Identify, Nobody};
use crate::reads::Reads;
use crate::routes::{self, Routes};
use crate::traffic::Traffic;
pub use gate::Answering;
pub(crate) use gate::Gate;
use guard::Guard;
pub use ids::{TRACEPARENT, TRACESTATE};
pub use passage::Passage;

/// What all requests of a process share. Cloning is cheap.
#[derive(Clone)]
pub struct Edge {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    config: EdgeConfig,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    identify: Arc<dyn Identify>,
    traffic: Traffic,
    tracer: Tracer,
    reads: Option<Arc<dyn Reads>>,
    for_operators: bool,
}

impl Edge {
    /// An edge with these settings, which counts in `metrics`. It has as many slots as are shipped, and limits nobody.
    pub fn new(
        config: EdgeConfig,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        let traffic = Traffic::unlimited(&clock, &rng);
        Self {
            shared: Arc::new(Shared {
                config,
                metrics,
                clock,
                rng,
                identify: Arc::new(Nobody),
                traffic,
                tracer: Tracer::off(),
                reads: None,
                for_operators: false,
            }),
        }
    }

    /// The same edge, which knows callers by `identify`. Without, every endpoint that is not public refuses.
    #[must_use]
    pub fn identified_by(self, identify: Arc<dyn Identify>) -> Self {
        self.with(|shared| shared.identify = identify)
    }

    /// The same edge, whose requests share the slots and limits of `traffic`.
    #[must_use]
    pub fn bounded_by(self, traffic: Traffic) -> Self {
        self.with(|shared| shared.traffic = traffic)
    }

    /// The same edge, which records spans by `tracer`.
    #[must_use]
    pub fn traced_by(self, tracer: Tracer) -> Self {
        self.with(|shared| shared.tracer = tracer)
    }

    /// The same edge, with `reads` around the work on endpoints that only read.
    #[must_use]
    pub fn reading_through(self, reads: Arc<dyn Reads>) -> Self {
        self.with(|shared| shared.reads = Some(reads))
    }

    /// The same edge for whoever operates the process: what they ask is critical, and never limited.
    #[must_use]
    pub fn for_operators(self) -> Self {
        self.with(|shared| shared.for_operators = true)
    }

    fn with(self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Arc::unwrap_or_clone(self.shared);
        change(&mut shared);
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Puts `routes` behind this edge. Unknown paths are answered 404, wrong methods 405, OPTIONS with what is allowed.
    ///
    /// Panics when two endpoints have the same method and path, one has a path that cannot be matched, or one is neither
    /// public nor names a permission.
    pub fn router<S>(&self, routes: Routes<S>) -> Router {
        routes::assemble(self, routes)
    }

    /// Stands before the addresses at `prefix` and below, which `handle` answers whatever the method: it hands the request
    /// on to somebody who knows what is there. `operation` names it where requests are counted.
    pub fn passage<F>(
        &self,
        operation: &'static str,
        prefix: &str,
        handle: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Passage
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let gate = Gate {
            layer: Layer::Gateway,
            ..self.open_gate(operation, prefix)
        };
        Passage::new(Arc::new(gate), handle)
    }

    /// The gate of what is no endpoint, under `name` on paths like `path`.
    pub(crate) fn gate(&self, name: &'static str, path: &str) -> Arc<Gate> {
        Arc::new(self.open_gate(name, path))
    }

    /// The gate of an endpoint.
    pub(crate) fn gate_of(&self, spec: &Spec) -> Arc<Gate> {
        Arc::new(Gate {
            priority: self.priority(spec.priority),
            cost: self.shared.cost(spec.weight_percent),
            guard: Guard::of(spec),
            only_reads: spec.method == Method::Get,
            ..self.open_gate(spec.operation, spec.path)
        })
    }

    fn open_gate(&self, name: &'static str, path: &str) -> Gate {
        Gate {
            shared: Arc::clone(&self.shared),
            operation: self.shared.metrics.operation(name),
            route: path.to_owned().into(),
            layer: Layer::Server,
            within: self.shared.config.deadline(path),
            priority: self.priority(Priority::Normal),
            cost: self.shared.cost(100),
            guard: None,
            only_reads: false,
        }
    }

    fn priority(&self, priority: Priority) -> Priority {
        if self.shared.for_operators {
            Priority::Critical
        } else {
            priority
        }
    }
}

impl Shared {
    fn cost(&self, weight_percent: u16) -> Cost {
        if self.for_operators {
            Cost::FREE
        } else {
            Cost::thousandths(u32::from(weight_percent) * 10)
        }
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("config", &self.shared.config)
            .finish_non_exhaustive()
    }
}
