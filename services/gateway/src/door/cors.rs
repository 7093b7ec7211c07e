//! Pages of other origins: what browsers ask and are told (the Fetch standard, section 3.2).

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use medcover_policy::Cors;

/// What the request may be told about its origin, if that origin may ask.
pub(super) fn origin(cors: &Cors, request: &Request) -> Option<HeaderValue> {
    let origin = request.headers().get(ORIGIN)?;
    if cors.origins.iter().any(|it| it == "*") {
        return Some(HeaderValue::from_static("*"));
    }
    let known = cors
        .origins
        .iter()
        .any(|it| it.as_bytes() == origin.as_bytes());
    known.then(|| origin.clone())
}

/// Whether a browser asks what a page may ask.
pub(super) fn is_preflight(request: &Request) -> bool {
    asked_method(request).is_some()
}

/// The method of the request that a page wants to send, where a browser asks for it.
pub(super) fn asked_method(request: &Request) -> Option<&str> {
    let headers = request.headers();
    if request.method() != Method::OPTIONS || !headers.contains_key(ORIGIN) {
        return None;
    }
    headers.get(ACCESS_CONTROL_REQUEST_METHOD)?.to_str().ok()
}

/// Tells a browser what a page of `origin` may do.
pub(super) fn allowed(cors: &Cors, origin: &HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    mark(cors, origin.clone(), headers);
    list(headers, ACCESS_CONTROL_ALLOW_METHODS, &cors.methods);
    list(headers, ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers);
    headers.insert(ACCESS_CONTROL_MAX_AGE, cors.max_age_s.into());
    response
}

/// Lets a page of `origin` read an answer.
pub(super) fn mark(cors: &Cors, origin: HeaderValue, headers: &mut HeaderMap) {
    if origin != "*" {
        // A cache must not give one origin what was made for another.
        headers.append(VARY, HeaderValue::from_static("origin"));
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    list(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &cors.expose);
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if let (false, Ok(value)) = (values.is_empty(), values.join(", ").parse()) {
        headers.insert(name, value);
    }
}
