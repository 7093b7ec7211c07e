//! Spans: what a request and all that follows from it spent its time on.

mod config;
mod drain;
mod exporter;
mod feed;
mod figures;
mod kept;
mod layer;
mod metrics;
mod place;
mod queue;
mod span;
mod tracer;
mod tree;

pub use config::{ExporterKind, TraceConfig};
pub use drain::Traces;
pub use exporter::{ExportError, LogExporter, SpanExporter, outcome_name};
pub use figures::{LayerShare, OperationTimes, TraceFigures, TraceTimes};
pub use kept::{KeptBy, KeptTrace};
pub use layer::{Layer, SpanKind};
pub use place::{TracePlace, TraceState};
pub use span::{AttributeValue, Span, SpanData, attributes};
pub use tracer::Tracer;
pub use tree::tree;
