//! Spans: what a request and all that follows from it spent its time on.

mod config;
mod drain;
mod exporter;
mod feed;
mod figures;
mod layer;
mod metrics;
mod place;
mod queue;
mod slow;
mod span;
mod tracer;

pub use config::{ExporterKind, TraceConfig};
pub use drain::Traces;
pub use exporter::{ExportError, LogExporter, SpanExporter, outcome_name};
pub use figures::{LayerShare, OperationTimes, TraceFigures, TraceTimes};
pub use layer::{Layer, SpanKind};
pub use place::{TracePlace, TraceState};
pub use slow::SlowTrace;
pub use span::{AttributeValue, Span, SpanData, attributes};
pub use tracer::Tracer;
