//! The ids of a request: taken from its headers where they are well-formed, made otherwise.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use medcover_kernel::{Clock, CorrelationId, RequestId, Rng, SpanId, TraceId, TraceParent};
use medcover_telemetry::{Context, TracePlace, TraceState};
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// Where in which trace a request stands, and what other systems want handed on with that (W3C Trace Context).
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// What other systems on the way want handed on.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A caller's own name for an undertaking may have this many characters.
const MAX_CORRELATION_TEXT: usize = 128;

pub(super) struct Ids {
    pub(super) request: RequestId,
    pub(super) trace: TraceId,
    /// The span elsewhere that the request is part of.
    pub(super) remote: Option<TraceParent>,
    pub(super) state: Option<TraceState>,
    pub(super) correlation: CorrelationId,
    correlation_text: Option<Arc<str>>,
    request_header: HeaderValue,
    correlation_header: Option<HeaderValue>,
}

impl Ids {
    pub(super) fn of(headers: &HeaderMap, clock: &dyn Clock, rng: &dyn Rng) -> Self {
        let (request, request_header) =
            taken_request(headers).unwrap_or_else(|| new_request(clock, rng));
        let remote = headers
            .get(TRACEPARENT)
            .and_then(|header| TraceParent::parse(header.to_str().ok()?));
        let trace = remote.map_or_else(|| TraceId::new(rng), |it| it.trace);
        // What comes without its parent is of no use to anybody.
        let state = remote.and_then(|_| {
            let all = headers.get_all(TRACESTATE).iter();
            TraceState::of(all.filter_map(|header| header.to_str().ok()))
        });
        let mut ids = Self {
            request,
            trace,
            remote,
            state,
            // A request that belongs to nothing larger is its own undertaking.
            correlation: CorrelationId::from_uuid(request.as_uuid()),
            correlation_text: None,
            request_header,
            correlation_header: None,
        };
        if let Some(header) = headers.get(CORRELATION_ID) {
            ids.take_correlation(header);
        }
        ids
    }

    /// Takes a UUID as it is; of other text, within reason, makes the id that this text always gives.
    fn take_correlation(&mut self, header: &HeaderValue) {
        let Ok(text) = header.to_str() else { return };
        if let Ok(id) = text.parse() {
            self.correlation = id;
        } else if (1..=MAX_CORRELATION_TEXT).contains(&text.len()) {
            let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
            self.correlation = CorrelationId::from_uuid(id);
            self.correlation_text = Some(text.into());
        } else {
            return;
        }
        self.correlation_header = Some(header.clone());
    }

    /// The parent of what happens here where no span is recorded.
    pub(super) fn unrecorded(&self) -> TraceParent {
        self.remote.unwrap_or(TraceParent {
            trace: self.trace,
            span: SpanId::of_request(self.request),
            sampled: false,
        })
    }

    /// The context in which the request is worked on.
    pub(super) fn context(&self, place: TracePlace) -> Context {
        Context {
            request: Some(self.request),
            place,
            correlation: Some(self.correlation),
            correlation_text: self.correlation_text.clone(),
            user: None,
        }
    }

    /// Tells the caller the id of the request, and gives its correlation id back.
    pub(super) fn answer(self, headers: &mut HeaderMap) {
        headers.insert(REQUEST_ID, self.request_header);
        if let Some(correlation) = self.correlation_header {
            headers.insert(CORRELATION_ID, correlation);
        }
    }
}

fn taken_request(headers: &HeaderMap) -> Option<(RequestId, HeaderValue)> {
    let header = headers.get(REQUEST_ID)?;
    Some((header.to_str().ok()?.parse().ok()?, header.clone()))
}

fn new_request(clock: &dyn Clock, rng: &dyn Rng) -> (RequestId, HeaderValue) {
    let request = RequestId::new(clock, rng);
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text = request.as_uuid().hyphenated().encode_lower(&mut text);
    let header = HeaderValue::from_str(text).expect("a UUID is hexadecimal digits and hyphens");
    (request, header)
}
