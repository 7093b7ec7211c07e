//! The settings of traces.

use std::path::PathBuf;
use std::time::Duration;

use medcover_config::{Check, Section};
use serde::{Deserialize, Serialize};

/// Where spans go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExporterKind {
    /// Into the log, a line each.
    Log,
    /// To a collector, as OTLP over HTTP.
    OtlpHttp,
    /// To a collector, as OTLP over gRPC.
    OtlpGrpc,
}

/// The section `trace`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceConfig {
    /// How many traces in a hundred that begin here are recorded; 0 records nothing, whatever a caller wishes.
    pub sample_percent: u8,
    /// Where spans go, besides the figures of this process: any of `log`, `otlp-http`, `otlp-grpc`.
    pub exporters: Vec<ExporterKind>,
    /// The collector for OTLP over HTTP, without the path.
    pub otlp_http: String,
    /// The collector for OTLP over gRPC.
    pub otlp_grpc: String,
    /// The authorities that speak for collectors at `https://`, as PEM; the system's when unset.
    pub otlp_ca: Option<PathBuf>,
    /// How the collector knows this process; by its roles when empty.
    pub service: String,
    /// How long a collector may take to take a batch.
    pub export_timeout_ms: u64,
    /// How many spans may wait before they are dropped: of this process, and again of each exporter.
    pub queue_spans: usize,
    /// How many traces are kept in memory for operators to look at: of the newest, and again of those that failed.
    pub keep_traces: usize,
    /// How long the last spans may take to leave when the process ends.
    pub shutdown_ms: u64,
}

impl Default for TraceConfig {
    fn default() -> Self {
        Self {
            sample_percent: 1,
            exporters: Vec::new(),
            otlp_http: "http://127.0.0.1:4318".to_owned(),
            otlp_grpc: "http://127.0.0.1:4317".to_owned(),
            otlp_ca: None,
            service: String::new(),
            export_timeout_ms: 5_000,
            queue_spans: 8_192,
            keep_traces: 200,
            shutdown_ms: 2_000,
        }
    }
}

impl TraceConfig {
    /// How long a collector may take to take a batch.
    pub const fn export_timeout(&self) -> Duration {
        Duration::from_millis(self.export_timeout_ms)
    }
}

impl Section for TraceConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("sample_percent", self.sample_percent, 0..=100);
        check.range("export_timeout_ms", self.export_timeout_ms, 10..=60_000);
        check.range("queue_spans", self.queue_spans, 64..=1_000_000);
        check.range("keep_traces", self.keep_traces, 0..=2_000);
        check.range("shutdown_ms", self.shutdown_ms, 0..=30_000);
        let repeats = |at: usize| self.exporters[..at].contains(&self.exporters[at]);
        check.that(
            "exporters",
            !(0..self.exporters.len()).any(repeats),
            "must name each exporter once",
        );
        for (key, address) in [
            ("otlp_http", &self.otlp_http),
            ("otlp_grpc", &self.otlp_grpc),
        ] {
            check.that(
                key,
                address.starts_with("http://") || address.starts_with("https://"),
                "must be an address such as http://127.0.0.1:4318 or https://collector.example:4318",
            );
        }
    }
}
