//! Counters and histograms, and their two readings: Prometheus text and figures.

mod histogram;
mod operation;
mod process;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;

pub(crate) use histogram::Histogram;
use operation::Operations;
pub use operation::{Operation, OperationFigures, Outcome};
use process::Process;
pub use process::resident_bytes;

/// The content type of [`Metrics::text`].
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of a process.
pub struct Metrics {
    registry: Mutex<Registry>,
    operations: Arc<Operations>,
}

impl Default for Metrics {
    /// Metrics of operations only; [`Metrics::with_process`] adds those of the process.
    fn default() -> Self {
        let operations = Arc::<Operations>::default();
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Arc::clone(&operations)));
        Self {
            registry: Mutex::new(registry),
            operations,
        }
    }
}

impl Metrics {
    /// Adds resident memory and uptime; `clock` must have been made when the process started.
    #[must_use]
    pub fn with_process(self, clock: Arc<dyn medcover_kernel::Clock>) -> Self {
        self.register(|registry| registry.register_collector(Box::new(Process::new(clock))));
        self
    }

    /// The handle of the operation called `name`; equal names share one. Take it once, at start.
    pub fn operation(&self, name: &'static str) -> Arc<Operation> {
        self.operations.named(name)
    }

    /// Lets `add` register metrics beyond those of operations. Names begin with `medcover_`.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.lock());
    }

    /// All metrics as `OpenMetrics` text.
    pub fn text(&self) -> String {
        let mut page = String::new();
        text::encode(&mut page, &self.lock()).expect("writing to a string succeeds");
        page
    }

    /// What each operation did since the start, in the order in which they were first named.
    pub fn figures(&self) -> Vec<OperationFigures> {
        self.operations.figures()
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("operations", &self.operations)
            .finish_non_exhaustive()
    }
}
