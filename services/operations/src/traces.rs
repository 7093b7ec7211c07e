//! Where this process spends its time.

use std::time::Duration;

use medcover_contract_operations::permissions::ReadTraces;
use medcover_contract_operations::{LayerTime, SlowTrace, TraceSpan, TracedOperation, Traces};
use medcover_kernel::{Allowed, Error, Result};
use medcover_telemetry::{self as told, SpanData, outcome_name};

use crate::{Operations, of_the_installation};

pub(crate) fn figures(operations: &Operations, allowed: Allowed<'_, ReadTraces>) -> Result<Traces> {
    of_the_installation(&allowed)?;
    let times = operations.traces.as_ref();
    let times = times.ok_or_else(|| Error::not_found("This process records no traces."))?;
    let figures = times.figures();
    Ok(Traces {
        spans: figures.spans,
        operations: figures.operations.into_iter().map(operation).collect(),
        layers: layers(&figures.layers),
        slowest: figures.slowest.iter().map(slow).collect(),
    })
}

fn operation(it: told::OperationTimes) -> TracedOperation {
    TracedOperation {
        layers: layers(&it.layers),
        operation: it.operation,
        layer: it.layer.to_string(),
        count: it.count,
        p50_us: micros(it.p50),
        p99_us: micros(it.p99),
        max_us: micros(it.max),
    }
}

fn layers(shares: &[told::LayerShare]) -> Vec<LayerTime> {
    let shares = shares.iter().map(|it| LayerTime {
        layer: it.layer.to_string(),
        own_us: micros(it.own),
        percent: it.percent,
    });
    shares.collect()
}

fn slow(it: &told::SlowTrace) -> SlowTrace {
    SlowTrace {
        trace_id: it.root.trace.to_string(),
        root: span(&it.root),
        spans: it.spans.iter().map(span).collect(),
    }
}

fn span(it: &SpanData) -> TraceSpan {
    let said = it.attributes.iter();
    let said = said.map(|(key, value)| ((*key).to_owned(), value.to_string()));
    TraceSpan {
        span_id: it.span.to_string(),
        parent_id: it.parent.map(|it| it.to_string()),
        name: it.name.to_string(),
        layer: it.layer.to_string(),
        started_at: it.started_at.to_string(),
        took_us: micros(it.took),
        own_us: micros(it.own),
        outcome: outcome_name(it.outcome).to_owned(),
        attributes: said.collect(),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
