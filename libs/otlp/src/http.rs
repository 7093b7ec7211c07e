//! OTLP over HTTP.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use medcover_telemetry::{ExportError, SpanData, SpanExporter};

use crate::collector::{BadCollector, Collector, Target, Wire};
use crate::encode::{Source, taken};

/// Sends spans to a collector over HTTP, in protobuf.
pub struct OtlpHttp {
    collector: Collector,
    source: Source,
}

impl OtlpHttp {
    /// To the collector that is `to`, such as `http://127.0.0.1:4318`, which takes the spans of `source`.
    pub fn new(to: Target<'_>, source: Source) -> Result<Self, BadCollector> {
        let collector = Collector::at(to, Wire::Http1)?;
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
        let answer = self.collector.ask(request)?;
        if !answer.status.is_success() {
            return Err(format!("the collector answers {}", answer.status).into());
        }
        taken(&answer.body)
    }
}
