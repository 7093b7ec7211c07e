//! Services that other processes run, as this one sees them.

use medcover_contract_operations::permissions::ReadUpstreams;
use medcover_contract_operations::{BreakerState, Counted, Upstream, UpstreamInstance, Upstreams};
use medcover_kernel::{Allowed, Result};
use medcover_mesh::{InstanceStatus, UpstreamStatus};
use medcover_resilience::CircuitState;

use crate::{Operations, of_the_installation};

pub(crate) fn list(
    operations: &Operations,
    allowed: Allowed<'_, ReadUpstreams>,
) -> Result<Upstreams> {
    of_the_installation(&allowed)?;
    let upstreams = operations.upstreams.iter();
    let upstreams = upstreams.map(|it| view(it.status()));
    Ok(Upstreams {
        upstreams: upstreams.collect(),
    })
}

fn view(it: UpstreamStatus) -> Upstream {
    Upstream {
        service: it.service,
        strategy: it.strategy,
        requests: it.requests,
        retries: it.retries,
        hedges: it.hedges,
        not_retried: counted(it.not_retried),
        refused: counted(it.refused),
        retries_left: it.retries_left,
        panicking: it.panicking,
        instances: it.instances.into_iter().map(instance).collect(),
    }
}

fn counted(by_reason: Vec<(&'static str, u64)>) -> Vec<Counted> {
    let counted = by_reason.into_iter().map(|(reason, count)| Counted {
        reason: reason.to_owned(),
        count,
    });
    counted.collect()
}

pub(crate) const fn breaker(state: CircuitState) -> BreakerState {
    match state {
        CircuitState::Closed => BreakerState::Closed,
        CircuitState::Open => BreakerState::Open,
        CircuitState::HalfOpen => BreakerState::HalfOpen,
    }
}

fn instance(it: InstanceStatus) -> UpstreamInstance {
    let micros = |it: std::time::Duration| u64::try_from(it.as_micros()).unwrap_or(u64::MAX);
    UpstreamInstance {
        address: it.address,
        weight: it.weight,
        version: Some(it.version).filter(|it| !it.is_empty()),
        healthy: it.healthy,
        draining: it.draining,
        ejected: it.ejected,
        breaker: breaker(it.breaker),
        breaker_opened: it.breaker_opened,
        consecutive_failures: it.consecutive_failures,
        last_failure: it.last_failure.map(|at| at.to_string()),
        in_flight: it.in_flight,
        latency_us: it.latency.map(micros),
        answered: it.answered,
        failed: it.failed,
        overloaded: it.overloaded,
        cancelled: it.cancelled,
    }
}
