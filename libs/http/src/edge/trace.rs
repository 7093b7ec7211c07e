//! What the span of a request says.

use axum::http::{Method, StatusCode};
use medcover_telemetry::{Outcome, Span, attributes};

/// The method by name. Whatever else a caller makes up has one name.
pub(super) fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ];
    let known = KNOWN.into_iter().find(|it| *it == method.as_str());
    known.unwrap_or("_OTHER")
}

/// Ends the span of a request with what became of it.
pub(super) fn end(mut span: Span, status: StatusCode, refused_by: Option<&str>, outcome: Outcome) {
    if span.is_recorded() {
        span.set(attributes::STATUS, status.as_u16());
        if let Some(reason) = refused_by {
            span.set(attributes::REFUSED_BY, reason.to_owned());
        }
        span.end(outcome);
    }
}
