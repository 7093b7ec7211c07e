#![doc = include_str!("../README.md")]

mod context;
mod log;
mod metrics;
mod trace;

pub use context::Context;
pub use log::{
    LogConfig, LogFormat, Logs, log_cache_operation, log_database_operation, log_performance,
};
pub use metrics::{
    METRICS_CONTENT_TYPE, Metrics, Operation, OperationFigures, Outcome, resident_bytes,
};
/// The registry's crate, for metrics beyond those of operations.
pub use prometheus_client;
pub use trace::{
    AttributeValue, ExportError, ExporterKind, KeptBy, KeptTrace, Layer, LayerShare, LogExporter,
    OperationTimes, Span, SpanData, SpanExporter, SpanKind, TraceConfig, TraceFigures, TracePlace,
    TraceState, TraceTimes, Tracer, Traces, attributes, outcome_name, tree,
};
