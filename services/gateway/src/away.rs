//! Answers that are none, and what says of an answer that it stands in for one.

use axum::http::HeaderName;
use axum::response::Response;
use medcover_http::REFUSED_BY;

/// What stood in for whoever should have answered: `upstream`, `kept` or `fixed`. Answers without it are no fallback.
pub const FALLBACK: HeaderName = HeaderName::from_static("x-fallback");

/// Where the policy of the process lets nothing leave, nothing stands in either: who operates it is to see that.
const EGRESS_NOT_LISTED: &str = "egress-not-listed";

/// That whoever was asked gave no answer of use, so that something else may stand in: an extension of the response.
#[derive(Clone, Copy)]
pub(crate) struct Away;

impl Away {
    /// Marks `response`, which came of passing a request on, if it is such a one.
    pub(crate) fn mark(response: &mut Response) {
        if response.status().is_server_error() && reason(response) != EGRESS_NOT_LISTED {
            response.extensions_mut().insert(Self);
        }
    }

    pub(crate) fn is(response: &Response) -> bool {
        response.extensions().get::<Self>().is_some()
    }
}

/// Why there is no answer of use: what refused, or else the status.
pub(crate) fn reason(response: &Response) -> String {
    let refused_by = response.headers().get(REFUSED_BY);
    let refused_by = refused_by.and_then(|reason| reason.to_str().ok());
    refused_by.map_or_else(|| response.status().as_u16().to_string(), str::to_owned)
}
