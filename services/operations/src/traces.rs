//! Where this process spends its time.

use std::time::Duration;

use medcover_contract_operations::permissions::ReadTraces;
use medcover_contract_operations::{
    KeptBy, KeptTrace, KeptTraces, LayerTime, TraceSpan, TraceSummary, TraceTree, TracedOperation,
    Traces, TreeSpan,
};
use medcover_kernel::{Allowed, Error, Limit, Result, TraceId};
use medcover_telemetry::{self as told, SpanData, TraceTimes, outcome_name};

use crate::{Operations, of_the_installation};

pub(crate) fn figures(operations: &Operations, allowed: Allowed<'_, ReadTraces>) -> Result<Traces> {
    let figures = times(operations, allowed)?.figures();
    Ok(Traces {
        spans: figures.spans,
        operations: figures.operations.into_iter().map(operation).collect(),
        layers: layers(&figures.layers),
        slowest: figures.slowest.iter().map(|it| whole(it)).collect(),
    })
}

pub(crate) fn kept(
    operations: &Operations,
    allowed: Allowed<'_, ReadTraces>,
    by: KeptBy,
    limit: Limit,
) -> Result<KeptTraces> {
    let by = match by {
        KeptBy::Newest => told::KeptBy::Newest,
        KeptBy::Failed => told::KeptBy::Failed,
        KeptBy::Slowest => told::KeptBy::Slowest,
    };
    let kept = times(operations, allowed)?.kept(by);
    let traces = kept.iter().take(limit.get()).map(|it| TraceSummary {
        trace_id: it.root.trace.to_string(),
        root: span(&it.root),
        spans: it.all().count(),
    });
    Ok(KeptTraces {
        traces: traces.collect(),
    })
}

pub(crate) fn tree(
    operations: &Operations,
    allowed: Allowed<'_, ReadTraces>,
    trace_id: &str,
) -> Result<TraceTree> {
    let times = times(operations, allowed)?;
    let trace = TraceId::parse(trace_id);
    let trace = trace
        .ok_or_else(|| Error::invalid("/trace_id", "must be 32 lower-case hexadecimal digits"))?;
    let parts = times.parts_of(trace);
    let ordered = told::tree(parts.iter().flat_map(|it| it.all()));
    let first = ordered.iter().map(|(_, it)| it.started_at).min();
    let first =
        first.ok_or_else(|| Error::not_found("This process keeps nothing of that trace."))?;
    let spans = ordered.into_iter().map(|(depth, it)| TreeSpan {
        depth,
        after_us: micros(it.started_at.since(first)),
        span: span(it),
    });
    Ok(TraceTree {
        trace_id: trace.to_string(),
        spans: spans.collect(),
    })
}

fn times<'o>(
    operations: &'o Operations,
    allowed: Allowed<'_, ReadTraces>,
) -> Result<&'o TraceTimes> {
    of_the_installation(&allowed)?;
    let times = operations.traces.as_deref();
    times.ok_or_else(|| Error::not_found("This process records no traces."))
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

fn whole(it: &told::KeptTrace) -> KeptTrace {
    KeptTrace {
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
