//! A whole answer, as it is kept.

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use bytes::{BufMut as _, Bytes, BytesMut};
use medcover_cache::{CacheValue, CodecError};

/// What is kept of an answer's headers: the rest is about one request.
const HEADERS: [HeaderName; 4] = [CONTENT_TYPE, ETAG, CONTENT_ENCODING, VARY];

/// A whole answer.
pub(crate) struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Of the headers that came, and the body.
    pub(super) fn of(given: &HeaderMap, body: Bytes) -> Self {
        let kept = HEADERS.into_iter();
        let kept = kept.filter_map(|name| Some((name.clone(), given.get(name)?.clone())));
        Self {
            headers: kept.collect(),
            body,
        }
    }

    pub(super) fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

impl CacheValue for Answer {
    // The bytes of the body are shared by both forms, but for the time of an answer.
    const BYTES_A_BYTE: usize = 2;

    /// Each header as `name: value` on a line, an empty line, the body.
    fn encode(&self) -> Result<Bytes, CodecError> {
        let mut bytes = BytesMut::with_capacity(self.body.len() + 256);
        for (name, value) in &self.headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"] {
                bytes.put_slice(part);
            }
        }
        bytes.put_u8(b'\n');
        bytes.put_slice(&self.body);
        Ok(bytes.freeze())
    }

    fn decode(bytes: &Bytes) -> Result<Self, CodecError> {
        let (mut headers, mut rest) = (HeaderMap::new(), bytes.clone());
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let line = rest.split_to(end.ok_or_else(|| CodecError::of("no end of the headers"))?);
            rest = rest.slice(1..);
            if line.is_empty() {
                return Ok(Self {
                    headers,
                    body: rest,
                });
            }
            let colon = line.windows(2).position(|pair| pair == b": ");
            let colon = colon.ok_or_else(|| CodecError::of("a header without a value"))?;
            let name = HeaderName::from_bytes(&line[..colon]).map_err(CodecError::of)?;
            let value = HeaderValue::from_bytes(&line[colon + 2..]).map_err(CodecError::of)?;
            headers.insert(name, value);
        }
    }
}
