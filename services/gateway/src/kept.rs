//! Public answers of roles elsewhere that are kept here for some seconds, and shown for longer while the role is away.
//!
//! Kept is what a GET without credentials gets as 200 with an `ETag`, where the gateway was told that answers are the same
//! for everybody. Of many who ask for one at once, one is passed on.

use std::fmt;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, ETAG,
    IF_NONE_MATCH, RANGE, SET_COOKIE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use medcover_cache::{Cache, CacheKey, CacheValue, CodecError, Loaded, Policy, Space};
use medcover_http::API_KEY;
use medcover_kernel::{Error, Result};

/// The largest answer that is kept, in bytes.
const LARGEST: usize = 256 << 10;
/// What is kept of an answer's headers: the rest is about one request.
const HEADERS: [HeaderName; 4] = [CONTENT_TYPE, ETAG, CONTENT_ENCODING, VARY];

/// Keeps answers below some paths.
pub(crate) struct Kept {
    answers: Space<Asked>,
    prefixes: &'static [&'static str],
}

/// What an answer depends on.
struct Asked {
    path: String,
    encodings: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.path, self.encodings)
    }
}

impl CacheKey for Asked {
    type Value = Answer;
    const SPACE: &'static str = "answers";
    const POLICY: Policy =
        Policy::of(Duration::from_secs(5)).stale_if_error(Duration::from_mins(5));
}

/// A whole answer.
struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

/// One caller's request, until it is passed on, and the answer to it, until it is given back.
struct Own {
    request: Option<Request>,
    response: Option<Response>,
}

impl Kept {
    pub(crate) fn new(cache: &Cache, prefixes: &'static [&'static str]) -> Self {
        Self {
            answers: cache.space(),
            prefixes,
        }
    }

    /// Whether the answer to `request` may be kept, and a kept one given.
    pub(crate) fn concerns(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let own = [AUTHORIZATION, API_KEY, COOKIE, RANGE, CACHE_CONTROL];
        *request.method() == Method::GET
            && self.prefixes.iter().any(|prefix| path.starts_with(prefix))
            && own.iter().all(|name| !request.headers().contains_key(name))
    }

    /// The kept answer to `request`, or else what `pass` gives.
    pub(crate) async fn answer<Fut>(
        &self,
        mut request: Request,
        pass: impl Fn(Request) -> Fut,
    ) -> Response
    where
        Fut: Future<Output = Response>,
    {
        // The whole answer is wanted here, whatever this caller holds.
        let held = request.headers_mut().remove(IF_NONE_MATCH);
        let asked = Asked::by(&request);
        let mut own = Own {
            request: Some(request),
            response: None,
        };
        let (first, passing) = (&mut own, &pass);
        let load = move || async move { first.load(passing).await };
        let response = match self.answers.get_or_load(&asked, load).await {
            Ok(Some(answer)) => answer.response(),
            Ok(None) => own.given_back(pass).await,
            Err(error) => match own.response {
                Some(response) => response,
                None => medcover_http::Problem::from(error).into_response(),
            },
        };
        unless_held(response, held.as_ref())
    }
}

impl Own {
    /// Passes the request on, and takes the answer if it can be kept.
    async fn load<Fut>(&mut self, pass: impl Fn(Request) -> Fut) -> Result<Loaded<Answer>>
    where
        Fut: Future<Output = Response>,
    {
        let request = self.request.take();
        let request = request.ok_or_else(|| Error::internal("a request is passed on once"))?;
        let again = copy(&request);
        let response = pass(request).await;
        if response.status().is_server_error() {
            self.response = Some(response);
            return Err(Error::unavailable("The role does not answer."));
        }
        if !can_be_kept(&response) {
            self.response = Some(response);
            return Ok(Loaded::absent().not_kept());
        }
        let (head, body) = response.into_parts();
        let Ok(body) = to_bytes(body, LARGEST).await else {
            // Longer than it said, or broken off: it is asked for once more, and passed on as it comes.
            self.request = Some(again);
            return Ok(Loaded::absent().not_kept());
        };
        let mut headers = HeaderMap::new();
        for name in HEADERS {
            if let Some(value) = head.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        Ok(Loaded::value(Answer { headers, body }))
    }

    /// The answer that could not be kept: this caller's own, who passes the request on if somebody else did before.
    async fn given_back<Fut>(self, pass: impl Fn(Request) -> Fut) -> Response
    where
        Fut: Future<Output = Response>,
    {
        match (self.response, self.request) {
            (Some(response), _) => response,
            (None, Some(request)) => pass(request).await,
            (None, None) => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}

/// A request without a body once more.
fn copy(request: &Request) -> Request {
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}

fn can_be_kept(response: &Response) -> bool {
    let headers = response.headers();
    let length = axum::body::HttpBody::size_hint(response.body()).exact();
    response.status() == StatusCode::OK
        && headers.contains_key(ETAG)
        && !headers.contains_key(SET_COOKIE)
        && !headers.contains_key(CACHE_CONTROL)
        && length.is_none_or(|length| length <= LARGEST as u64)
}

/// `response`, unless whoever asked holds it. Weak tags fit too, as RFC 9110 has it here.
fn unless_held(mut response: Response, held: Option<&HeaderValue>) -> Response {
    let tag = response.headers().get(ETAG).map(HeaderValue::as_bytes);
    let (Some(held), Some(tag), StatusCode::OK) = (held, tag, response.status()) else {
        return response;
    };
    let opaque = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
    let mut listed = held.as_bytes().split(|byte| *byte == b',');
    if held == "*" || listed.any(|it| opaque(it.trim_ascii()) == opaque(tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_ENCODING);
    }
    response
}

impl Asked {
    fn by(request: &Request) -> Self {
        let path = request.uri().path_and_query();
        let encodings = request.headers().get(ACCEPT_ENCODING);
        let encodings = encodings.and_then(|value| value.to_str().ok());
        Self {
            path: path.map_or_else(|| "/".to_owned(), ToString::to_string),
            encodings: encodings.unwrap_or_default().to_owned(),
        }
    }
}

impl Answer {
    fn response(&self) -> Response {
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
