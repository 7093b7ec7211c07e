//! How an answer says that it came from the tables.

use axum::http::HeaderValue;
use axum::response::Response;
use medcover_http::DEGRADED;

use crate::app::Answering;

/// The answer, marked if `set` has only a part of ICD-10-CM.
pub(super) fn marked(set: &Answering, mut response: Response) -> Response {
    if matches!(set, Answering::Part(_)) {
        let value = HeaderValue::from_static("terminology; by=sql");
        response.headers_mut().insert(DEGRADED, value);
    }
    response
}
