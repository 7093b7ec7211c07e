//! Servers that keep the state of this process's services, as this one sees them.

use medcover_contract_operations::permissions::ReadDatabases;
use medcover_contract_operations::{Database, Databases, Replica, ReplicaState};
use medcover_kernel::{Allowed, Result};
use medcover_store::{DatabaseStatus, ReplicaStanding, ReplicaStatus};

use crate::upstreams::breaker;
use crate::{Operations, of_the_installation};

pub(crate) fn list(
    operations: &Operations,
    allowed: Allowed<'_, ReadDatabases>,
) -> Result<Databases> {
    of_the_installation(&allowed)?;
    let parts = operations.parts.iter();
    let databases = parts.filter_map(|part| Some(view(part.name, part.store.database()?)));
    Ok(Databases {
        databases: databases.collect(),
    })
}

fn view(service: &str, it: DatabaseStatus) -> Database {
    Database {
        service: service.to_owned(),
        address: it.address,
        breaker: breaker(it.breaker),
        breaker_opened: it.breaker_opened,
        failures: it.failures,
        consecutive_failures: it.consecutive_failures,
        last_failure: it.last_failure.map(|at| at.to_string()),
        retries: it.retries,
        refused: it.refused,
        reads: it.reads,
        replicas: it.replicas.into_iter().map(replica).collect(),
    }
}

fn replica(it: ReplicaStatus) -> Replica {
    let (state, cause) = match it.standing {
        ReplicaStanding::Fit => (ReplicaState::Fit, None),
        ReplicaStanding::Behind => (ReplicaState::Behind, None),
        ReplicaStanding::Away(cause) => (ReplicaState::Away, Some(cause)),
    };
    Replica {
        address: it.address,
        state,
        cause,
        lag_ms: u64::try_from(it.lag.as_millis()).unwrap_or(u64::MAX),
        reads: it.reads,
        passed_over: it.passed_over,
    }
}
