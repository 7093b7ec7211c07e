//! Compression, for clients that ask and answers that gain.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use hyper::body::Body as _;
use tower::Layer as _;
use tower::{ServiceExt as _, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

/// What the client takes, if that includes an encoding of ours. A HEAD is answered with the headers of the plain answer.
pub(super) fn asked(request: &Request) -> Option<HeaderValue> {
    let encodings = request.headers().get(ACCEPT_ENCODING)?;
    let names_ours = encodings
        .to_str()
        .is_ok_and(|text| text.contains("gzip") || text.contains("br") || text.contains('*'));
    (names_ours && request.method() != Method::HEAD).then(|| encodings.clone())
}

/// Whether `response` would gain by compression.
pub(super) fn gains(response: &Response, min_bytes: u64) -> bool {
    response.body().size_hint().lower() >= min_bytes
        && response.status() != StatusCode::PARTIAL_CONTENT
        && !response.headers().contains_key(CONTENT_ENCODING)
        && response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| is_text(kind.as_bytes()))
}

/// Sends `response` as it is. Caches must know that other clients may be sent other bytes.
pub(super) fn plain(mut response: Response) -> Response {
    const ENCODING_DECIDES: HeaderValue = HeaderValue::from_static("accept-encoding");
    response.headers_mut().append(VARY, ENCODING_DECIDES);
    response
}

/// Compresses `response` if `encodings`, which name one of ours, do not refuse it after all.
pub(super) async fn compressed(response: Response, encodings: HeaderValue) -> Response {
    let mut response = compress(response, encodings).await;
    if response.headers().contains_key(CONTENT_ENCODING) {
        weaken(&mut response);
    }
    response
}

fn is_text(kind: &[u8]) -> bool {
    let essence = kind.split(|&byte| byte == b';').next().unwrap_or_default();
    let named: [&[u8]; 4] = [
        b"application/json",
        b"application/javascript",
        b"application/xml",
        b"image/svg+xml",
    ];
    named.contains(&essence) || essence.ends_with(b"+json") || essence.starts_with(b"text/")
}

async fn compress(response: Response, encodings: HeaderValue) -> Response {
    let mut response = Some(response);
    let answered = service_fn(move |_: Request<Body>| {
        let response = response.take().expect("the service is called once");
        ready(Ok::<_, Infallible>(response))
    });
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(ACCEPT_ENCODING, encodings);
    let layer = CompressionLayer::new().quality(CompressionLevel::Fastest);
    match layer.layer(answered).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// A strong tag promises equal bytes, and these are no longer the bytes it was given for.
fn weaken(response: &mut Response) {
    let Some(tag) = response.headers().get(ETAG) else {
        return;
    };
    if tag.as_bytes().starts_with(b"W/") {
        return;
    }
    let weak = [b"W/", tag.as_bytes()].concat();
    if let Ok(weak) = HeaderValue::from_bytes(&weak) {
        response.headers_mut().insert(ETAG, weak);
    }
}
