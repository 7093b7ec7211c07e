//! Totals, and how the service performs.

use medcover_contract_terminology::{OperationFigures, Statistics, SystemStatistics};

use super::TerminologyService;
use crate::releases::{OpenRelease, ReleaseSet};

/// Totals of each system and the figures of each operation that ran.
pub(crate) fn get_performance_stats(service: &TerminologyService, set: &ReleaseSet) -> Statistics {
    let operations = service.metrics.figures();
    Statistics {
        systems: set.current().iter().map(|it| totals(it)).collect(),
        operations: operations
            .iter()
            .filter(|it| it.count > 0)
            .map(figures)
            .collect(),
        uptime_s: service.clock.elapsed().as_secs(),
    }
}

fn totals(release: &OpenRelease) -> SystemStatistics {
    let view = release.release();
    SystemStatistics {
        system: release.system().to_owned(),
        version: view.identity().version.clone(),
        concepts: view.concept_count(),
        billable: view.billable_count(),
        terms: view.term_count(),
    }
}

fn figures(figures: &medcover_telemetry::OperationFigures) -> OperationFigures {
    let micros = |millis: f64| millis * 1_000.0;
    OperationFigures {
        operation: figures.operation.to_owned(),
        count: figures.count,
        errors: figures.failed,
        mean_us: micros(figures.mean_ms),
        p50_us: micros(figures.p50_ms),
        p95_us: micros(figures.p95_ms),
        p99_us: micros(figures.p99_ms),
    }
}
