//! Answers that are kept here for a while, and shown for longer while whoever gave them is away.
//!
//! Kept is what a GET gets as 200 with an `ETag` and without `Cache-Control`, up to [`LARGEST`]. Of many who ask for one at
//! once, one is passed on.

mod answer;
mod asked;
mod begun;
mod by_path;
mod ruled;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, SET_COOKIE,
};
use axum::http::{HeaderValue, Response as HttpResponse, StatusCode};
use axum::response::{IntoResponse as _, Response};
use medcover_cache::{Cache, Loaded, Policy, Space};
use medcover_http::Problem;
use medcover_kernel::{Error, Result};

use crate::away::FALLBACK;
use answer::Answer;
use asked::Asked;
use begun::Body as Read;
pub(crate) use by_path::ByPath;
pub(crate) use ruled::{IsRuled, Ruled};

/// The largest answer that is kept, in bytes.
const LARGEST: usize = 256 << 10;

/// What is kept, for a time.
pub(crate) struct Kept {
    answers: Space<Asked>,
}

/// One caller's request, until it is passed on, and the answer to it, until it is given back.
struct Own<F> {
    unsent: Option<(Request, F)>,
    response: Option<Response>,
    /// Whether it was passed on, and nothing of use came.
    failed: bool,
}

impl Kept {
    pub(crate) fn new(cache: &Cache, policy: Policy) -> Self {
        Self {
            answers: cache.space_with(policy),
        }
    }

    /// The answer that is kept for `asked`, or else what `pass` gives to `request`.
    pub(crate) async fn answer<F, Fut>(
        &self,
        asked: Asked,
        mut request: Request,
        pass: F,
    ) -> Response
    where
        F: FnOnce(Request) -> Fut,
        Fut: Future<Output = Response>,
    {
        // The whole answer is wanted here, whatever this caller holds.
        let held = request.headers_mut().remove(IF_NONE_MATCH);
        let mut own = Own {
            unsent: Some((request, pass)),
            response: None,
            failed: false,
        };
        let first = &mut own;
        let load = move || async move { first.load().await };
        let response = match self.answers.get_or_load(&asked, load).await {
            Ok(Some(answer)) => {
                let mut response = answer.response();
                if own.failed && !self.answers.is_fresh(&answer) {
                    let kept = HeaderValue::from_static("kept");
                    response.headers_mut().insert(FALLBACK, kept);
                }
                response
            }
            Ok(None) => own.given_back().await,
            Err(error) => match own.response {
                Some(response) => response,
                None => Problem::from(error).into_response(),
            },
        };
        unless_held(response, held.as_ref())
    }
}

impl<F, Fut> Own<F>
where
    F: FnOnce(Request) -> Fut,
    Fut: Future<Output = Response>,
{
    async fn load(&mut self) -> Result<Loaded<Answer>> {
        // Until it ends well: it may be given up.
        self.failed = true;
        let loaded = self.passed_on().await;
        self.failed = loaded.is_err();
        loaded
    }

    /// Passes the request on, and takes the answer if it can be kept.
    async fn passed_on(&mut self) -> Result<Loaded<Answer>> {
        let unsent = self.unsent.take();
        let (request, pass) =
            unsent.ok_or_else(|| Error::internal("a request is passed on once"))?;
        let response = pass(request).await;
        if response.status().is_server_error() {
            self.response = Some(response);
            return Err(Error::unavailable("Whoever answers this does not answer."));
        }
        if !can_be_kept(&response) {
            self.response = Some(response);
            return Ok(Loaded::absent().not_kept());
        }
        let (head, body) = response.into_parts();
        match begun::read(body, LARGEST).await? {
            Read::Whole(body) => Ok(Loaded::value(Answer::of(&head.headers, body))),
            Read::TooLong(body) => {
                self.response = Some(HttpResponse::from_parts(head, body));
                Ok(Loaded::absent().not_kept())
            }
        }
    }

    /// The answer that could not be kept: this caller's own, who passes the request on if somebody else did before.
    async fn given_back(self) -> Response {
        match (self.response, self.unsent) {
            (Some(response), _) => response,
            (None, Some((request, pass))) => pass(request).await,
            (None, None) => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}

fn can_be_kept(response: &Response) -> bool {
    let headers = response.headers();
    let length = HttpBody::size_hint(response.body()).exact();
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
