//! Tasks, as Prometheus reads them.

use std::fmt;

use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Unit;

use super::{TaskRole, TaskStatus, Tasks};
use crate::metrics::{counters, gauges};

/// Shows among `metrics` how `tasks` stand.
pub fn register(metrics: &Metrics, tasks: Tasks) {
    metrics.register(|registry| registry.register_collector(Box::new(tasks)));
}

impl Collector for Tasks {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.statuses();
        let of = |it: &TaskStatus| [("task", it.name.clone())];
        let with = |it: &TaskStatus, label, value: &str| {
            [("task", it.name.clone()), (label, value.to_owned())]
        };
        let roles = all.iter().flat_map(|it| {
            let roles = [TaskRole::Leads(0), TaskRole::Follows, TaskRole::Alone];
            roles.map(|role| {
                let is = role.as_str() == it.role.as_str();
                (with(it, "role", role.as_str()), f64::from(u8::from(is)))
            })
        });
        let named = (
            "medcover_task_role",
            "As whom this process stands to a task: it leads, follows, or does it like every other process",
        );
        gauges(&mut encoder, named, None, roles)?;
        let fences = all.iter().filter_map(|it| match it.role {
            // Exact: microseconds of this age have fewer digits than a float holds.
            TaskRole::Leads(fence) => Some((of(it), fence as f64)),
            _ => None,
        });
        let named = (
            "medcover_task_fence",
            "The fencing number with which this process leads",
        );
        gauges(&mut encoder, named, None, fences)?;
        let runs = all.iter().flat_map(|it| {
            let ends = [
                ("done", it.done),
                ("failed", it.failed),
                ("fenced", it.fenced),
            ];
            ends.map(|(end, count)| (with(it, "outcome", end), count))
        });
        let named = (
            "medcover_task_runs",
            "Runs of a task in this process, by how they ended",
        );
        counters(&mut encoder, named, runs)?;
        let done = all.iter().filter_map(|it| {
            let at = it.last_done?.as_micros() as f64 / 1e6;
            Some((of(it), at))
        });
        let named = (
            "medcover_task_last_done",
            "When a task was last done in this process",
        );
        gauges(&mut encoder, named, Some(&Unit::Seconds), done)
    }
}
