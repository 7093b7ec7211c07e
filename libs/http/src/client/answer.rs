//! The answer of another process, as the error that it was there.

use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use medcover_kernel::{Error, ErrorKind};
use serde::Deserialize;

/// What this side understands of a problem's body.
#[derive(Debug, Default, Deserialize)]
struct Told {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Debug, Deserialize)]
struct Fault {
    pointer: String,
    detail: String,
}

/// The error that an answer with `status` tells of. What only we can have done wrong, and every fault of the other side, is
/// `Internal` with the answer as its cause: it means nothing to whoever asked us.
pub(super) fn error_of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let told: Told = serde_json::from_slice(body).unwrap_or_default();
    let Some(kind) = kind_of(status) else {
        return Error::internal(format!("answered {status} {} {}", told.r#type, told.detail));
    };
    let slug = told
        .r#type
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let mut error = Error::new(kind, slug, told.detail);
    for fault in told.errors {
        error = error.with_fault(fault.pointer, fault.detail);
    }
    match retry_after(headers) {
        Some(after) => error.with_retry_after(after),
        None => error,
    }
}

fn kind_of(status: StatusCode) -> Option<ErrorKind> {
    Some(match status {
        StatusCode::BAD_REQUEST => ErrorKind::Invalid,
        StatusCode::UNPROCESSABLE_ENTITY => ErrorKind::Refused,
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthenticated,
        StatusCode::FORBIDDEN => ErrorKind::Forbidden,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::CONFLICT => ErrorKind::Conflict,
        StatusCode::PRECONDITION_FAILED => ErrorKind::PreconditionFailed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::Limited,
        StatusCode::SERVICE_UNAVAILABLE => ErrorKind::Unavailable,
        StatusCode::GATEWAY_TIMEOUT => ErrorKind::DeadlineExceeded,
        _ => return None,
    })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
