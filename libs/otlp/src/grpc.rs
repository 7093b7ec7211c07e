//! OTLP over gRPC: one call, which is a POST over HTTP/2 with a length before its message and its status in trailers.

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, TE};
use hyper::{Method, Request};
use medcover_telemetry::{ExportError, SpanData, SpanExporter};

use crate::collector::{Answer, BadCollector, Collector, Target, Wire};
use crate::encode::{Source, taken};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Before each message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;

/// Sends spans to a collector over gRPC.
pub struct OtlpGrpc {
    collector: Collector,
    source: Source,
}

impl OtlpGrpc {
    /// To the collector that is `to`, such as `http://127.0.0.1:4317`, which takes the spans of `source`.
    pub fn new(to: Target<'_>, source: Source) -> Result<Self, BadCollector> {
        let collector = Collector::at(to, Wire::Http2)?;
        Ok(Self { collector, source })
    }
}

impl SpanExporter for OtlpGrpc {
    fn name(&self) -> &'static str {
        "otlp-grpc"
    }

    fn export(&mut self, spans: &[SpanData]) -> Result<(), ExportError> {
        let message = self.source.request(spans);
        let mut body = BytesMut::with_capacity(PREFIX_BYTES + message.len());
        body.put_u8(0);
        body.put_u32(u32::try_from(message.len())?);
        body.put_slice(&message);
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.collector.uri(EXPORT)?)
            .header(CONTENT_TYPE, "application/grpc")
            .header(TE, "trailers")
            .body(Full::new(body.freeze()))?;
        let answer = self.collector.ask(request)?;
        check_status(&answer)?;
        taken(&message_of(&answer.body)?)
    }
}

/// The status of the call: in the trailers, or in the head where there is no message.
fn check_status(answer: &Answer) -> Result<(), ExportError> {
    if !answer.status.is_success() {
        return Err(format!("the collector answers {}", answer.status).into());
    }
    let say = |name: &str| {
        let said = answer.trailers.get(name).or(answer.headers.get(name));
        said.and_then(|it| it.to_str().ok())
    };
    match say("grpc-status") {
        Some("0") => Ok(()),
        Some(code) => {
            let why = say("grpc-message").unwrap_or_default();
            Err(format!("the collector answers gRPC status {code} {why}").into())
        }
        None => Err("the collector answers without a gRPC status".into()),
    }
}

fn message_of(body: &Bytes) -> Result<Bytes, ExportError> {
    let whole = body.get(PREFIX_BYTES..).filter(|_| body[0] == 0);
    let Some(message) = whole else {
        return Err("the collector answers without a message that can be read".into());
    };
    Ok(body.slice_ref(message))
}
