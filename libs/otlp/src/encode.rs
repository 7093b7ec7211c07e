//! From spans to messages.

use medcover_kernel::TraceParent;
use medcover_telemetry::{AttributeValue, ExportError, Outcome, SpanData, SpanKind, outcome_name};
use prost::Message as _;

use crate::messages::{
    AnyValue, ExportRequest, ExportResponse, KeyValue, Link, Resource, ResourceSpans, Scope,
    ScopeSpans, Span, Status, Value,
};

/// Whose spans they are.
#[derive(Clone, Debug)]
pub struct Source(Resource);

/// The status of a span whose fault it was that it came to nothing.
const ERROR: i32 = 2;

/// The flags of a span: sampled, and that it is known whether its parent is in another process.
const SAMPLED: u32 = 1;

impl Source {
    /// The process `instance` of `service`, in this version.
    pub fn new(service: &str, version: &str, instance: &str) -> Self {
        let attributes = [
            ("service.name", service),
            ("service.version", version),
            ("service.instance.id", instance),
        ];
        let attributes = attributes.map(|(key, value)| text(key, value.to_owned()));
        Self(Resource {
            attributes: attributes.into(),
        })
    }

    /// `spans` as the request of an export.
    pub(crate) fn request(&self, spans: &[SpanData]) -> Vec<u8> {
        let scope = Scope {
            name: "medcover".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let request = ExportRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(self.0.clone()),
                scope_spans: vec![ScopeSpans {
                    scope: Some(scope),
                    spans: spans.iter().map(span).collect(),
                }],
            }],
        };
        request.encode_to_vec()
    }
}

/// What a collector says to an export that it took.
pub(crate) fn taken(answer: &[u8]) -> Result<(), ExportError> {
    let refused = ExportResponse::decode(answer)?.partial_success;
    match refused.filter(|it| it.rejected_spans > 0) {
        None => Ok(()),
        Some(it) => {
            let (spans, why) = (it.rejected_spans, it.error_message);
            Err(format!("the collector would not have {spans} spans: {why}").into())
        }
    }
}

fn span(it: &SpanData) -> Span {
    let micros = u64::try_from(it.started_at.as_micros()).unwrap_or(0);
    let start = micros.saturating_mul(1_000);
    let took = u64::try_from(it.took.as_nanos()).unwrap_or(u64::MAX);
    Span {
        trace_id: it.trace.to_bytes().into(),
        span_id: it.span.to_bytes().into(),
        trace_state: it.state.as_deref().unwrap_or_default().to_owned(),
        parent_span_id: it.parent.map(|it| it.to_bytes().into()).unwrap_or_default(),
        name: it.name.to_string(),
        kind: kind(it.layer.kind()),
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(took),
        attributes: attributes(it),
        links: it.link.iter().map(link).collect(),
        status: (it.outcome == Some(Outcome::Failed)).then_some(Status { code: ERROR }),
        flags: SAMPLED,
    }
}

const fn kind(kind: SpanKind) -> i32 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn link(to: &TraceParent) -> Link {
    Link {
        trace_id: to.trace.to_bytes().into(),
        span_id: to.span.to_bytes().into(),
    }
}

fn attributes(it: &SpanData) -> Vec<KeyValue> {
    let ours = [
        Some(text("medcover.layer", it.layer.to_string())),
        Some(text(
            "medcover.outcome",
            outcome_name(it.outcome).to_owned(),
        )),
        it.correlation
            .map(|it| text("medcover.correlation_id", it.to_string())),
    ];
    let said = it.attributes.iter().map(|(key, value)| match value {
        AttributeValue::Number(number) => pair(key, Value::Number(*number)),
        AttributeValue::Name(name) => text(key, name.to_string()),
    });
    said.chain(ours.into_iter().flatten()).collect()
}

fn text(key: &str, value: String) -> KeyValue {
    pair(key, Value::Text(value))
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
    }
}
