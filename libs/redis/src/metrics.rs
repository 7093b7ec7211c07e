//! What Redis does, for Prometheus: it reads what there is to see.

use std::fmt;

use medcover_resilience::CircuitState;
use medcover_telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::{Redis, RedisStatus};

/// Shows `redis` among `metrics`. Call it once a process.
pub fn register(metrics: &Metrics, redis: Redis) {
    metrics.register(|registry| registry.register_collector(Box::new(Shown(redis))));
}

#[derive(Debug)]
struct Shown(Redis);

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = self.0.status();
        counters(&mut encoder, &status)?;
        gauges(&mut encoder, &status)?;
        replicas(&mut encoder, &status)
    }
}

fn counters(encoder: &mut DescriptorEncoder<'_>, status: &RedisStatus) -> fmt::Result {
    let all = [
        (
            "medcover_redis_requests",
            "Requests to Redis that had an answer",
            status.requests,
        ),
        (
            "medcover_redis_answer_micros",
            "Microseconds until these answers, together",
            status.answer_micros,
        ),
        (
            "medcover_redis_failures",
            "Requests to Redis that had no answer",
            status.failures,
        ),
        (
            "medcover_redis_retries",
            "Tries beyond the first",
            status.retries,
        ),
        (
            "medcover_redis_failovers",
            "Times that another server became the primary",
            status.failovers,
        ),
    ];
    for (name, help, value) in all {
        show(encoder, name, help, &ConstCounter::new(value))?;
    }
    Ok(())
}

fn gauges(encoder: &mut DescriptorEncoder<'_>, status: &RedisStatus) -> fmt::Result {
    let breaker = match status.breaker {
        CircuitState::Closed => 0.0,
        CircuitState::HalfOpen => 0.5,
        CircuitState::Open => 1.0,
    };
    let found = if status.primary.is_some() { 1.0 } else { 0.0 };
    let all = [
        (
            "medcover_redis_primary_known",
            "1 once a primary was verified",
            found,
        ),
        (
            "medcover_redis_breaker_open",
            "1 open, 0.5 half-open, 0 closed",
            breaker,
        ),
        (
            "medcover_redis_connections",
            "Open connections to all servers",
            status.connections as f64,
        ),
        (
            "medcover_redis_sentinels_answering",
            "Sentinels that answered last",
            status.sentinels.answering as f64,
        ),
        (
            "medcover_redis_replica_share",
            "The share of requests that replicas answered",
            status.replica_share,
        ),
    ];
    for (name, help, value) in all {
        show(encoder, name, help, &ConstGauge::new(value))?;
    }
    let Some(memory) = &status.memory else {
        return Ok(());
    };
    let all = [
        (
            "medcover_redis_used_memory_bytes",
            "Memory that the primary uses",
            memory.used_memory_bytes as f64,
        ),
        (
            "medcover_redis_memory_usage_ratio",
            "The same of what it may use",
            memory.memory_usage_ratio,
        ),
        (
            "medcover_redis_fragmentation_ratio",
            "Memory of the system over memory used",
            memory.fragmentation_ratio,
        ),
        (
            "medcover_redis_evicted_keys",
            "Keys dropped for want of room",
            memory.evicted_keys as f64,
        ),
        (
            "medcover_redis_memory_pressure",
            "0 normal, 1 warning from 70 %, 2 critical above 80 %",
            f64::from(memory.pressure() as u8),
        ),
    ];
    for (name, help, value) in all {
        show(encoder, name, help, &ConstGauge::new(value))?;
    }
    Ok(())
}

fn replicas(encoder: &mut DescriptorEncoder<'_>, status: &RedisStatus) -> fmt::Result {
    let (name, help) = (
        "medcover_redis_replica_lag_bytes",
        "Bytes that a replica has not confirmed",
    );
    let metric = ConstGauge::new(0_u64);
    let mut family = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
    for replica in &status.replicas {
        let labels = [("replica", replica.address.as_str())];
        let Some(lag) = replica.lag_bytes else {
            continue;
        };
        ConstGauge::new(lag).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn show(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}
