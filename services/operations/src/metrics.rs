//! What queues and sagas do, counted for Prometheus.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use medcover_http::Stop;
use medcover_kernel::Result;
use medcover_telemetry::{Metrics, Tracer};
use medcover_workflow::{Observer, RunEnd, Settlement};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::{MissedTickBehavior, interval};

use crate::Operations;

/// How often queues are measured: each time a read of every store, so no more often than anybody looks.
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// Labels: service and queue.
type OfQueue = [(&'static str, String); 2];
/// Labels: service, queue or saga, and what became of it.
type OfOutcome = [(&'static str, String); 3];

/// The metrics of queues and sagas. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct WorkMetrics {
    claimed: Family<OfQueue, Counter>,
    settled: Family<OfOutcome, Counter>,
    runs: Family<OfOutcome, Counter>,
    depth: Family<OfOutcome, Gauge>,
    dead: Family<OfQueue, Gauge>,
    tracer: Tracer,
    /// Queues that were ever measured: an empty one is no longer listed, and is zero.
    measured: Arc<Mutex<BTreeSet<(&'static str, String)>>>,
}

/// Counts what the workers and sagas of one service do.
struct OfService {
    service: &'static str,
    metrics: WorkMetrics,
}

impl WorkMetrics {
    /// New ones, in the registry of `metrics`. Make them once a process.
    pub fn new(metrics: &Metrics) -> Self {
        let new = Self::default();
        metrics.register(|registry| {
            registry.register(
                "medcover_queue_claimed",
                "Messages that workers of this process claimed",
                new.claimed.clone(),
            );
            registry.register(
                "medcover_queue_settled",
                "Messages that workers of this process settled, by outcome",
                new.settled.clone(),
            );
            registry.register(
                "medcover_saga_runs",
                "Runs of sagas that ended, or stopped for a person, in this process",
                new.runs.clone(),
            );
            registry.register(
                "medcover_queue_depth",
                "Messages that are ready, or waiting for their time or on lease",
                new.depth.clone(),
            );
            registry.register(
                "medcover_dead_letter_queue_depth",
                "Messages that were set aside",
                new.dead.clone(),
            );
        });
        new
    }

    /// The same metrics, whose observers record the spans of work by `tracer`.
    #[must_use]
    pub fn traced_by(mut self, tracer: Tracer) -> Self {
        self.tracer = tracer;
        self
    }

    /// What the workers and sagas of `service` tell.
    pub fn of(&self, service: &'static str) -> Arc<dyn Observer> {
        Arc::new(OfService {
            service,
            metrics: self.clone(),
        })
    }

    /// Measures how full every queue of `operations` is, over all tenants.
    pub async fn measure(&self, operations: &Operations) -> Result<()> {
        for part in operations.parts.iter() {
            let depths = part.store.queues().await?;
            let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
            let before = measured.iter().filter(|(service, _)| *service == part.name);
            for (service, queue) in before {
                if depths.iter().all(|it| it.queue != *queue) {
                    self.set(service, queue, [0; 3]);
                }
            }
            for it in depths {
                self.set(part.name, &it.queue, [it.ready, it.waiting, it.dead]);
                measured.insert((part.name, it.queue.into_owned()));
            }
        }
        Ok(())
    }

    /// Measures until `stop`.
    pub async fn run(self, operations: Operations, mut stop: Stop) {
        let mut ticks = interval(MEASURE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.draining() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.measure(&operations).await {
                tracing::warn!(cause = %error, "queues could not be measured");
            }
        }
    }

    fn set(&self, service: &str, queue: &str, [ready, waiting, dead]: [u64; 3]) {
        let gauge = |gauge: &Gauge, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        for (state, value) in [("ready", ready), ("waiting", waiting)] {
            let labels = outcome(service, ("queue", queue), ("state", state));
            gauge(&self.depth.get_or_create(&labels), value);
        }
        gauge(&self.dead.get_or_create(&of_queue(service, queue)), dead);
    }
}

impl Observer for OfService {
    fn claimed(&self, queue: &str, messages: usize) {
        let counter = self
            .metrics
            .claimed
            .get_or_create(&of_queue(self.service, queue));
        counter.inc_by(messages as u64);
    }

    fn settled(&self, queue: &str, how: Settlement) {
        let labels = outcome(self.service, ("queue", queue), ("outcome", how.as_str()));
        self.metrics.settled.get_or_create(&labels).inc();
    }

    fn run_ended(&self, saga: &str, how: RunEnd) {
        let labels = outcome(self.service, ("saga", saga), ("outcome", how.as_str()));
        self.metrics.runs.get_or_create(&labels).inc();
    }

    fn tracer(&self) -> Tracer {
        self.metrics.tracer.clone()
    }
}

fn of_queue(service: &str, queue: &str) -> OfQueue {
    [("service", service.to_owned()), ("queue", queue.to_owned())]
}

fn outcome(
    service: &str,
    (what, name): (&'static str, &str),
    (how, value): (&'static str, &str),
) -> OfOutcome {
    [
        ("service", service.to_owned()),
        (what, name.to_owned()),
        (how, value.to_owned()),
    ]
}
