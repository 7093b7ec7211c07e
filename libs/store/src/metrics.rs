//! What servers of stores do, for Prometheus. Nothing is counted for it on the way of a request: it reads what there is to
//! see.

use std::fmt;
use std::sync::Arc;

use medcover_resilience::CircuitState;
use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use crate::{DatabaseStatus, ReplicaStatus, SpoolStatus, Store};

/// Shows the servers of `stores`, which go by these names, among `metrics`. Call it once a process.
pub fn register(metrics: &Metrics, stores: Vec<(&'static str, Arc<dyn Store>)>) {
    let mut stores = stores;
    stores.retain(|(_, store)| store.database().is_some());
    if !stores.is_empty() {
        metrics.register(|registry| registry.register_collector(Box::new(Databases(stores))));
    }
}

struct Databases(Vec<(&'static str, Arc<dyn Store>)>);

/// A metric: its name and help.
type Named = (&'static str, &'static str);
/// A count, by its metric.
type Counted = (Named, fn(&DatabaseStatus) -> u64);
type Labels = Vec<(&'static str, String)>;

impl fmt::Debug for Databases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

impl Collector for Databases {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stores = self.0.iter();
        let seen = stores.filter_map(|(name, store)| Some((*name, store.database()?)));
        let seen: Vec<_> = seen.collect();
        of_breakers(&mut encoder, &seen)?;
        of_calls(&mut encoder, &seen)?;
        of_spools(&mut encoder, &seen)?;
        of_replicas(&mut encoder, &seen)
    }
}

type Seen = [(&'static str, DatabaseStatus)];

fn of_breakers(encoder: &mut DescriptorEncoder<'_>, seen: &Seen) -> fmt::Result {
    let named: Named = (
        "medcover_database_breaker_state",
        "Whether the breaker of a store's database is in a state",
    );
    let states = seen.iter().flat_map(|(name, it)| {
        let states = [
            ("closed", CircuitState::Closed),
            ("half_open", CircuitState::HalfOpen),
            ("open", CircuitState::Open),
        ];
        states.map(|(state, is)| {
            let holds = f64::from(u8::from(it.breaker == is));
            (of(name, Some(("state", state))), holds)
        })
    });
    gauges(encoder, named, None, states)?;
    let named = (
        "medcover_database_consecutive_failures",
        "Failures since the last success",
    );
    let each = seen.iter();
    let failures = each.map(|(name, it)| (of(name, None), f64::from(it.consecutive_failures)));
    gauges(encoder, named, None, failures)?;
    let named = (
        "medcover_database_last_failure",
        "When a call to the database last failed",
    );
    let failures = seen.iter().filter_map(|(name, it)| {
        let at = it.last_failure?.as_micros() as f64 / 1e6;
        Some((of(name, None), at))
    });
    gauges(encoder, named, Some(&Unit::Seconds), failures)
}

fn of_calls(encoder: &mut DescriptorEncoder<'_>, seen: &Seen) -> fmt::Result {
    let counts: [Counted; 5] = [
        (
            (
                "medcover_database_breaker_opened",
                "Times the breaker opened",
            ),
            |it| it.breaker_opened,
        ),
        (("medcover_database_failures", "Calls that failed"), |it| {
            it.failures
        }),
        (
            (
                "medcover_database_retries",
                "Calls made again because the connection was lost",
            ),
            |it| it.retries,
        ),
        (
            (
                "medcover_database_refused",
                "Calls refused because the breaker was open",
            ),
            |it| it.refused,
        ),
        (
            (
                "medcover_database_reads_behind",
                "Questions that a replica answered, perhaps from before, because the server was away",
            ),
            |it| it.behind,
        ),
    ];
    for (named, count) in counts {
        let each = seen.iter();
        counters(
            encoder,
            named,
            each.map(|(name, it)| (of(name, None), count(it))),
        )?;
    }
    let named = (
        "medcover_database_reads",
        "Questions of readers, by who was asked",
    );
    let reads = seen.iter().flat_map(|(name, it)| {
        let primary = (of(name, Some(("server", "primary"))), it.reads);
        let replicas = it.replicas.iter();
        let replicas = replicas.map(|it| (of(name, Some(("server", &it.address))), it.reads));
        std::iter::once(primary).chain(replicas)
    });
    counters(encoder, named, reads)
}

/// A figure of a spool, by its metric.
type Spooled = (Named, fn(&SpoolStatus) -> u64);

fn of_spools(encoder: &mut DescriptorEncoder<'_>, seen: &Seen) -> fmt::Result {
    let figures: [Spooled; 3] = [
        (
            (
                "medcover_audit_spool_waiting",
                "Commits of audit records that wait on the disk of this process for the database",
            ),
            |it| it.waiting,
        ),
        (
            ("medcover_audit_spool_size_bytes", "What they take there"),
            |it| it.bytes,
        ),
        (
            (
                "medcover_audit_spool_faults",
                "Files of them that cannot be relayed, or not all of them",
            ),
            |it| it.faults.len() as u64,
        ),
    ];
    for (named, figure) in figures {
        let spools = seen.iter();
        let spools = spools.filter_map(|(name, it)| {
            let spool = it.spool.as_ref()?;
            Some((of(name, None), figure(spool) as f64))
        });
        gauges(encoder, named, None, spools)?;
    }
    Ok(())
}

fn of_replicas(encoder: &mut DescriptorEncoder<'_>, seen: &Seen) -> fmt::Result {
    let each = || {
        let seen = seen.iter();
        seen.flat_map(|(name, it)| it.replicas.iter().map(|it| (labels(name, it), it)))
    };
    let named = (
        "medcover_replica_passed_over",
        "Questions put to the primary because the replica whose turn it was knew too little or failed",
    );
    let passed_over = each().map(|(labels, it)| (labels, it.passed_over));
    counters(encoder, named, passed_over)?;
    let named = ("medcover_replica_fit", "Whether a replica is asked");
    let fit = each().map(|(labels, it)| (labels, f64::from(u8::from(it.is_fit()))));
    gauges(encoder, named, None, fit)?;
    let named = ("medcover_replica_lag", "How far a replica is behind");
    let lag = each().map(|(labels, it)| (labels, it.lag.as_secs_f64()));
    gauges(encoder, named, Some(&Unit::Seconds), lag)
}

fn counters(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): Named,
    values: impl Iterator<Item = (Labels, u64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in values {
        let mut metric = family.encode_family(&labels)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
    }
    Ok(())
}

fn gauges(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): Named,
    unit: Option<&Unit>,
    values: impl Iterator<Item = (Labels, f64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    for (labels, value) in values {
        family.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

fn of(store: &str, label: Option<(&'static str, &str)>) -> Labels {
    let mut labels = vec![("store", store.to_owned())];
    labels.extend(label.map(|(label, value)| (label, value.to_owned())));
    labels
}

fn labels(store: &str, it: &ReplicaStatus) -> Labels {
    of(store, Some(("replica", &it.address)))
}
