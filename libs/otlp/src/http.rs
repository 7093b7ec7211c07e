//! OTLP over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use medcover_telemetry::{ExportError, SpanData, SpanExporter};

use crate::collector::{BadAddress, Collector, Wire};
use crate::encode::{Source, taken};

/// Sends spans to a collector over HTTP, in protobuf.
pub struct OtlpHttp {
    collector: Collector,
    source: Source,
}

impl OtlpHttp {
    /// To the collector at `address`, such as `http://127.0.0.1:4318`, which may take a batch of `source` `within` so long.
    pub fn new(address: &str, source: Source, within: Duration) -> Result<Self, BadAddress> {
        let collector = Collector::at(address, within)?;
        Ok(Self { collector, source })
    }
}

impl SpanExporter for OtlpHttp {
    fn name(&self) -> &'static str {
        "otlp-http"
    }

    fn export(&mut self, spans: &[SpanData]) -> Result<(), ExportError> {
        let body = Bytes::from(self.source.request(spans));
        let request = Request::builder()
            .method(Method::POST)
            // HTTP/1 names the host apart from the path.
            .uri(self.collector.uri("/v1/traces")?.path())
            .header(HOST, self.collector.host())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(Full::new(body))?;
        let answer = self.collector.ask(Wire::Http1, request)?;
        if !answer.status.is_success() {
            return Err(format!("the collector answers {}", answer.status).into());
        }
        taken(&answer.body)
    }
}
