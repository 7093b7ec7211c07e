//! What takes spans out of the process.

use super::place::TracePlace;
use super::span::{SpanData, attributes};
use crate::{Context, Outcome};
use medcover_kernel::TraceParent;

/// Why a batch of spans did not get out.
pub type ExportError = Box<dyn std::error::Error + Send + Sync>;

/// Takes spans somewhere. Each exporter has a thread of its own, so it may block; it must give up by itself after a time.
pub trait SpanExporter: Send {
    /// Its name in settings, metrics and the log.
    fn name(&self) -> &'static str;

    /// Takes all of `spans`, or says why not; those are then lost.
    fn export(&mut self, spans: &[SpanData]) -> Result<(), ExportError>;
}

/// Writes spans to the log, a line each, by the logger `medcover.trace`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogExporter;

impl SpanExporter for LogExporter {
    fn name(&self) -> &'static str {
        "log"
    }

    fn export(&mut self, spans: &[SpanData]) -> Result<(), ExportError> {
        spans.iter().for_each(log);
        Ok(())
    }
}

fn log(span: &SpanData) {
    let place = TraceParent {
        trace: span.trace,
        span: span.span,
        sampled: true,
    };
    let mut context = Context {
        place: TracePlace::passing(place, None),
        correlation: span.correlation,
        ..Context::default()
    };
    let say = |key| span.attribute(key).map(tracing::field::display);
    let shown = |id: Option<String>| id.map(tracing::field::display);
    context.within(|| {
        tracing::info!(
            target: "medcover.trace",
            operation = &*span.name,
            duration_ms = (span.took.as_nanos() / 1_000) as f64 / 1_000.0,
            own_ms = (span.own.as_nanos() / 1_000) as f64 / 1_000.0,
            layer = span.layer.as_str(),
            outcome = outcome_name(span.outcome),
            started_at = %span.started_at,
            span_id = %span.span,
            parent_id = shown(span.parent.map(|it| it.to_string())),
            linked_trace_id = shown(span.link.map(|it| it.trace.to_string())),
            method = say(attributes::METHOD),
            route = say(attributes::ROUTE),
            status = say(attributes::STATUS),
            refused_by = say(attributes::REFUSED_BY),
            error = say(attributes::ERROR),
            upstream = say(attributes::UPSTREAM),
            instance = say(attributes::INSTANCE),
            attempt = say(attributes::ATTEMPT),
            store = say(attributes::STORE),
            collection = say(attributes::COLLECTION),
            queue = say(attributes::QUEUE),
            saga = say(attributes::SAGA),
            direction = say(attributes::DIRECTION),
            count = say(attributes::COUNT),
            "span"
        );
    });
}

/// The name of how a span ended.
pub const fn outcome_name(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Done) => "done",
        Some(Outcome::Refused) => "refused",
        Some(Outcome::Failed) => "failed",
        None => "abandoned",
    }
}
